"""What was asked and answered, by whom, and that nobody asks it again: after a return, elsewhere, and the next day."""

import json
from datetime import timedelta

import pytest

from relief.contracts.context import MAX_SLOTS, SessionContext, SlotRecord
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action
from relief.remember.ledger import list_do_not_ask, note_question, note_turn
from relief.store.items import load_context
from tests.pipeline import START, Session

ANA = {"ref": "k1.ana"}


def remembered(session: Session) -> SessionContext:
    """Return what the session's last turn left."""
    context = load_context(session.item, session.now).context
    assert context is not None
    return context


def next_session(earlier: Session, **fields: object) -> Session:
    """Begin another session of the same customer, as the workflow does that has loaded the earlier one."""
    session = Session("s-2", earlier.now + timedelta(minutes=5))
    session.earlier = earlier.item
    session.say("Hello, it is about my bill again", customer=ANA, **fields)
    return session


def test_a_question_that_the_bot_was_told_to_ask_counts_once() -> None:
    """Given a question that Relief proposed and the bot then reports as asked, then it was asked once."""
    session = Session()
    asked = session.say("it is about that thing").next.ask
    assert asked is not None
    session.say("hm", bot={"asked": [asked.slot], "said": asked.question})
    record = remembered(session).slots[asked.slot]
    assert (record.asked, record.asked_by) == (1, "bot")
    session.say("hm", bot={"asked": [asked.slot], "said": asked.question})
    assert remembered(session).slots[asked.slot].asked == 2


def test_what_is_answered_is_noted_as_answered() -> None:
    """Given a slot that was asked, when a turn supplies it, then the ledger says so, whoever asked."""
    slots = note_question({}, "order_number", "person", 3)
    turn = TurnRequest.model_validate(
        {"turn_id": "t", "channel": "sms", "text": "A-1", "facts": {"order_number": "A-1"}}
    )
    after = note_turn(slots, turn, 4)["order_number"]
    assert (after.asked, after.asked_by, after.answered) == (1, "person", True)


@pytest.mark.parametrize(
    ("record", "asked_again"),
    [
        (SlotRecord(asked=1, asked_by="bot"), True),
        (SlotRecord(asked=2, asked_by="bot"), False),
        (SlotRecord(asked=1, asked_by="person"), False),
        (SlotRecord(asked=1, asked_by="bot", answered=True), False),
        (SlotRecord(asked=0, answered=True), False),
    ],
)
def test_what_need_not_be_asked_follows_from_the_ledger(record: SlotRecord, *, asked_again: bool) -> None:
    """Given an entry, then neither the bot nor a person asks it again once it is answered, or was asked in vain."""
    session = Session()
    session.say("hello")
    context = remembered(session).model_copy(update={"slots": {"charge_date": record}})
    assert ("charge_date" not in list_do_not_ask(context)) is asked_again


def test_the_ledger_is_bounded() -> None:
    """Given more questions than it holds, then the ones that were touched longest ago go."""
    slots: dict[str, SlotRecord] = {}
    for number in range(MAX_SLOTS + 5):
        slots = note_question(slots, f"slot_{number}", "bot", number)
    assert len(slots) == MAX_SLOTS
    assert "slot_4" not in slots
    assert "slot_5" in slots


def test_another_channel_asks_nothing_again() -> None:
    """Given a session that goes on by e-mail, then what was supplied in the chat is known there."""
    session = Session()
    session.say("My bill is wrong", facts={"order_number": "A-1"})
    answer = session.say("see my chat from before", channel="email", telemetry=[{"kind": "channel_switched"}])
    assert "order_number" in answer.next.do_not_ask


def test_the_customers_next_session_asks_nothing_again() -> None:
    """Given a customer who supplied something yesterday, then today's session knows it, value and all."""
    first = Session()
    first.say("My bill is wrong", journey="billing_dispute", customer=ANA, facts={"order_number": "A-1"})
    second = next_session(first)
    answer = second.answers[-1]
    assert "order_number" in answer.next.do_not_ask
    assert answer.next.known == {"order_number": "A-1"}
    handed_over = second.say("I want a human")
    assert handed_over.handoff is not None
    assert "order_number" in handed_over.handoff.summary.do_not_ask
    assert handed_over.handoff.summary.facts == {"order_number": "A-1"}


def test_what_the_customer_says_now_wins() -> None:
    """Given a value from yesterday, when today's turn states another, then that one counts, and is no longer recalled."""
    first = Session()
    first.say("My bill is wrong", customer=ANA, facts={"order_number": "A-1"})
    second = next_session(first, facts={"order_number": "B-2"})
    assert second.answers[-1].next.known == {}
    assert remembered(second).facts == {"order_number": "B-2"}


def test_what_the_last_conversation_was_about_is_asked_anew() -> None:
    """Given yesterday's topic, then it says nothing about today's."""
    first = Session()
    first.say("hello", customer=ANA, facts={"topic": "my bill"})
    assert "topic" not in next_session(first).answers[-1].next.do_not_ask


def test_a_customer_who_signs_in_later_is_recognised_then() -> None:
    """Given a session that learns who the customer is in its second turn, then it recalls from that turn on."""
    first = Session()
    first.say("My bill is wrong", customer=ANA, facts={"order_number": "A-1"})
    second = Session("s-2", first.now)
    second.say("hello")
    second.earlier = first.item
    assert "order_number" in second.say("it's Ana", customer=ANA).next.do_not_ask
    assert second.say("so?", customer=ANA).action is not Action.escalate
    assert remembered(second).recalled == ["order_number"]


def test_what_has_expired_is_not_recalled() -> None:
    """Given an earlier session past its time to live that is not deleted yet, then nothing of it is known."""
    first = Session(start=START - timedelta(days=2))
    first.say("My bill is wrong", customer=ANA, facts={"order_number": "A-1"})
    second = Session("s-2", START)
    second.earlier = first.item
    assert second.say("hello", customer=ANA).next.do_not_ask == []


def test_without_consent_values_of_before_are_not_taken_over() -> None:
    """Given a new session whose customer does not agree to storage, then earlier values are not stored in it."""
    first = Session()
    first.say("My bill is wrong", customer=ANA, facts={"order_number": "canary"})
    second = next_session(first, consent={"store_context": False})
    assert "canary" not in json.dumps(second.item)
    assert "order_number" in second.answers[-1].next.do_not_ask
