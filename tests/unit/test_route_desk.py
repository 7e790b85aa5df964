"""The desk's side of a hand-over, with a table in memory that can lose races: what is written, told and tried again."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from relief.contracts.events import HandoffChanged, Lapse
from relief.contracts.handoff import HandoffNotice
from relief.contracts.ownership import EventRecord, HandoffEvent
from relief.contracts.vocabulary import HandoffState, Ignored, Owner, Part
from relief.errors import EventConflict, NotFound, Unavailable
from relief.route.desk import Desk, Signed
from relief.store.items import load_context, load_handoff
from relief.store.keys import handoff_id
from relief.store.ports import Standing
from relief.store.writes import Write
from tests.pipeline import SETTINGS, START, Session

NOW = START + timedelta(minutes=1)
HANDOFF = handoff_id("s-1", "t1")


class FakeTable:
    """One hand-over that was requested. Loses as many races as it is told to."""

    def __init__(self, races_to_lose: int = 0, taken: EventRecord | None = None, *, empty: bool = False) -> None:
        session = Session()
        session.say("I want a human", locale="de-DE")
        self.handoff = None if empty else load_handoff(session.writes[2]["Put"]["Item"], START)
        self.context = load_context(session.item, START)
        self.races_to_lose = races_to_lose
        self.taken = taken
        self.log: list[str] = []
        self.written: list[Write] = []

    def read_standing(self, handoff_id: str, event_id: str, now: datetime) -> Standing:
        self.log.append("read")
        return Standing(self.handoff, self.context, self.taken)

    def commit(self, writes: Sequence[Write]) -> bool:
        self.log.append("commit")
        self.races_to_lose -= 1
        if self.races_to_lose >= 0:
            return False
        self.written = list(writes)
        return True


class FakeMessenger:
    """Notes what it is to say, in the table's own log."""

    def __init__(self, table: FakeTable, *, down: bool = False) -> None:
        self.table = table
        self.down = down
        self.changes: list[HandoffChanged] = []
        self.reminders: list[tuple[str, Lapse, int]] = []

    def publish(self, change: HandoffChanged) -> bool:
        self.table.log.append("publish")
        self.changes.append(change)
        return not self.down

    def remind(self, queue: str, lapse: Lapse, seconds: int) -> None:
        self.table.log.append("remind")
        self.reminders.append((queue, lapse, seconds))


def desk(table: FakeTable, messenger: FakeMessenger | None = None) -> Desk:
    """A desk that does not really wait."""
    return Desk(SETTINGS, table, messenger or FakeMessenger(table), pause=lambda seconds: None)


def signed(kind: str, request_hash: str = "") -> Signed:
    """An event."""
    return Signed(HandoffEvent.model_validate({"event_id": "e1", "kind": kind}), request_hash=request_hash)


def test_an_offers_reminder_is_sent_before_the_offer_is_written_and_comes_after_its_end() -> None:
    """Given an offer, then nothing can come between it and its reminder, and the reminder does not come too early."""
    table = FakeTable()
    messenger = FakeMessenger(table)
    answer = desk(table, messenger).take(HANDOFF, signed("offered"), NOW)
    assert table.log == ["read", "remind", "commit", "publish"]
    ((queue, lapse, seconds),) = messenger.reminders
    assert (queue, lapse.lease_until) == ("general", answer.lease_until)
    assert answer.lease_until == NOW + timedelta(seconds=SETTINGS.offer_seconds)
    assert seconds == SETTINGS.offer_seconds + 1


def test_a_lost_race_is_read_and_run_again() -> None:
    """Given rivals who were first, then the event is taken on what they left, and told once."""
    table = FakeTable(races_to_lose=3)
    messenger = FakeMessenger(table)
    assert desk(table, messenger).take(HANDOFF, signed("accepted"), NOW).applied
    assert table.log == ["read", "commit"] * 4 + ["publish"]


def test_rivals_are_spread_over_moments_not_seconds() -> None:
    """Given races that are lost, then each pause is at most a twentieth of a second: a person waits for the answer."""
    table, pauses = FakeTable(races_to_lose=19), list[float]()
    Desk(SETTINGS, table, FakeMessenger(table), pause=pauses.append).take(HANDOFF, signed("accepted"), NOW)
    assert len(pauses) == 19
    assert all(0 <= seconds <= 0.05 for seconds in pauses)
    assert len(set(pauses)) > 1


