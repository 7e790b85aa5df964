"""Our own readings of public messages: five grades and an intent for texts that stay where they are.

The public sets say what strangers wrote, but hardly how it sounds to somebody at a support desk. Thousands of their
messages were read for this project as ``examples/README.md`` tells; ``readings/`` keeps the verdicts, each under the
digest of its text, and none of the texts.
"""

import csv
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from train.rows import DIMENSIONS, Row

READ: Final = "readings"
"""The source of public messages with a reading of our own."""
TRAINING: Final = "training"
MEASURING: Final = "measuring"

_FOLDER: Final = Path(__file__).with_name("readings")
_DIGITS: Final = 16


class Reading(NamedTuple):
    """What one of us made of a message."""

    targets: dict[str, float]
    intent: str


def digest(text: str) -> str:
    """Return what a text is known by here, however it is spaced and whatever its capitals."""
    return hashlib.sha256(" ".join(text.casefold().split()).encode()).hexdigest()[:_DIGITS]


@cache
def load_readings(part: str) -> dict[str, Reading]:
    """Return the readings of a part, ``training`` or ``measuring``, by the digest of their text."""
    with (_FOLDER / f"{part}.csv").open(encoding="utf-8", newline="") as file:
        return {
            line["text"]: Reading({name: float(line[name]) for name in DIMENSIONS}, line["intent"])
            for line in csv.DictReader(file)
        }


def read_again(rows: Iterable[Row], readings: Mapping[str, Reading]) -> Iterator[Row]:
    """Yield the rows that have a reading, each text once, with what the reading says."""
    left = dict(readings)
    for row in rows:
        reading = left.pop(digest(row.text), None)
        if reading is not None:
            kept = {name: row.targets[name] for name in row.judged}
            targets = reading.targets | kept
            yield replace(row, source=READ, targets=targets, intent=reading.intent, weight=1.0)


def is_read(row: Row) -> bool:
    """Tell whether a row has a reading in either part: then it trains with that, or measures, and does nothing else."""
    name = digest(row.text)
    return name in load_readings(TRAINING) or name in load_readings(MEASURING)
