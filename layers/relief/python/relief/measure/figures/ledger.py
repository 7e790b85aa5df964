"""What is kept of a session to measure it: facts by their identifiers, so that a repeated one changes nothing.

The ledger is a JSON document. It is a set of facts, not a sequence: whatever order they come in, late or twice, the
same facts make the same ledger.
"""

from datetime import UTC, datetime
from typing import Any, Final

from relief.measure.figures.facts import AnyFact, EventFact, HandoffFact, OutcomeFact, TurnFact, VerdictFact

MAX_TURNS: Final = 1000
"""Turns of a session that are measured: DynamoDB's items end at 400 KB, and no sensible conversation at a thousand."""

Document = dict[str, Any]
_ATTRIBUTES: Final = ("journey", "intent", "policy")
_UNSETTLED: Final = frozenset({"", "out_of_scope"})


def milliseconds(moment: datetime) -> int:
    """Return a moment as whole milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def moment(stamp: int) -> datetime:
    """Return the moment of so many milliseconds since 1970."""
    return datetime.fromtimestamp(stamp / 1000, UTC)


def new_ledger() -> Document:
    """Return a ledger without facts."""
    return {"turns": {}, "handoffs": {}, "last": {}}


def absorb(ledger: Document, fact: AnyFact) -> bool:
    """Take a fact into the ledger; ``False`` when it was known or is outdated, and nothing changed."""
    match fact:
        case TurnFact():
            return _absorb_turn(ledger, fact)
        case HandoffFact():
            return _absorb_handoff(_handoff(ledger, fact.handoff), fact)
        case EventFact():
            return _absorb_event(_handoff(ledger, fact.handoff), fact)
        case VerdictFact():
            return _absorb_verdict(_handoff(ledger, fact.handoff), fact)
        case OutcomeFact():
            return _absorb_outcome(ledger, fact)


def _absorb_turn(ledger: Document, fact: TurnFact) -> bool:
    if fact.turn in ledger["turns"] or len(ledger["turns"]) >= MAX_TURNS:
        return False
    at = milliseconds(fact.at)
    ledger["turns"][fact.turn] = [
        at,
        fact.number,
        round(fact.frustration * 1000),
        int(fact.asked or fact.escalated),
        int(fact.retried),
    ]
    place = [at, fact.number, fact.turn]
    for name in _ATTRIBUTES:
        value = getattr(fact, name)
        if value is not None and (name != "intent" or value not in _UNSETTLED):
            _keep_last(ledger, name, place, value)
    first = ledger.get("first")
    if first is None or place < first[0]:
        ledger["first"] = [place, fact.channel]
    if fact.incident:
        ledger["incident"] = True
    if fact.customer is not None:
        _keep_last(ledger, "customer", place, fact.customer)
    return True


def _keep_last(ledger: Document, name: str, place: list[Any], value: str) -> None:
    held = ledger["last"].get(name)
    if held is None or place > held[0]:
        ledger["last"][name] = [place, value]


def _handoff(ledger: Document, identifier: str) -> Document:
    handoff: Document = ledger["handoffs"].setdefault(identifier, {"queues": {}, "events": {}, "known": []})
    return handoff


def _absorb_handoff(handoff: Document, fact: HandoffFact) -> bool:
    at = milliseconds(fact.at)
    known = sorted({*handoff["known"], *fact.known})
    if handoff["queues"].get(fact.queue, -1) >= at and known == handoff["known"]:
        return False
    handoff["queues"][fact.queue] = max(at, handoff["queues"].get(fact.queue, -1))
    handoff["known"] = known
    return True


def _absorb_event(handoff: Document, fact: EventFact) -> bool:
    if fact.event in handoff["events"]:
        return False
    handoff["events"][fact.event] = [milliseconds(fact.at), fact.kind.value, fact.slot]
    return True


def _absorb_verdict(handoff: Document, fact: VerdictFact) -> bool:
    verdict = [
        milliseconds(fact.recorded_at),
        fact.summary_correct,
        fact.timing.value if fact.timing else None,
        fact.asked_again,
        fact.reconstruction_seconds,
    ]
    if "verdict" in handoff and handoff["verdict"][0] >= verdict[0]:
        return False
    handoff["verdict"] = verdict
    return True


def _absorb_outcome(ledger: Document, fact: OutcomeFact) -> bool:
    outcome = [milliseconds(fact.recorded_at), fact.outcome.value, milliseconds(fact.at), fact.effort_score]
    if "outcome" in ledger and ledger["outcome"][0] >= outcome[0]:
        return False
    ledger["outcome"] = outcome
    return True
