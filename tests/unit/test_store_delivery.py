"""Hand-overs on their way: pointers where there is a record, whole where there may be none; and exports."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from relief.api.parachute import pack_parachute
from relief.contracts.events import HandoffRequested, Lapse
from relief.contracts.handoff import Handoff, HandoffNotice
from relief.contracts.model import format_time
from relief.contracts.turn import TurnRequest
from relief.deliver.worklist import receive_record
from relief.store.delivery import Whole, is_settled, move_to_queue, receive_writes
from relief.store.export import describe_item
from relief.store.items import dump_tombstone
from relief.store.keys import context_key, session_partition, tombstone_key
from tests.pipeline import SETTINGS, START, Session

TOLD: dict[str, Any] = {"facts": {"order_number": "canary"}, "customer": {"ref": "k1.a"}}


def whole_event() -> HandoffRequested:
    """The event that is prepared with a request, in case that nothing can be recorded."""
    turn = TurnRequest.model_validate({"turn_id": "t1", "channel": "web_chat", "text": "hi", **TOLD})
    return HandoffRequested.model_validate_json(pack_parachute("s-1", turn, "hash", START, SETTINGS).event)


class FakeWorklist:
    """Notes which way a hand-over came in."""

    def __init__(self) -> None:
        self.queued: list[HandoffNotice] = []
        self.received: list[Handoff] = []

    def queue_handoff(self, notice: HandoffNotice) -> bool:
        self.queued.append(notice)
        return True

    def receive_handoff(self, whole: Whole, now: datetime) -> bool:
        self.received.append(whole.handoff)
        return True

    def find_handoff(self, handoff_id: str, now: datetime) -> Handoff | None:
        return None

    def list_handoffs(
        self, queue: str, state: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[Handoff], str | None]:
        return [], None


class NoDesk:
    """A desk that nobody asks anything."""

    def lapse(self, lapse: Lapse, now: datetime) -> bool:
        raise AssertionError


class FakeRecord:
    """A queue message."""

    def __init__(self, event: HandoffRequested) -> None:
        self.body = json.dumps({"source": "relief", "detail": event.model_dump(mode="json")})


def test_a_recorded_hand_over_is_announced_as_a_pointer() -> None:
    """Given a hand-over in the usual way, then its event tells where it goes and why, not what was supplied."""
    session = Session()
    session.say("I want a human", **TOLD)
    assert "canary" in json.dumps(session.writes)
    event = HandoffRequested.model_validate_json(session.final.event)
    assert "canary" not in event.model_dump_json()
    assert event.handoff.whole() is None
    worklist = FakeWorklist()
    assert receive_record(FakeRecord(event), worklist, NoDesk(), START).fresh  # type: ignore[arg-type] # as much of one as is read
    assert [one.handoff_id for one in worklist.queued] == [event.handoff.handoff_id]


def test_the_last_resort_travels_whole() -> None:
    """Given a hand-over that may have no record, then its event carries everything, and is taken in as such."""
    event = whole_event()
    worklist = FakeWorklist()
    assert receive_record(FakeRecord(event), worklist, NoDesk(), START).fresh  # type: ignore[arg-type] # as above
    assert [one.summary.facts for one in worklist.received] == [{"order_number": "canary"}]


def test_a_pointer_never_makes_a_record() -> None:
    """Given a pointer to a record that was erased, then the update's condition keeps it from being made anew."""
    update = move_to_queue(whole_event().handoff, SETTINGS)
    assert update["ConditionExpression"].startswith("attribute_exists(doc)")
    assert "canary" not in json.dumps(update)


def test_a_whole_hand_over_is_refused_after_an_erasure_and_listed_otherwise() -> None:
    """Given a hand-over that travels whole, then its transaction checks the tombstone and lists the session."""
    event = whole_event()
    handoff = event.handoff.whole()
    assert handoff is not None
    writes = receive_writes(Whole(handoff, event.expires_at, event.ownership), {}, SETTINGS, START)
    check, update, owning, listing = (dict(write) for write in writes)
    key = tombstone_key(session_partition("s-1")).typed()
    assert check["ConditionCheck"]["Key"] == key  # type: ignore[index] # a typed dictionary of the stubs
    later = dump_tombstone(tombstone_key(session_partition("s-1")), START + timedelta(milliseconds=1))
    assert later["erased_at"]["S"] > format_time(handoff.requested_at)
    assert "attribute_exists(doc)" not in str(update)
    assert "CUSTOMER#k1.a" in str(listing)
    assert "attribute_not_exists(version)" in str(owning)