class Waits:
    """Notes of whom it is told how long they waited."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, datetime]] = []

    def read(self, queue: str, capacity: int | None, now: datetime, *, realtime: bool) -> None:
        raise NotImplementedError

    def note_wait(self, handoff: HandoffNotice, taken_at: datetime) -> bool:
        self.noted.append((handoff.queue, taken_at))
        return True


def test_how_long_somebody_waited_is_noted_once_when_a_person_takes_over() -> None:
    """Given an offer, an acceptance and what follows it, then the acceptance of whoever waited is noted, and nothing else."""
    table, waits = FakeTable(), Waits()
    working = Desk(SETTINGS, table, FakeMessenger(table), waits, pause=lambda seconds: None)
    working.take(HANDOFF, signed("offered"), NOW)
    assert waits.noted == []
    working.take(HANDOFF, signed("accepted"), NOW)
    assert waits.noted == [("general", NOW)]
    assert table.handoff is not None
    table.handoff = table.handoff.model_copy(update={"state": HandoffState.accepted})
    for kind in ("requeued", "returned", "resolved"):
        working.take(HANDOFF, signed(kind), NOW)
    assert len(waits.noted) == 1


def test_a_race_that_is_always_lost_is_admitted() -> None:
    """Given rivals without end, then the desk is asked to send the event again, and nobody is told anything."""
    table = FakeTable(races_to_lose=1_000)
    messenger = FakeMessenger(table)
    with pytest.raises(Unavailable):
        desk(table, messenger).take(HANDOFF, signed("accepted"), NOW)
    assert messenger.changes == []
    assert table.log == ["read", "commit"] * 20


def test_hand_over_session_and_event_are_written_together() -> None:
    """Given an event, then one transaction moves the record, the session's next version and the event's own record."""
    table = FakeTable()
    desk(table).take(HANDOFF, signed("accepted"), NOW)
    record, context, event = table.written
    assert record["Update"]["ExpressionAttributeValues"][":seen"] == {"S": "requested"}
    assert context["Put"]["ConditionExpression"] == "version = :seen"
    assert event["Put"]["ConditionExpression"].startswith("attribute_not_exists(pk)")


@pytest.mark.parametrize("consents", [True, False])
def test_an_events_note_is_recorded_with_consent_alone(consents: bool) -> None:  # noqa: FBT001 - the case itself
    """Given a person's note, then the event's record keeps it, unless the customer allows nothing to be kept."""
    table = FakeTable()
    assert table.context.context is not None
    stored = table.context.context.model_copy(update={"store_context": consents})
    table.context = table.context._replace(context=stored)
    note = {"event_id": "e1", "kind": "accepted", "note": "called the bank"}
    desk(table).take(HANDOFF, Signed(HandoffEvent.model_validate(note), request_hash=""), NOW)
    assert ("called the bank" in str(table.written[2]["Put"]["Item"])) is consents


def test_a_repeated_event_is_answered_and_another_body_refused() -> None:
    """Given an event that was taken, then the same one is a duplicate; one with another body is a conflict."""
    taken = EventRecord.model_validate(
        {
            "event_id": "e1",
            "handoff_id": "h",
            "kind": "accepted",
            "at": NOW,
            "received_at": NOW,
            "state": "accepted",
            "request_hash": "a",
        }
    )
    table = FakeTable(taken=taken)
    assert desk(table).take(HANDOFF, signed("accepted", "a"), NOW).ignored is Ignored.duplicate
    assert desk(table).take(HANDOFF, signed("accepted"), NOW).ignored is Ignored.duplicate
    with pytest.raises(EventConflict):
        desk(table).take(HANDOFF, signed("accepted", "b"), NOW)
    assert table.written == []


def test_an_unknown_hand_over_is_not_found_and_has_nothing_to_lapse() -> None:
    """Given nothing stored, then an event says so, and a reminder comes for nothing."""
    table = FakeTable(empty=True)
    with pytest.raises(NotFound):
        desk(table).take(HANDOFF, signed("accepted"), NOW)
    assert not desk(table).lapse(Lapse(handoff_id=HANDOFF, lease_until=NOW), NOW)


def test_a_bus_that_is_down_is_named() -> None:
    """Given a bus that takes nothing, then the event is applied and the answer names the part."""
    table = FakeTable()
    answer = desk(table, FakeMessenger(table, down=True)).take(HANDOFF, signed("accepted"), NOW)
    assert (answer.applied, answer.degraded) == (True, [Part.announce])


def test_a_customer_who_must_wait_on_is_told_in_their_language() -> None:
    """Given an offer that lapsed, then the change that goes on the bus carries words for the customer; others do not."""
    table = FakeTable()
    assert table.handoff is not None
    lease = {"state": "offered", "lease_until": NOW}
    table.handoff = table.handoff.model_validate({**table.handoff.model_dump(), **lease})
    messenger = FakeMessenger(table)
    assert desk(table, messenger).lapse(Lapse(handoff_id=HANDOFF, lease_until=NOW), NOW)
    assert not desk(table, messenger).lapse(Lapse(handoff_id=HANDOFF, lease_until=NOW), NOW - timedelta(seconds=1))
    (change,) = messenger.changes
    assert (change.cause, change.owner) == ("lapsed", Owner.queued)
    assert "Warteschlange" in change.say
    table = FakeTable()
    messenger = FakeMessenger(table)
    desk(table, messenger).take(HANDOFF, signed("accepted"), NOW)
    assert messenger.changes[0].say == ""
