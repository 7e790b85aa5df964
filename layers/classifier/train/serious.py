"""Messages about serious matters, for which a person must come at once, and those that only sound so, as rows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from train.rows import HELD_OUT_AREAS, Row

CODES: Final = {
    "safety": "SAFETY_PHRASE",
    "vulnerability": "VULNERABILITY",
    "security": "SECURITY_PHRASE",
    "legal": "LEGAL_PHRASE",
}
"""The matters, with the evidence code of each."""

SOURCE: Final = "serious"
NONE: Final = "none"
_UNSURE: Final = "unsure"
_FOLDER: Final = Path(__file__).with_name("serious")
_STEP: Final = 37
"""Spreads what was said before over the messages."""


_LINES: Final = 4
"""So many lines of bots stand before each message that sets a threshold, lest chance choose them."""


_EVERY: Final = 5
"""One message of so many trains nothing: it sets from which probability on a matter counts."""


class Serious(NamedTuple):
    """The messages of ``serious/training.yaml``: each alone, and after lines that bots said to somebody else."""

    training: list[Row]
    calibration: list[Row]


def load_serious(said: list[str]) -> Serious:
    """Read the messages.

    Args:
        said: lines of bots.
    """
    document = yaml.safe_load((_FOLDER / "training.yaml").read_text(encoding="utf-8"))
    found = Serious([], [])
    for number, (matter, text) in enumerate(_read(document)):
        trains = bool(number % _EVERY)
        lines = [said[(number + line) * _STEP % len(said)] for line in range(1 if trains else _LINES)] if said else []
        rows = [Row(id=f"{SOURCE}-{number}", source=SOURCE, text=text, said=one, matter=matter) for one in ["", *lines]]
        (found.training if trains else found.calibration).extend(rows)
    return found


def _read(document: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    for matter, kinds in document.items():
        for lines in kinds.values():
            for text in filter(None, map(str.strip, lines.splitlines())):
                yield matter, text


def name_matters(rows: list[Row]) -> list[Row]:
    """Return labelled messages with their matter: the first where one holds several.

    Nobody looked at the held-out areas; rows of theirs, and those that are unsure, are returned as they are.
    """
    document = yaml.safe_load((_FOLDER / "among_examples.yaml").read_text(encoding="utf-8"))
    known: dict[str, str] = {}
    for matter, names in document.items():
        for name in names.split():
            known.setdefault(name, matter)
    return [_named(row, known.get(row.id, NONE)) for row in rows]


def _named(row: Row, matter: str) -> Row:
    if matter == _UNSURE or row.area in HELD_OUT_AREAS:
        return row
    return replace(row, matter=matter)
