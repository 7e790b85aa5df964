"""Opening hours: weekly times in a time zone, holidays, and days that differ. Pure: the time is handed in."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from relief.contracts.model import Contract

_LOOK_AHEAD_DAYS: Final = 400
"""More than a year: an opening that is not found within it does not come."""

_END_OF_DAY: Final = "24:00"
_Span = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class Weekday(StrEnum):
    """Days of the week, in the order of ``date.weekday()``."""

    monday = "monday"
    tuesday = "tuesday"
    wednesday = "wednesday"
    thursday = "thursday"
    friday = "friday"
    saturday = "saturday"
    sunday = "sunday"


WEEKDAYS: Final = tuple(Weekday)


class Opening(NamedTuple):
    """One time of being open, in UTC."""

    start: datetime
    end: datetime


class OpeningHours(Contract):
    """When a team is at its desks. Spans are local times such as ``09:00-17:30``; a night has two of them."""

    time_zone: str = Field(description="IANA name, such as Europe/Berlin.")
    week: dict[Weekday, list[_Span]]
    holidays: list[date] = Field([], description="Days on which the team is away.")
    special: dict[date, list[_Span]] = Field({}, description="Days with other hours than their weekday's.")

    @field_validator("time_zone")
    @classmethod
    def _exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            message = f"{name} is no time zone; use an IANA name such as Europe/Berlin"
            raise ValueError(message) from error
        return name

    @model_validator(mode="after")
    def _in_order(self) -> "OpeningHours":
        for day, spans in [*self.week.items(), *self.special.items()]:
            ends = [edge for span in spans for edge in span.split("-")]
            if ends != sorted(ends) or len(set(ends)) < len(ends):
                message = f"{day}: times must rise and not overlap; a night is two spans, on two days"
                raise ValueError(message)
        if not any(self.week.values()) and not any(self.special.values()):
            message = "never open; leave the hours out for a team that is always there"
            raise ValueError(message)
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)

    def openings(self, now: datetime) -> Iterator[Opening]:
        """Yield the times of being open that have not ended, in order; spans that meet at midnight are one."""
        before: Opening | None = None
        today = now.astimezone(self.zone).date()
        for ahead in range(-1, _LOOK_AHEAD_DAYS):
            for opening in self._on(today + timedelta(days=ahead)):
                if before is not None and before.end >= opening.start:
                    before = Opening(before.start, opening.end)
                    continue
                if before is not None and before.end > now:
                    yield before
                before = opening
        if before is not None and before.end > now:
            yield before

    def _on(self, day: date) -> Iterator[Opening]:
        if day in self.special:
            spans = self.special[day]
        elif day in self.holidays:
            spans = []
        else:
            spans = self.week.get(WEEKDAYS[day.weekday()], [])
        for span in spans:
            start, _, end = span.partition("-")
            yield Opening(self._moment(day, start), self._moment(day, end))

    def _moment(self, day: date, at: str) -> datetime:
        """Return a local time in UTC. Comparing local times would go wrong in the night in which clocks change."""
        if at == _END_OF_DAY:
            day, at = day + timedelta(days=1), "00:00"
        return datetime.combine(day, time.fromisoformat(at), tzinfo=self.zone).astimezone(UTC)


def find_opening(hours: OpeningHours | None, now: datetime) -> Opening | None:
    """Return the opening that runs now, else the next; ``None`` for a team without hours, or with no more of them."""
    return next(hours.openings(now), None) if hours is not None else None
