"""A session of 500 turns: memory stays small, and the last turns cost no more than the first."""

import json
import statistics
import time
from typing import Any

from relief.contracts.context import MAX_CONTEXT_BYTES
from tests.pipeline import Session

TURNS = 500
_PHRASES = (
    "where is it now",
    "and the other parcel",
    "what about the invoice",
    "is the shop open",
    "how do I track it",
)


def _body(number: int) -> dict[str, Any]:
    return {
        "turn_id": f"t{number}",
        "facts": {f"fact_{number % 60}": f"value {number}"},
        "bot": {"step": f"step_{number % 50}", "outcome": "succeeded", "said": f"Done with {number}."},
        "telemetry": [{"kind": "step_viewed", "target": f"page {number}"}],
    }


def _cost(item: dict[str, Any], number: int) -> float:
    """Return what one more turn costs on a context, in seconds."""
    session = Session()
    session.item = item
    started = time.perf_counter()
    session.say(f"{_PHRASES[number % len(_PHRASES)]} number {number}", **_body(number))
    return time.perf_counter() - started


def test_a_long_session_stays_small_and_fast() -> None:
    """Given 500 varied turns, then the context is under 16 KB and turn 500 costs at most 1.3 times turn 20.

    Both are measured in turns, so that a machine whose speed drifts treats them alike.
    """
    session = Session()
    items: dict[int, dict[str, Any]] = {}
    for number in range(1, TURNS + 1):
        session.say(f"{_PHRASES[number % len(_PHRASES)]} number {number}", **_body(number))
        items[number] = session.item or {}
    assert max(len(json.dumps(item).encode()) for item in items.values()) < MAX_CONTEXT_BYTES
    pairs = [(_cost(items[TURNS], number), _cost(items[20], number)) for number in range(80)]
    assert statistics.median(late for late, _ in pairs) <= 1.3 * statistics.median(early for _, early in pairs)
