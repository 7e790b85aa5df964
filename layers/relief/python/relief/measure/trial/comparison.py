"""The comparison with the baseline as the console shows it: measured by a command, kept with its date and versions."""

from datetime import date

from pydantic import Field

from relief.contracts.model import LenientContract
from relief.measure.trial.gold_run import GoldRun
from relief.measure.trial.score import KindTotals, total_part

COMMAND = "make baseline"


class ComparedPart(LenientContract):
    """One journey, or all of them, on both sides."""

    ours: KindTotals
    baseline: KindTotals


class Comparison(LenientContract):
    """What a gold run came to, and how it can be had again."""

    measured_on: date
    command: str
    conversations: int
    turns: int
    versions: dict[str, str] = Field(description="Policy and models of our side.")
    all: ComparedPart
    by_journey: dict[str, ComparedPart]


def compare_sides(run: GoldRun, measured_on: date) -> Comparison:
    """Return a run as the console shows it."""
    totals = run.totals()
    theirs = totals.baseline.by_journey
    return Comparison(
        measured_on=measured_on,
        command=COMMAND,
        conversations=totals.conversations,
        turns=totals.turns,
        versions=totals.versions,
        all=ComparedPart(ours=total_part(run.ours), baseline=total_part(run.baseline)),
        by_journey={
            name: ComparedPart(ours=own, baseline=theirs[name]) for name, own in totals.ours.by_journey.items()
        },
    )
