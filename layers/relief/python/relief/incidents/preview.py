"""What an incident would touch, counted before anything changes: bounded, and honest about what it did not see."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from relief.contracts.handoff import Handoff
from relief.contracts.incident import (
    HandoffsTouched,
    Incident,
    IncidentRecord,
    IncidentScope,
    Preview,
    TurnMark,
    TurnsTouched,
)
from relief.decide.incidents import count_kinds, holds
from relief.decide.texts import load_texts
from relief.incidents.settle import facts_of
from relief.route.assign import SAFETY_FIRST
from relief.route.tables import load_table
from relief.store.incident_ports import PreviewStore
from relief.store.keys import MARK_SECONDS, MARK_SHARDS, label_hash

WINDOW_SECONDS: Final = 3600
MARKS_A_PARTITION: Final = 400
"""Turns that are looked at in each ten minutes' partition: 11,200 at most in an hour."""

HANDOFFS_A_QUEUE: Final = 2000
"""Open hand-overs that are looked at in each queue; whatever is more is said to be."""

_PAGE: Final = 100
_KEY_SPACE: Final = 16**56
"""Number of keys that marks are spread over: what is left of a SHA-256 after eight digits."""


def count_turns(
    store: PreviewStore, scope: IncidentScope, now: datetime, counted_turns: int, limit: int = MARKS_A_PARTITION
) -> TurnsTouched:
    """Count the last hour's turns in scope.

    Marks lie under uniform hashes. Where a partition holds more than is read, those with the lowest hashes are a random
    sample, and the highest of them tells what share of the partition they are (a k-minimum-values estimate).
    """
    newest, scope = int(now.timestamp()), _hashed(scope)
    matching = total = 0.0
    sampled = 0
    exact = counted_turns == 1
    for bucket in range((newest - WINDOW_SECONDS) // MARK_SECONDS, newest // MARK_SECONDS + 1):
        for shard in range(MARK_SHARDS):
            marks = store.read_marks(bucket, shard, limit)
            weight = float(counted_turns)
            if len(marks) >= limit:
                share = (int(marks[-1][0], 16) + 1) / _KEY_SPACE
                weight /= min(1.0, share)
                exact = False
            recent = [mark for _, at, mark in marks if at > newest - WINDOW_SECONDS]
            sampled += len(recent)
            total += weight * len(recent)
            matching += weight * sum(_holds_turn(scope, mark) for mark in recent)
    return TurnsTouched(matching=round(matching), total=round(total), exact=exact, sampled=sampled)


def count_handoffs(
    store: PreviewStore, incident: Incident, now: datetime, limit: int = HANDOFFS_A_QUEUE
) -> tuple[HandoffsTouched, dict[str, int]]:
    """Count the open hand-overs in scope; also return how many each queue would gain."""
    leaving: Counter[str] = Counter()
    gaining: Counter[str] = Counter()
    matching = total = 0
    exact = True
    for queue in sorted(load_table().queues):
        seen, start = 0, None
        while True:
            page, start = store.list_open(queue, _PAGE, start, now)
            seen += len(page)
            touched = [one for one in page if holds(incident.scope, **facts_of(one))]
            matching += len(touched)
            moving = sum(_would_move(one, incident) for one in touched)
            leaving[queue] += moving
            gaining[incident.queue] += moving
            if start is None or seen >= limit:
                break
        exact = exact and start is None
        total += seen
    left = {name: number for name, number in leaving.items() if number}
    return HandoffsTouched(matching=matching, total=total, exact=exact, leaving=left), {
        name: number for name, number in gaining.items() if number
    }


def preview_incident(
    store: PreviewStore,
    record: IncidentRecord,
    others: Iterable[IncidentRecord],
    now: datetime,
    counted_turns: int,
    *,
    second_person: bool,
) -> Preview:
    """Return what a declaration would do. Nothing is written."""
    turns = count_turns(store, record.scope, now, counted_turns)
    handoffs, gaining = count_handoffs(store, record.active(), now)
    overridden = [one.incident_id for one in others if _overrides(one.scope, record.scope)]
    return Preview(
        turns=turns,
        handoffs=handoffs,
        gaining=gaining,
        messages=record.messages,
        expires_at=record.expires_at,
        needs_confirmation=second_person and record.scope.is_everything,
        overridden_by=overridden,
        warnings=_warn(record, turns, handoffs),
    )


def _warn(record: IncidentRecord, turns: TurnsTouched, handoffs: HandoffsTouched) -> list[str]:
    warnings = []
    if record.scope.is_everything:
        warnings.append("The scope matches everything: every customer who writes gets this message.")
    if turns.total and not turns.matching and not handoffs.matching:
        warnings.append("Nothing of the last hour matches. Check the spelling of products and regions.")
    spoken = {locale.replace("_", "-").split("-")[0].lower() for locale in record.messages}
    silent = sorted(set(load_texts()) - spoken)
    if silent:
        warnings.append(f"There is no message in {', '.join(silent)}; these customers read another language.")
    return warnings


def _hashed(scope: IncidentScope) -> IncidentScope:
    """Return a scope that marks can be compared with."""
    return scope.model_copy(
        update={
            "products": [label_hash(one) for one in scope.products],
            "regions": [label_hash(one) for one in scope.regions],
        }
    )


def _holds_turn(scope: IncidentScope, mark: TurnMark) -> bool:
    return holds(
        scope,
        intent=mark.intent,
        journey=mark.journey,
        products=mark.products,
        region=mark.region,
        channel=mark.channel,
    )


def _would_move(handoff: Handoff, incident: Incident) -> bool:
    return handoff.queue != incident.queue and handoff.reason not in SAFETY_FIRST


def _overrides(other: IncidentScope, scope: IncidentScope) -> bool:
    """Tell whether another incident takes a part of this scope, because it is more specific."""
    kinds: Sequence[str] = ("intents", "journeys", "products", "regions", "channels")
    pairs = [(set(getattr(other, kind)), set(getattr(scope, kind))) for kind in kinds]
    return count_kinds(other) > count_kinds(scope) and all(not a or not b or a & b for a, b in pairs)
