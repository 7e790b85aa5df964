"""Routing at its edges: teams that are never there again, waits without a known end, reminders that race, tables that help nobody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from relief.contracts.events import Lapse
from relief.contracts.queues import QueueRecord, QueueStatus, RecentWait
from relief.contracts.vocabulary import HandoffState
from relief.decide.journeys import SHIPPED_JOURNEYS
from relief.decide.source import load_source
from relief.errors import Unavailable
from relief.route.command import Exit, run_command
from relief.route.hours import OpeningHours, find_opening
from relief.route.opening_words import opening_words_for
from relief.route.outlook import look_out
from relief.route.tables import SHIPPED_TABLE, RoutingTable
from tests.unit.test_route_desk import HANDOFF, NOW, FakeMessenger, FakeTable, desk, signed

OFFICE: Final = Path(__file__).parent / "cases/routing/office.yaml"
MONDAY: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)
ONCE: Final = OpeningHours.model_validate({"time_zone": "UTC", "week": {}, "special": {"2026-11-23": ["09:00-11:00"]}})
"""A team that was there on one morning, and never again."""


def table_with(hours: OpeningHours | None, **queue: Any) -> RoutingTable:
    """Return the office's table with a billing team of these hours."""
    document = yaml.safe_load(OFFICE.read_text(encoding="utf-8"))
    billing = {name: value for name, value in document["queues"]["billing"].items() if name != "hours"}
    if hours is not None:
        document["hours"]["once"] = hours.model_dump(mode="json")
        billing["hours"] = "once"
    document["queues"]["billing"] = billing | queue
    return RoutingTable.model_validate(document)


def test_a_team_that_never_opens_again_promises_nothing() -> None:
    """Given hours that have passed for good, then there is no next opening, and nothing is promised."""
    later = MONDAY + timedelta(days=3)
    assert find_opening(ONCE, later) is None
    assert list(ONCE.openings(later)) == []
    outlook = look_out("billing", table_with(ONCE), later, None, realtime=True)
    assert (outlook.status, outlook.eta_seconds, outlook.opens_at) == (QueueStatus.closed, None, None)


def test_the_last_opening_of_all_is_still_offered_while_it_runs() -> None:
    """Given a team's last morning, then it is open; who would be reached after it has no other time to be told."""
    opening = find_opening(ONCE, MONDAY)
    assert opening is not None
    assert (opening.start.hour, opening.end.hour) == (9, 11)
    late = MONDAY + timedelta(minutes=55)
    long = QueueRecord(waits=[RecentWait(taken_at=late, seconds=600)] * 3)
    outlook = look_out("billing", table_with(ONCE), late, long, realtime=True)
    assert (outlook.status, outlook.eta_seconds) == (QueueStatus.open, 600)


def test_a_full_team_offers_what_is_left_of_its_hours_to_call_back() -> None:
    """Given a full queue whose team is there for one more hour in all, then that hour alone is offered, once."""
    outlook = look_out("billing", table_with(ONCE, capacity=1), MONDAY, QueueRecord(waiting=1), realtime=True)
    assert outlook.status is QueueStatus.full
    # The usual wait of four minutes, and then the next half hour.
    assert [(f"{one.start:%H:%M}", f"{one.end:%H:%M}") for one in outlook.windows] == [("10:30", "11:00")]
    always = look_out("billing", table_with(None, capacity=1), MONDAY, QueueRecord(waiting=1), realtime=True)
    assert [f"{one.start:%H:%M}" for one in always.windows] == ["10:30", "12:30"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(2 * 3600, "2 hours"), (20 * 3600, "20 hours"), (3 * 86400, "3 days"), (10 * 86400, "10 days")],
)
def test_a_long_wait_is_told_in_hours_or_days(seconds: int, said: str) -> None:
    """Given a wait of more than an hour, then it is told in hours, and from some days on in days."""
    assert said in opening_words_for("en-GB").tell_long_wait(seconds)


def lapse_of(table: FakeTable) -> Lapse:
    """Offer the hand-over, and return the reminder that comes when the offer is over."""
    messenger = FakeMessenger(table)
    desk(table, messenger).take(HANDOFF, signed("offered"), NOW)
    ((_, lapse, _),) = messenger.reminders
    assert table.handoff is not None
    table.handoff = table.handoff.model_copy(update={"state": HandoffState.offered, "lease_until": lapse.lease_until})
    table.log.clear()
    return lapse


def test_a_reminder_that_lost_a_race_is_tried_again_and_told_once() -> None:
    """Given rivals who change the session while an offer lapses, then it is queued on what they left, and told once."""
    table = FakeTable()
    lapse = lapse_of(table)
    table.races_to_lose = 2
    messenger = FakeMessenger(table)
    assert desk(table, messenger).lapse(lapse, NOW + timedelta(minutes=5))
    assert table.log == ["read", "commit"] * 3 + ["publish"]
    assert [change.cause for change in messenger.changes] == ["lapsed"]


def test_a_reminder_that_always_loses_comes_again() -> None:
    """Given rivals without end, then the reminder goes back to its queue, and nobody is told anything."""
    table = FakeTable()
    lapse = lapse_of(table)
    table.races_to_lose = 1_000
    messenger = FakeMessenger(table)
    with pytest.raises(Unavailable, match="the reminder comes again"):
        desk(table, messenger).lapse(lapse, NOW + timedelta(minutes=5))
    assert messenger.changes == []


def edited(tmp_path: Path, edit: Callable[[dict[str, Any]], None]) -> Path:
    """Write the office's table with a change."""
    document = yaml.safe_load(OFFICE.read_text(encoding="utf-8"))
    edit(document)
    path = tmp_path / "table.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def test_an_overflow_to_a_team_of_the_same_hours_is_found(tmp_path: Path) -> None:
    """Given a queue that overflows when it is closed to one that is closed at the same time, then that is said."""

    def edit(document: dict[str, Any]) -> None:
        queues = document["queues"]
        queues["billing"] |= {"hours": "berlin", "overflow": {"queue": "accounts", "when": ["closed"]}}
        queues["accounts"] |= {"hours": "berlin"}

    outcome = run_command(["check", str(edited(tmp_path, edit))])
    assert outcome.code is Exit.findings
    assert "when it is closed, but both have the hours berlin" in outcome.text


def test_a_table_cannot_be_checked_without_the_default_journey(tmp_path: Path) -> None:
    """Given journeys without a default, then the cure is said instead of findings."""
    for path in SHIPPED_JOURNEYS.glob("*.yaml"):
        if path.stem != "default":
            (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    outcome = run_command(["check", str(SHIPPED_TABLE), "--journeys", str(tmp_path)])
    assert outcome.code is Exit.unusable
    assert "default.yaml is missing; add it" in outcome.text


def test_the_office_of_these_tests_is_a_table_that_validates() -> None:
    """Given the table that is changed here, then it is one that an installation could use."""
    assert load_source(OFFICE, RoutingTable).queues["billing"].hours == "berlin"
