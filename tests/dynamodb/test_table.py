"""What is relied on of the table, on Amazon's own engine: conditions, transactions, the index, and time to live."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from relief.api.parachute import pack_parachute
from relief.contracts.events import HandoffRequested
from relief.contracts.incident import Followup
from relief.contracts.ownership import HandoffEvent, HandoffFeedback, RecordedFeedback
from relief.contracts.states import TurnKeys
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import FollowupKind, HandoffState
from relief.remember.forget import Forgetter
from relief.route.desk import Desk, Signed
from relief.settings import Settings
from relief.store.delivery import Whole
from relief.store.dynamodb import Table, was_refused
from relief.store.incidents import IncidentTable
from relief.store.items import dump_tombstone, epoch_seconds, load_context
from relief.store.keys import (
    context_key,
    decision_id,
    followup_key,
    handoff_id,
    mark_partition,
    record_key,
    session_partition,
    tombstone_key,
)
from relief.store.ownership import OwnershipTable
from relief.store.sessions import SessionTable
from relief.store.writes import check_handoff, put_feedback, put_followup
from tests.pipeline import START, Session
from tests.race import Arena, Silence

ANA: Final = {"ref": "k1.ana"}
PERSON: Final = "I want a human"
HANDOFF: Final = handoff_id("s-1", "t1")


class Stored(Session):
    """A conversation whose turns are written to a real table, each as one transaction."""

    def __init__(self, client: Any, settings: Settings, session_id: str = "s-1") -> None:
        """Begin with nothing stored."""
        super().__init__(session_id)
        self.client = client
        self.settings = settings

    def write(self, text: str, **fields: Any) -> Any:
        """Take a turn and write what it leaves."""
        answer = self.say(text, **fields)
        self.client.transact_write_items(TransactItems=self.named())
        return answer

    def named(self) -> list[dict[str, Any]]:
        """Return the last turn's writes, to the test's own table."""
        table = self.settings.table_name
        return [{kind: {**details, "TableName": table} for kind, details in one.items()} for one in self.writes]

    def stored_context(self) -> dict[str, Any]:
        """Return the context's item as it is in the table."""
        key = context_key(self.session_id).typed()
        found: dict[str, Any] = self.client.get_item(TableName=self.settings.table_name, Key=key)["Item"]
        return found

    def items(self) -> list[dict[str, Any]]:
        """Return everything in the table, but for the marks of turns: those lead to no session and live an hour."""
        found: list[dict[str, Any]] = self.client.scan(TableName=self.settings.table_name)["Items"]
        marks = mark_partition(0, 0).partition("#")[0]
        return [item for item in found if item["pk"]["S"].partition("#")[0] != marks]


@pytest.fixture
def session(client: Any, settings: Settings) -> Stored:
    """A conversation on an empty table."""
    return Stored(client, settings)


def event(number: int, kind: str, **fields: Any) -> Signed:
    """Return an event."""
    return Signed(HandoffEvent.model_validate({"event_id": f"e{number}", "kind": kind, **fields}))


def test_a_conversation_from_first_turn_to_return(session: Stored, settings: Settings) -> None:
    """Given turns, delivery, events and a verdict, then the engine takes every expression that the code writes."""
    session.write("My bill is wrong", customer=ANA, facts={"order_number": "A-1"})
    session.write(PERSON, customer=ANA)
    session.write("hello?")
    notice = HandoffRequested.model_validate_json(pack_event(session)).handoff
    table, desk = Table(settings), Desk(settings, OwnershipTable(settings), Silence())
    requested = handoff_id("s-1", "t2")
    assert table.queue_handoff(notice.model_copy(update={"handoff_id": requested}))
    assert [one.handoff_id for one in table.list_handoffs(notice.queue, "queued", 10, None, START)[0]] == [requested]
    assert desk.take(requested, event(1, "offered"), session.now).applied
    session.now += timedelta(minutes=5)
    session.item = session.stored_context()
    session.write("hello??")
    assert desk.take(requested, event(2, "accepted"), session.now).applied
    assert desk.take(requested, event(3, "asked", slot="charge_date"), session.now).applied
    assert desk.take(requested, event(4, "returned", note="Done."), session.now).applied
    feedback = HandoffFeedback.model_validate({"timing": "right"})
    record = RecordedFeedback(handoff_id=requested, received_at=session.now, feedback=feedback)
    writes = [check_handoff(requested, session.now, settings), put_feedback(record, settings)]
    assert OwnershipTable(settings).commit(writes)
    context = SessionTable(settings).find_context("s-1", session.now)
    assert context is not None
    assert context.colleague is not None
    assert (context.owner.value, context.colleague.note) == ("returned", "Done.")


