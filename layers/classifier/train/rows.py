"""Labelled messages of all sources in one shape, split by source and product area."""

import gzip
import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

DIMENSIONS: Final = ("frustration", "urgency", "confusion", "politeness", "escalation_intent")
OTHER_HANDS: Final = ("other_hands_test", "other_hands_test_2", "other_hands_test_3")
"""Messages of all trades by people who wrote none of the others: they only measure, too."""

HELD_OUT_AREAS: Final = (
    *OTHER_HANDS,
    "car_rental",
    "pharmacy",
    "home_security",
    "ticketing_events",
    "pet_supplies",
    "savings_and_loans",
)
"""What neither training nor calibration nor any choice sees."""

CALIBRATION_AREAS: Final = ("railway", "insurance", "grocery_delivery", "other_hands_calibration")
"""Product areas on which heads are calibrated and choices are made."""

_Item = TypeVar("_Item")

OWN: Final = "examples"
"""The source of labelled messages in the format of ``examples/README.md``, shipped or the user's."""


@dataclass(frozen=True, slots=True)
class Row:
    """One message with what is known of it. Targets are probabilities; a dimension that is not known is absent."""

    id: str
    source: str
    text: str
    said: str = ""
    """What bot or agent said last, before the message."""
    targets: dict[str, float] = field(default_factory=dict)
    intent: str | None = None
    emotions: tuple[str, ...] | None = None
    """Labels of GoEmotions, for an auxiliary head."""
    matter: str | None = None
    """The serious matter, "none" where there is none; absent where nobody looked."""
    area: str = ""
    weight: float = 1.0
    """How much the targets count beside those of our own messages."""
    judged: tuple[str, ...] = ()
    """Dimensions of which several people were asked: they know better than one of us."""
    extra: dict[str, Any] = field(default_factory=dict)
    new: bool = False
    """Whether the weights that training starts from have not seen it."""


def read_json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file, compressed or not."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for line in content.splitlines():
        if line.strip():
            yield json.loads(line)


def load_examples(folder: Path) -> list[Row]:
    """Return the labelled messages of a folder in the format of ``examples/README.md``."""
    return [_example(document) for path in sorted(folder.glob("*.jsonl")) for document in read_json_lines(path)]


def _example(document: dict[str, Any]) -> Row:
    labels = document["labels"]
    return Row(
        id=document["id"],
        source=OWN,
        text=document["text"],
        said=last_said(document.get("history") or []),
        targets={name: float(labels[name]) for name in DIMENSIONS if labels.get(name) is not None},
        intent=document.get("intent"),
        area=document.get("area", ""),
        extra={name: document.get(name) for name in ("kind", "channel", "locale", "voice", "history")},
    )


def last_said(history: list[dict[str, str]]) -> str:
    """Return what bot or agent said since the customer's previous message."""
    said: list[str] = []
    for line in reversed(history):
        if line["speaker"] == "customer":
            break
        said.append(line["text"])
    return "\n".join(reversed(said))


def sample(rows: Iterable[_Item], most: int, seed: int) -> list[_Item]:
    """Return at most so many rows, the same ones for the same seed."""
    listed = list(rows)
    if len(listed) <= most:
        return listed
    return random.Random(seed).sample(listed, most)  # noqa: S311 - reproducible, not secret


def fingerprint(rows: Iterable[Row]) -> str:
    """Return a digest of the rows, to tell what weights were trained on."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(
            json.dumps([row.id, row.text, row.said, row.targets, row.intent, row.matter], sort_keys=True).encode()
        )
    return digest.hexdigest()
