"""Opening hours: across time zones, holidays, midnight and the nights in which clocks change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from relief.decide.source import load_source
from relief.route.hours import OpeningHours, find_opening
from relief.route.tables import RoutingTable

OFFICE = load_source(Path(__file__).parent / "cases/routing/office.yaml", RoutingTable)
BERLIN = OFFICE.hours["berlin"]
NIGHTS = OFFICE.hours["nights"]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-11-23T10:00", "2026-11-23T08:00", "2026-11-23T11:30"),  # Monday morning, winter time
        ("2026-11-23T11:45", "2026-11-23T12:30", "2026-11-23T17:00"),  # the lunch break
        ("2026-11-23T17:00", "2026-11-24T08:00", "2026-11-24T17:00"),  # closing time is closed
        ("2026-11-27T20:00", "2026-11-30T08:00", "2026-11-30T11:30"),  # Friday night to Monday
        ("2026-12-24T09:00", "2026-12-24T08:00", "2026-12-24T11:00"),  # a short day
        ("2026-12-24T12:00", "2026-12-28T08:00", "2026-12-28T11:30"),  # Christmas and the weekend after it
        ("2027-03-26T07:00", "2027-03-26T08:00", "2027-03-26T15:00"),  # Friday before the clocks change
        ("2027-03-28T07:00", "2027-03-29T07:00", "2027-03-29T10:30"),  # and Monday after: an hour earlier in UTC
    ],
)
def test_the_opening_that_runs_or_comes_next(now: str, start: str, end: str) -> None:
    """Given a moment, then the opening is the one that runs, else the next one, in UTC."""
    opening = find_opening(BERLIN, utc(now))
    assert opening is not None
    assert (opening.start, opening.end) == (utc(start), utc(end))


def test_a_night_is_one_opening() -> None:
    """Given spans that meet at midnight, then the shift is one opening, and the clocks may change in it."""
    opening = find_opening(NIGHTS, utc("2026-11-01T03:00"))
    assert opening is not None
    # From 20:00 in summer time to 06:00 in winter time: eleven hours.
    assert opening.start == utc("2026-11-01T00:00")
    assert opening.end - opening.start == timedelta(hours=11)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1)), st.sampled_from([BERLIN, NIGHTS]))  # noqa: DTZ001 - made aware below
def test_openings_rise_never_overlap_and_never_lie_in_the_past(moment: datetime, hours: OpeningHours) -> None:
    """Given any moment, then openings come in order, apart from each other, and have not ended."""
    now = moment.replace(tzinfo=UTC)
    openings = [opening for opening, _ in zip(hours.openings(now), range(6), strict=False)]
    assert len(openings) == 6
    assert openings[0].end > now
    for one, following in pairwise(openings):
        assert one.start < one.end < following.start


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"time_zone": "Mars/Olympus"}, "is no time zone"),
        ({"week": {"monday": ["09:00-08:00"]}}, "must rise"),
        ({"week": {"monday": ["09:00-12:00", "11:00-13:00"]}}, "must rise"),
        ({"week": {"monday": ["9-17"]}}, "should match pattern"),
        ({"week": {}}, "never open"),
    ],
)
def test_hours_that_cannot_be_are_refused(change: dict[str, object], problem: str) -> None:
    """Given hours with a fault, then they do not load, and the message says what is wrong."""
    with pytest.raises(ValidationError, match=problem):
        OpeningHours.model_validate({"time_zone": "UTC", "week": {"monday": ["09:00-17:00"]}, **change})