def pack_event(session: Stored) -> str:
    """Return the event of a hand-over that is prepared with a request."""
    turn = TurnRequest.model_validate({"turn_id": "t1", "channel": "web_chat", "text": PERSON, "customer": ANA})
    return pack_parachute(session.session_id, turn, "hash", session.now, session.settings).event


def test_of_two_turns_on_the_same_version_one_is_refused_whole(session: Stored) -> None:
    """Given two turns that read the same version, then the second leaves nothing: no decision, no hand-over."""
    session.write("My bill is wrong")
    seen = session.item
    session.write("and the second one?", turn_id="first")
    before = session.items()
    session.item = seen
    session.say(PERSON, turn_id="second")
    with pytest.raises(ClientError) as refused:
        session.client.transact_write_items(TransactItems=session.named())
    assert was_refused(refused.value)
    assert "[ConditionalCheckFailed, None" in refused.value.response["Error"]["Message"]
    assert session.items() == before


def test_the_same_turn_twice_is_recorded_once(session: Stored) -> None:
    """Given a turn that was recorded, then recording it again is refused by the decision, until that has expired."""
    session.write("My bill is wrong")
    session.say("My bill is wrong", turn_id="t1")
    with pytest.raises(ClientError) as refused:
        session.client.transact_write_items(TransactItems=session.named())
    assert [one["Code"] for one in refused.value.response["CancellationReasons"]][1] == "ConditionalCheckFailed"
    expire(session, record_key(decision_id("s-1", "t1")))
    session.client.transact_write_items(TransactItems=session.named())


def expire(session: Stored, key: Any) -> None:
    """Let an item's time pass, as it is in the minutes before the engine deletes it."""
    session.client.update_item(
        TableName=session.settings.table_name,
        Key=key.typed(),
        UpdateExpression="SET expires_at = :past",
        ExpressionAttributeValues={":past": {"N": str(epoch_seconds(START) - 1)}},
    )


def test_what_has_expired_is_not_returned_though_it_is_there(session: Stored, settings: Settings) -> None:
    """Given items past their time that the engine has not deleted, then no reading returns any of them."""
    session.write(PERSON, customer=ANA, facts={"order_number": "A-1"})
    for item in session.items():
        expire(session, _Key(item))
    table, sessions = Table(settings), SessionTable(settings)
    assert len(session.items()) == 5
    assert sessions.find_context("s-1", session.now) is None
    assert sessions.read_records("s-1", 10, None, session.now) == ([], None)
    assert table.find_handoff(HANDOFF, session.now) is None
    assert table.find_before(decision_id("s-1", "t1"), ["k1.ana"], session.now) == (None, None)
    assert OwnershipTable(settings).read_standing(HANDOFF, "e1", session.now).handoff is None


class _Key:
    """The key of an item that was read."""

    def __init__(self, item: dict[str, Any]) -> None:
        self._item = item

    def typed(self) -> dict[str, Any]:
        """Return it in DynamoDB's format."""
        return {"pk": self._item["pk"], "sk": self._item["sk"]}


def test_the_last_resort_takes_ownership_once(session: Stored, settings: Settings) -> None:
    """Given the workflow's last resort, then its update marks a new session, and refuses one that is handed over."""
    turn = TurnRequest.model_validate({"turn_id": "t1", "channel": "web_chat", "text": PERSON})
    fallback = pack_parachute("s-1", turn, "hash", session.now, settings)
    now = str(epoch_seconds(session.now))
    keys = TurnKeys(context=context_key("s-1").typed(), decision={}, incidents={"S": "INCIDENTS#0"}, now=now)
    table = Table(settings)
    assert table.take_ownership(keys, fallback) == 1
    table.transact(json.loads(fallback.writes))
    assert table.take_ownership(keys, fallback) is None
    stored = session.stored_context()
    context = load_context(stored, session.now).context
    assert context is not None
    assert context.owner.value == "queued"
    assert load_context(stored, session.now).version == 1


def test_a_hand_over_that_travels_whole_is_taken_in_once_and_never_after_an_erasure(
    session: Stored, settings: Settings
) -> None:
    """Given a hand-over without record, then it is written once; with a newer tombstone it is not written at all."""
    event_ = HandoffRequested.model_validate_json(pack_event(session))
    handoff = event_.handoff.whole()
    assert handoff is not None
    whole = Whole(handoff, event_.expires_at, event_.ownership)
    table = Table(settings)
    assert table.receive_handoff(whole, session.now)
    assert not table.receive_handoff(whole, session.now)
    stored = load_context(session.stored_context(), session.now)
    assert stored.context is not None
    assert stored.context.owner.value == "queued"
    session.client.delete_item(TableName=settings.table_name, Key=record_key(HANDOFF).typed())  # type: ignore[union-attr]
    erased = dump_tombstone(tombstone_key(session_partition("s-1")), session.now + timedelta(seconds=1))
    session.client.put_item(TableName=settings.table_name, Item=erased)
    assert not table.receive_handoff(whole, session.now)


