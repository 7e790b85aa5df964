"""What one turn writes and reads, taken from real turns: the gold conversations through the real stages."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from relief.contracts.vocabulary import Action
from relief.measure.gold import GoldConversation
from tests.pipeline import Session

GOLD: Final = Path(__file__).resolve().parents[1] / "gold"
_KILOBYTE: Final = 1024
_FACTOR_OF_A_TRANSACTION: Final = 2


@dataclass(frozen=True)
class TakenTurn:
    """A turn as the table sees it."""

    number: int
    escalated: bool
    hands_over: bool
    writes: tuple[tuple[str, float], ...]
    """Partition keys, and the write units that each write takes."""
    read_units: float
    """Of the session's own context."""


def take_turns(conversations: int) -> list[list[TakenTurn]]:
    """Return the turns of so many gold conversations, each as a list."""
    taken = []
    for number, conversation in enumerate(_gold(conversations)):
        # Sessions have names of their own, so that their keys are as different as they are in life.
        session = Session(f"capacity-{number}")
        known: set[str] = set()
        turns = []
        for turn in conversation.turns:
            before = session.item
            answer = session.take(turn)
            handoff = answer.handoff.handoff_id if answer.handoff else None
            turns.append(
                TakenTurn(
                    number=len(turns) + 1,
                    escalated=answer.action is Action.escalate or handoff is not None,
                    hands_over=handoff is not None and handoff not in known,
                    writes=tuple(_units(write) for write in session.writes),
                    read_units=math.ceil(_size(before or {}) / (4 * _KILOBYTE)) or 1,
                )
            )
            known |= {handoff} if handoff else set()
        taken.append(turns)
    return taken


def _gold(conversations: int) -> Iterator[GoldConversation]:
    lines = (line for path in sorted(GOLD.glob("*.jsonl")) for line in path.read_text(encoding="utf-8").splitlines())
    for _, line in zip(range(conversations), lines, strict=False):
        yield GoldConversation.model_validate_json(line)


def _units(write: dict[str, Any]) -> tuple[str, float]:
    kind, details = next(iter(write.items()))
    item = details["Item"] if kind == "Put" else {**details["Key"], **details["ExpressionAttributeValues"]}
    return item["pk"]["S"], _FACTOR_OF_A_TRANSACTION * math.ceil(_size(item) / _KILOBYTE)


def _size(item: dict[str, Any]) -> int:
    return len(json.dumps(item, ensure_ascii=False).encode())
