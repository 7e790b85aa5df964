"""The answer of the metrics route: figures by group, with the formulas that they come from."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from relief.contracts.model import LenientContract, Time


class Dimension(StrEnum):
    """What figures can be grouped by."""

    journey = "journey"
    intent = "intent"
    channel = "channel"
    queue = "queue"
    policy = "policy"
    incident = "incident"


class FormulaView(LenientContract):
    """A formula: what a figure means and where its definition comes from."""

    name: str
    title: str
    definition: str
    source: str
    unit: str
    better: str = Field(description="`lower`, `higher`, or `neither`: which way is good.")


class Figure(LenientContract):
    """A figure of one group. ``value`` is ``None`` where there was nothing to measure."""

    value: float | None
    count: int = Field(description="How many sessions, hand-overs or scores the value rests on.")


class FigureGroup(LenientContract):
    """The figures of one group of sessions, and of one day where days are asked for."""

    group: str = Field(description="Value of the dimension; `all` when nothing is grouped.")
    day: date | None = None
    sessions: int
    figures: dict[str, Figure]


class MetricsAnswer(LenientContract):
    """Figures of all sessions that began within the days."""

    first_day: date = Field(alias="from", serialization_alias="from")
    last_day: date = Field(alias="to", serialization_alias="to")
    group_by: list[str]
    read_at: Time
    percentile_error: float = Field(description="Largest relative error of a percentile.")
    formulas: list[FormulaView]
    groups: list[FigureGroup]
