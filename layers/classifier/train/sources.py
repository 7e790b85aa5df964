"""All labelled messages, parted into what trains, what calibrates and what only measures."""

from dataclasses import dataclass
from pathlib import Path

from train.public import load_public
from train.rows import CALIBRATION_AREAS, HELD_OUT_AREAS, Row, load_examples
from train.serious import load_serious, name_matters


@dataclass(frozen=True)
class Sources:
    """Messages by what they are for."""

    own: list[Row]
    """Those of the product areas, shipped and the user's, whatever they are for."""
    rows: list[Row]
    """What trains."""
    calibration: list[Row]
    """What calibrates and chooses."""
    held_out: list[Row]
    """What measures and nothing else."""
    serious: list[Row]
    """Messages about serious matters that set from which probability on one counts."""


def gather(examples: Path, data: Path | None, seed: int) -> Sources:
    """Read everything.

    Args:
        examples: folder of our own labelled messages.
        data: folder of public sets, or of labelled messages in the format of ``examples/README.md``, or of both.
        seed: chooses among the rows of large public sets.
    """
    own = name_matters(load_examples(examples)) + (load_examples(data) if data else [])
    training = [row for row in own if row.area not in {*HELD_OUT_AREAS, *CALIBRATION_AREAS}]
    serious = load_serious([row.said for row in training if row.said])
    public = [row for found in load_public(data, seed).values() for row in found] if data else []
    return Sources(
        own=own,
        rows=[*training, *serious.training, *public],
        calibration=[row for row in own if row.area in CALIBRATION_AREAS],
        held_out=[row for row in own if row.area in HELD_OUT_AREAS],
        serious=serious.calibration,
    )
