"""Read facts from the table's stream: what was committed, as it was committed, without any cost to the turn."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from relief.contracts.outcome import RecordedOutcome
from relief.contracts.ownership import EventRecord, RecordedFeedback
from relief.contracts.vocabulary import Action, EvidenceCode, HandoffEventKind, Source
from relief.measure.figures.facts import AnyFact, EventFact, HandoffFact, OutcomeFact, TurnFact, VerdictFact
from relief.store.items import load_handoff
from relief.store.writes import load_decision

_ALWAYS = datetime(1970, 1, 2, tzinfo=UTC)
"""A time at which nothing has expired: what was committed did happen."""

_KINDS = frozenset(kind.value for kind in HandoffEventKind)


def read_fact(image: Mapping[str, Any] | None) -> AnyFact | None:
    """Return the fact that a new or changed item tells; ``None`` for items that tell none, and for deletions.

    Raises:
        ValueError: the item is one of ours but cannot be read.
    """
    if not image:
        return None
    kind, session, rest = _parts(image)
    read = _READERS.get(kind)
    return read(image, session, rest) if read else None


def _parts(image: Mapping[str, Any]) -> tuple[str, str, str]:
    kind, _, rest = str(image["sk"]["S"]).partition("#")
    return kind, str(image["pk"]["S"]).removeprefix("SESSION#"), rest


def _turn(image: Mapping[str, Any], session: str, turn: str) -> TurnFact | None:
    record = load_decision(dict(image), _ALWAYS)
    if record is None:
        return None
    answer = record.response
    return TurnFact(
        session=session,
        recorded_at=record.decided_at,
        turn=turn,
        number=answer.turn,
        at=record.decided_at,
        customer=image["customer"]["S"] if "customer" in image else None,
        journey=record.journey,
        intent=answer.intent.name,
        channel=record.channel.value if record.channel else "unknown",
        policy=answer.versions.policy,
        incident=answer.incident is not None,
        frustration=answer.signals.frustration.score,
        asked=EvidenceCode.HUMAN_REQUEST in answer.signals.codes(Source.lexical),
        escalated=answer.action is Action.escalate,
        retried=record.retried,
    )


def _handoff(image: Mapping[str, Any], session: str, turn: str) -> HandoffFact | None:
    handoff = load_handoff(image, _ALWAYS) if "doc" in image else None
    if handoff is None:
        return None
    at = handoff.changed_at or handoff.requested_at
    return HandoffFact(
        session=session,
        recorded_at=handoff.requested_at,
        handoff=turn,
        queue=handoff.queue,
        at=at,
        known=frozenset(handoff.summary.do_not_ask),
    )


def _event(image: Mapping[str, Any], session: str, rest: str) -> EventFact | None:
    record = EventRecord.model_validate_json(image["doc"]["S"])
    handoff, _, event = rest.partition("#")
    if record.kind not in _KINDS:
        return None
    return EventFact(
        session=session,
        recorded_at=record.received_at,
        handoff=handoff,
        event=event,
        kind=HandoffEventKind(record.kind),
        at=record.at,
        slot=record.slot,
    )


def _verdict(image: Mapping[str, Any], session: str, handoff: str) -> VerdictFact:
    record = RecordedFeedback.model_validate_json(image["doc"]["S"])
    return VerdictFact(
        session=session,
        recorded_at=record.received_at,
        handoff=handoff,
        summary_correct=record.feedback.summary_correct,
        timing=record.feedback.timing,
        asked_again=bool(record.feedback.asked_again),
        reconstruction_seconds=record.feedback.reconstruction_seconds,
    )


def _outcome(image: Mapping[str, Any], session: str, _: str) -> OutcomeFact:
    record = RecordedOutcome.model_validate_json(image["doc"]["S"])
    return OutcomeFact(
        session=session,
        recorded_at=record.received_at,
        outcome=record.outcome,
        at=record.at,
        effort_score=record.effort_score,
    )


_READERS: Mapping[str, Callable[[Mapping[str, Any], str, str], AnyFact | None]] = {
    "DECISION": _turn,
    "HANDOFF": _handoff,
    "EVENT": _event,
    "FEEDBACK": _verdict,
    "OUTCOME": _outcome,
}
"""By the kind of item. The template's filter on the stream lists the same kinds."""

KINDS = tuple(_READERS)
