"""All labelled messages, parted into what trains, what calibrates and what only measures."""

from collections.abc import Container
from dataclasses import dataclass, field, replace
from pathlib import Path

from train.public import load_public, load_texts
from train.rows import CALIBRATION_AREAS, HELD_OUT_AREAS, OWN, Row, load_examples, sample
from train.serious import NONE, load_serious, name_matters

_TRIED = 150
"""Rows of each kind that suffice to try every step."""


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
    texts: list[Row] = field(default_factory=list)
    """Public messages of which people said little or nothing, for a trained model to say more."""


def gather(examples: Path, data: Path | None, seed: int, seen: Container[str] | None = None) -> Sources:
    """Read everything.

    Args:
        examples: folder of our own labelled messages.
        data: folder of public sets, or of labelled messages in the format of ``examples/README.md``, or of both.
        seed: chooses among the rows of large public sets.
        seen: areas of labelled messages that trained the weights to start from, where they come from a trained model.
    """
    own = name_matters(load_examples(examples)) + (load_examples(data) if data else [])
    training = [
        replace(row, new=seen is not None and row.area not in seen)
        for row in own
        if row.area not in {*HELD_OUT_AREAS, *CALIBRATION_AREAS}
    ]
    serious = load_serious([row.said for row in training if row.said])
    public = [row for found in load_public(data, seed).values() for row in found] if data else []
    return Sources(
        own=own,
        rows=[*training, *serious.training, *public],
        calibration=[row for row in own if row.area in CALIBRATION_AREAS],
        held_out=[row for row in own if row.area in HELD_OUT_AREAS],
        serious=serious.calibration,
        texts=load_texts(data) if data else [],
    )


def few_of(sources: Sources, seed: int) -> Sources:
    """Return a few rows of each kind: enough to go through every step of training, for figures that mean nothing."""
    serious = [row for row in sources.rows if row.matter not in {None, NONE}]
    own = [row for row in sources.rows if row.source == OWN and row.matter in {None, NONE}]
    public = [row for row in sources.rows if row.source != OWN and row.matter is None]
    kinds = (own, serious, public)
    return replace(
        sources,
        rows=[row for kind in kinds for row in sample(kind, _TRIED, seed)],
        calibration=sample(sources.calibration, _TRIED, seed),
        held_out=sample(sources.held_out, _TRIED, seed),
        serious=sample(sources.serious, _TRIED, seed),
        texts=sample(sources.texts, _TRIED, seed),
    )