def test_the_work_list_is_in_order_page_by_page(client: Any, settings: Settings) -> None:
    """Given hand-overs of several priorities, then the index returns the most urgent first, and pages lose none."""
    for number, tier in enumerate(("standard", "vip", "plus", "vip")):
        one = Stored(client, settings, f"s-{number}")
        one.now += timedelta(minutes=number)
        one.write(PERSON, customer={"tier": tier})
        notice = HandoffRequested.model_validate_json(one.final.event).handoff
        assert Table(settings).queue_handoff(notice)
    assert [priority for priority, _ in pages(settings)] == sorted((p for p, _ in pages(settings)), reverse=True)
    assert [session for _, session in pages(settings)] == ["s-1", "s-3", "s-2", "s-0"]


def pages(settings: Settings) -> Iterator[tuple[int, str]]:
    """Yield the work list, one hand-over a page."""
    start: str | None = None
    while True:
        found, start = Table(settings).list_handoffs("general", HandoffState.queued.value, 1, start, START)
        yield from ((one.priority, one.session_id) for one in found)
        if start is None:
            return


def test_a_follow_up_list_keeps_its_places_while_customers_are_told(client: Any, settings: Settings) -> None:
    """Given promises that are told, promised anew or erased between two pages, then everybody is listed once."""
    table = IncidentTable(settings)
    promises = [
        Followup(incident_id="outage", session_id=f"s-{one}", kind=FollowupKind.rerouted, promised_at=START, say="Hi.")
        for one in range(9)
    ]
    for one in promises:
        assert table.commit(put_followup(one, settings))
    assert {one.session_id for one in table.read_untold("outage", 100, START)} == {f"s-{one}" for one in range(9)}
    assert len(table.read_untold("outage", 4, START)) == 4
    found, following = table.list_followups("outage", 2, None, START)
    anew, erased, *_ = (one for one in promises if one not in found)
    later = anew.model_copy(update={"promised_at": START + timedelta(minutes=1), "say": ""})
    assert table.commit(put_followup(later, settings))
    client.delete_item(TableName=settings.table_name, Key=followup_key(erased.session_id, "outage").typed())
    assert len(table.read_untold("outage", 100, START)) == 7
    table.mark_told(promises)
    assert table.read_untold("outage", 100, START) == []
    while following:
        page, following = table.list_followups("outage", 2, following, START)
        found += page
    assert sorted(one.session_id for one in found) == sorted(
        one.session_id for one in promises if one.session_id != erased.session_id
    )
    assert [one.promised_at for one in found if one.session_id == anew.session_id] == [later.promised_at]
    assert [one.say for one in found] == ["Hi."] * 2 + [""] * 6
    left = [one["sk"]["S"] for one in client.scan(TableName=settings.table_name)["Items"]]
    assert sum(one.endswith("#UNTOLD") for one in left) == 0


def test_an_erasure_leaves_a_tombstone_and_nothing_that_leads_there(session: Stored, settings: Settings) -> None:
    """Given a session with a hand-over and events, then erasing it, or its customer, takes everything, once."""
    session.write(PERSON, customer=ANA)
    Desk(settings, OwnershipTable(settings), Silence()).take(HANDOFF, event(1, "accepted"), session.now)
    forgetter = Forgetter(SessionTable(settings))
    assert forgetter.forget_session("s-1", session.now).complete
    assert [item["sk"]["S"] for item in session.items()] == ["ERASED"]
    again = Stored(session.client, settings, "s-2")
    again.write(PERSON, customer=ANA)
    erased = forgetter.forget_customer(["k1.ana", "k0.ana"], "mark", session.now)
    assert (erased.complete, erased.sessions) == (True, 1)
    assert {item["sk"]["S"] for item in session.items()} == {"ERASED"}


def test_every_item_has_a_time_to_live_that_the_engine_knows(session: Stored, settings: Settings) -> None:
    """Given the table and a turn with everything, then time to live is on, and each item carries its attribute."""
    session.write(PERSON, customer=ANA)
    described = session.client.describe_time_to_live(TableName=settings.table_name)["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    assert all("N" in item["expires_at"] for item in session.items())


def test_a_thousand_races_lose_nothing_and_hand_over_once(client: Any, settings: Settings) -> None:
    """Given 1,000 races of two writers on the engine's own conditions, then nothing is lost and nothing is doubled."""
    Arena(client, settings).run(races=1_000)
