"""Decisions for the archive: out of the table's stream, stripped of whoever they were about, and on to the archive."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from relief.contracts.archive import ArchivedDecision
from relief.contracts.states import DecisionRecord
from relief.decide.journeys import load_journeys
from relief.detect.intents import known_intents
from relief.observability import logger
from relief.store.ports import DecisionArchive
from relief.store.writes import load_decision

_ALWAYS = datetime(1970, 1, 2, tzinfo=UTC)
"""A time at which nothing has expired: what was committed did happen."""

_OTHER = "other"
_MOST_TURNS = 1000


def strip_decision(record: DecisionRecord) -> ArchivedDecision:
    """Return what may be kept of a decision for long.

    Names that callers choose could say anything, so those that this installation does not know become ``other``.
    """
    answer = record.response
    return ArchivedDecision(
        hour=record.decided_at.replace(minute=0, second=0, microsecond=0),
        channel=record.channel,
        journey=_known(record.journey, load_journeys()) if record.journey is not None else None,
        turn=min(answer.turn, _MOST_TURNS),
        action=answer.action,
        mode=answer.mode,
        owner=answer.owner,
        intent=_known(answer.intent.name, known_intents()),
        intent_confidence=answer.intent.confidence,
        scores=answer.signals.scores(),
        evidence=sorted(answer.signals.codes()),
        reasons=[reason.code for reason in answer.reasons],
        rules=record.evaluated,
        queue=answer.handoff.queue if answer.handoff is not None else None,
        incident=answer.incident is not None,
        enforced=answer.enforced,
        degraded=answer.degraded,
        versions=answer.versions,
    )


def _known(name: str, names: Sequence[str] | Mapping[str, Any]) -> str:
    return name if name in names else _OTHER


def archive_batch(records: Sequence[Mapping[str, Any]], archive: DecisionArchive) -> dict[str, Any]:
    """Archive the decisions of a batch of the table's stream; the answer names the first record that must come again.

    A decision that lies without its facts is left out: its customer allows nothing to be kept, or nothing was decided
    because a part was down. A record may be archived twice when a batch comes again, never lost: one that nobody can
    read goes to the source's dead-letter queue in the end.
    """
    numbers: list[str] = []
    decisions: list[ArchivedDecision] = []
    failed: list[str] = []
    for record in records:
        number = record["dynamodb"]["SequenceNumber"]
        try:
            decision = load_decision(record["dynamodb"].get("NewImage"), _ALWAYS)
            stripped = strip_decision(decision) if decision is not None and decision.facts else None
        except (KeyError, ValueError) as error:
            # The first that fails comes again with all that follow it, so what follows is left for then.
            logger.error("A record of the stream cannot be read.", error_type=type(error).__name__)
            failed.append(number)
            break
        if stripped is not None:
            numbers.append(number)
            decisions.append(stripped)
    try:
        taken = archive.keep(decisions)
    except (BotoCoreError, ClientError) as error:
        logger.error("A batch could not be archived; it comes again.", error_type=type(error).__name__)
        taken = [False] * len(decisions)
    refused = [number for number, kept in zip(numbers, taken, strict=True) if not kept]
    return {"batchItemFailures": [{"itemIdentifier": number} for number in [*refused, *failed][:1]]}
