"""Figures from counters: merge the shards of days and groups, and apply the formulas."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Final, Protocol, Self

from pydantic import Field, field_validator, model_validator

from relief.contracts.figures import Dimension, FigureGroup, MetricsAnswer
from relief.contracts.model import Contract
from relief.measure.figures.formulas import FORMULAS, compute_figures
from relief.measure.figures.sketch import RELATIVE_ERROR
from relief.measure.figures.tally import ALL, Cell, Counts

DAY: Final = "day"
_USUAL_DAYS: Final = 30
_MOST_DAYS: Final = 366


class MetricsQuery(Contract):
    """Which figures are asked for: days in UTC, both included, and one dimension, ``day``, or both."""

    first_day: date = Field(alias="from")
    last_day: date = Field(alias="to")
    group_by: Annotated[list[str], Field(max_length=2)] = []

    @classmethod
    def from_query(cls, query: dict[str, str], now: datetime) -> dict[str, object]:
        """Return query parameters as a document: the last 30 days where nothing is said, a moment for its day."""
        last = query.get("to", now.date().isoformat())
        try:
            usual = (date.fromisoformat(last[:10]) - timedelta(days=_USUAL_DAYS - 1)).isoformat()
        except ValueError:
            usual = last
        named = [name for name in query.get("group_by", "").split(",") if name]
        others = {name: value for name, value in query.items() if name not in {"from", "to", "group_by"}}
        return {**others, "from": query.get("from", usual)[:10], "to": last[:10], "group_by": named}

    @field_validator("group_by")
    @classmethod
    def _must_be_known(cls, value: list[str]) -> list[str]:
        known = [one.value for one in Dimension]
        if len([one for one in value if one in known]) > 1 or any(one not in {*known, DAY} for one in value):
            message = f"must be one of {', '.join(known)}, or day, or one of them and day with a comma between"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _must_be_a_range(self) -> Self:
        if not timedelta() <= self.last_day - self.first_day < timedelta(days=_MOST_DAYS):
            message = f"`to` must not be before `from`, and at most {_MOST_DAYS} days can be read at once"
            raise ValueError(message)
        return self

    @property
    def dimension(self) -> str:
        """The dimension that is read."""
        return next((one for one in self.group_by if one != DAY), ALL)


class CounterReader(Protocol):
    """Reads counters."""

    def read_counts(self, dimension: str, first: date, last: date) -> Iterable[tuple[Cell, Counts]]:
        """Yield the counters of a dimension's cells, a shard at a time, so that a cell may come several times."""


def report_figures(query: MetricsQuery, reader: CounterReader, now: datetime) -> MetricsAnswer:
    """Return the figures that are asked for, groups in the order of days and names."""
    merged: dict[tuple[str, str], Counts] = {}
    by_day = DAY in query.group_by
    for cell, counts in reader.read_counts(query.dimension, query.first_day, query.last_day):
        merged.setdefault((cell.day if by_day else "", cell.value), Counter()).update(counts)
    if not merged and query.dimension == ALL and not by_day:
        merged["", ALL] = Counter()
    return MetricsAnswer.model_validate(
        {
            "from": query.first_day,
            "to": query.last_day,
            "group_by": query.group_by,
            "read_at": now,
            "percentile_error": RELATIVE_ERROR,
            "formulas": [formula.view() for formula in FORMULAS],
            "groups": [
                FigureGroup(
                    group=value,
                    day=date.fromisoformat(day) if day else None,
                    sessions=counts["sessions"],
                    figures=compute_figures(counts),
                )
                for (day, value), counts in sorted(merged.items())
                if any(counts.values()) or not day
            ],
        }
    )