def test_a_whole_hand_over_never_makes_a_second_owner() -> None:
    """Given a session that waits for somebody, then a hand-over of which the table knows nothing is not added to it."""
    event = whole_event()
    handoff = event.handoff.whole()
    assert handoff is not None
    whole = Whole(handoff, event.expires_at, event.ownership)
    session = Session("s-1")
    session.say("I want to talk to a human", turn_id="t0")
    assert session.item is not None
    context = {context_key("s-1"): session.item}
    assert is_settled(whole, context, session.now)
    assert not is_settled(whole, context, session.now + timedelta(days=2)), "what has expired waits for nobody"
    session = Session("s-1")
    session.say("hello there", turn_id="t0")
    assert session.item is not None
    free = {context_key("s-1"): session.item}
    assert not is_settled(whole, free, session.now)
    owning = receive_writes(whole, free, SETTINGS, session.now)[2]
    assert "version = :seen" in str(owning)
    assert "handoff = :handoff" in str(owning)


def test_a_session_that_is_marked_already_or_cannot_be_marked_is_left_as_it_is() -> None:
    """Given a session that waits for this very hand-over, or an event of an older version, then the session is not written."""
    event = whole_event()
    handoff = event.handoff.whole()
    assert handoff is not None
    whole = Whole(handoff, event.expires_at, event.ownership)
    context: dict[str, Any] = {"version": {"N": "1"}, "handoff": {"S": json.dumps({"handoff_id": handoff.handoff_id})}}
    context["expires_at"] = {"N": str(event.expires_at)}
    held = {context_key("s-1"): context}
    assert not is_settled(whole, held, START)
    for known, one in ((held, whole), ({}, whole._replace(ownership=""))):
        places = [write["Update"]["Key"] for write in receive_writes(one, known, SETTINGS, START) if "Update" in write]
        assert context_key("s-1").typed() not in places
    owning = [write["Update"]["Key"] for write in receive_writes(whole, {}, SETTINGS, START) if "Update" in write]
    assert context_key("s-1").typed() in owning


def test_an_export_opens_every_attribute_of_an_item() -> None:
    """Given any item, then its export has each attribute, documents and numbers opened."""
    item = {
        "pk": {"S": "SESSION#1"},
        "sk": {"S": "REVIEW#1"},
        "expires_at": {"N": str(int(START.timestamp()) + 60)},
        "doc": {"S": '{"a": [1]}'},
        "text": {"S": "[not JSON"},
        "turn": {"N": "4"},
        "share": {"N": "0.5"},
    }
    record = describe_item(item, START)
    assert record is not None
    assert record.kind == "review"
    assert record.content == {"doc": {"a": [1]}, "text": "[not JSON", "turn": 4, "share": 0.5}
    assert describe_item(item, START + timedelta(minutes=1)) is None


def test_an_export_does_not_show_memory_past_its_time() -> None:
    """Given an item that the last resort prolonged, then the memory in it that has expired is not exported."""
    session = Session(start=datetime(2026, 11, 1, tzinfo=UTC))
    session.say("my bill is wrong", facts={"order_number": "canary"})
    item = {**(session.item or {}), "expires_at": {"N": str(int(START.timestamp()) + 60)}}
    record = describe_item(item, START)
    assert record is not None
    assert "canary" not in record.model_dump_json()
    assert record.content["turn"] == 1


def test_a_tombstone_holds_no_more_than_a_time() -> None:
    """Given a tombstone, then it has a time to live, and no export shows it."""
    item = dump_tombstone(tombstone_key(session_partition("s-1")), START)
    assert set(item) == {"pk", "sk", "erased_at", "expires_at"}
    assert int(item["expires_at"]["N"]) > START.timestamp() + 14 * 86400
    assert describe_item(item, START) is None
