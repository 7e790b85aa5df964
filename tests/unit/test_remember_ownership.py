"""Who owns a conversation, step by step: one owner, nothing reopened, nothing taken twice, nothing held for ever."""

from datetime import datetime, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.contracts.context import SessionContext
from relief.contracts.handoff import Handoff
from relief.contracts.ownership import HandoffEvent
from relief.contracts.vocabulary import Action, HandoffEventKind, HandoffState, Owner
from relief.remember.ledger import list_do_not_ask
from relief.remember.ownership import OWNERS, TRANSITIONS, Step, lapse_offer, settle_lease, take_event
from relief.store.items import load_context, load_handoff
from tests.pipeline import SETTINGS, START, Session

ENDED = {HandoffState.resolved, HandoffState.returned, HandoffState.abandoned}
PERSON = "I want to talk to a human"
LATER = START + timedelta(minutes=10)


class Standing(NamedTuple):
    """A hand-over and its session."""

    handoff: Handoff
    context: SessionContext


def handed_over(**fields: object) -> Standing:
    """Hand a conversation over and return how it stands."""
    session = Session()
    session.say(PERSON, **fields)
    handoff = load_handoff(session.writes[2]["Put"]["Item"], START)
    context = load_context(session.item, START).context
    assert handoff is not None
    assert context is not None
    return Standing(handoff, context)


def event(kind: str, minute: float = 1, **fields: object) -> HandoffEvent:
    """Return an event so many minutes after the start."""
    at = START + timedelta(minutes=minute)
    document = {"event_id": f"{kind}-{minute}", "kind": kind, "at": at, **fields}
    return HandoffEvent.model_validate(document)


def take(standing: Standing, one: HandoffEvent, now: datetime | None = None) -> Step:
    """Take an event that must not be ignored."""
    step = take_event(standing.handoff, standing.context, one, now or one.at or START, SETTINGS)
    assert step is not None
    return step


def after(standing: Standing, *kinds: str) -> Standing:
    """Return how it stands after these events, a minute apart."""
    for minute, kind in enumerate(kinds, 1):
        slot = {"slot": "charge_date"} if kind == "asked" else {}
        step = take(standing, event(kind, minute, **slot))
        assert step.context is not None
        standing = Standing(step.handoff, step.context)
    return standing


@pytest.mark.parametrize(
    ("kinds", "owner"),
    [
        (["offered"], Owner.offered),
        (["offered", "offered"], Owner.offered),
        (["offered", "requeued"], Owner.queued),
        (["accepted"], Owner.human),
        (["offered", "accepted"], Owner.human),
        (["asked"], Owner.human),
        (["accepted", "asked"], Owner.human),
        (["accepted", "requeued"], Owner.queued),
        (["accepted", "returned"], Owner.returned),
        (["accepted", "resolved"], Owner.bot),
        (["abandoned"], Owner.bot),
        (["accepted", "requeued", "offered", "accepted"], Owner.human),
    ],
)
def test_events_move_the_ownership(kinds: list[str], owner: Owner) -> None:
    """Given events in an order that makes sense, then the session's owner follows, and the record with it."""
    standing = after(handed_over(), *kinds)
    assert standing.context.owner is owner
    assert OWNERS[standing.handoff.state] is owner


def test_every_state_of_a_hand_over_has_an_owner() -> None:
    """Given the states, then each says whose the conversation is, and no ended one leads anywhere."""
    assert set(OWNERS) == set(HandoffState)
    assert not ENDED & set(TRANSITIONS)


@given(st.lists(st.tuples(st.sampled_from(list(HandoffEventKind)), st.integers(0, 5)), max_size=8))
def test_whatever_comes_there_is_one_owner_and_an_end_is_an_end(events: list[tuple[HandoffEventKind, int]]) -> None:
    """Given any events in any order, then record and session agree, and an ended hand-over stays as it ended."""
    standing = handed_over()
    ended: Standing | None = None
    for kind, minute in events:
        slot = {"slot": "charge_date"} if kind is HandoffEventKind.asked else {}
        step = take_event(standing.handoff, standing.context, event(kind.value, minute, **slot), LATER, SETTINGS)
        if step is None:
            continue
        assert ended is None, "an ended hand-over took an event"
        assert step.context is not None
        standing = Standing(step.handoff, step.context)
        assert standing.context.owner is OWNERS[standing.handoff.state]
        assert (standing.context.handoff is None) is (standing.handoff.state in ENDED)
        assert (standing.handoff.report is not None) is (standing.handoff.state in ENDED)
        ended = standing if standing.handoff.state in ENDED else None


@pytest.mark.parametrize(
    ("before", "late"), [(["accepted"], "accepted"), (["accepted"], "offered"), (["accepted", "resolved"], "requeued")]
)
def test_what_comes_too_late_changes_nothing(before: list[str], late: str) -> None:
    """Given a person who has accepted, or an end, then a second accept or another offer is ignored."""
    standing = after(handed_over(), *before)
    assert take_event(standing.handoff, standing.context, event(late, 9), LATER, SETTINGS) is None


def test_an_event_that_was_overtaken_changes_nothing() -> None:
    """Given a return that arrived before the accept that preceded it, then the accept takes nothing back."""
    standing = after(handed_over(), "accepted", "requeued")
    assert take_event(standing.handoff, standing.context, event("accepted", 1.5), LATER, SETTINGS) is None
    assert take_event(standing.handoff, standing.context, event("accepted", 2), LATER, SETTINGS) is not None


def test_a_desk_whose_clock_is_ahead_locks_nobody_out() -> None:
    """Given an event dated next year, then it counts as now, and what happens afterwards is not taken for late."""
    standing = handed_over()
    ahead = HandoffEvent.model_validate({"event_id": "e1", "kind": "accepted", "at": START + timedelta(days=365)})
    accepted = take(standing, ahead, START + timedelta(minutes=1))
    assert accepted.handoff.changed_at == START + timedelta(minutes=1)
    returned = take_event(
        accepted.handoff, accepted.context, event("returned", 2), START + timedelta(minutes=2), SETTINGS
    )
    assert returned is not None


def test_an_event_of_an_earlier_hand_over_leaves_the_session_alone() -> None:
    """Given a session that has another hand-over by now, then an event of the old one changes the old one alone."""
    standing = handed_over()
    assert standing.context.handoff is not None
    newer = standing.context.handoff.model_copy(update={"handoff_id": "hnd_newer"})
    context = standing.context.model_copy(update={"handoff": newer})
    step = take_event(standing.handoff, context, event("accepted"), START, SETTINGS)
    assert step is not None
    assert step.handoff.state is HandoffState.accepted
    assert step.context is None


def test_an_offer_that_nobody_accepts_goes_back_to_the_queue() -> None:
    """Given an offer, then it lapses at the end of its time, not before, and not once somebody has accepted."""
    standing = after(handed_over(), "offered")
    until = standing.handoff.lease_until
    assert until == START + timedelta(minutes=1, seconds=SETTINGS.offer_seconds)
    second = timedelta(seconds=1)
    assert lapse_offer(standing.handoff, standing.context, until, until - second, SETTINGS) is None
    step = lapse_offer(standing.handoff, standing.context, until, until, SETTINGS)
    assert step is not None
    assert step.context is not None
    assert (step.handoff.state, step.context.owner) == (HandoffState.queued, Owner.queued)
    accepted = take(standing, event("accepted", 1.5))
    assert lapse_offer(accepted.handoff, accepted.context, until, until, SETTINGS) is None


def test_a_reminder_of_an_earlier_offer_does_not_end_a_later_one() -> None:
    """Given an offer that was renewed, then the reminder of the first one comes for nothing."""
    first = after(handed_over(), "offered").handoff.lease_until
    standing = after(handed_over(), "offered", "offered")
    assert first is not None
    assert lapse_offer(standing.handoff, standing.context, first, START + timedelta(hours=1), SETTINGS) is None


@pytest.mark.parametrize(("kind", "hours"), [("offered", 1), ("accepted", SETTINGS.session_hours)])
def test_a_lease_that_has_run_out_is_seen_without_a_reminder(kind: str, hours: int) -> None:
    """Given an offer, or a person not heard of since, then the conversation is queued again once the lease is over."""
    context = after(handed_over(), kind).context
    assert settle_lease(context, START + timedelta(seconds=30)) == context
    settled = settle_lease(context, START + timedelta(hours=hours, minutes=3))
    assert settled.owner is Owner.queued
    assert settled.handoff is not None
    assert settled.handoff.lease_until is None


def test_a_persons_work_keeps_the_session_alive() -> None:
    """Given a desk's event, then the session lives as long after it as it does after a turn."""
    begun = handed_over()
    now = START + timedelta(hours=5)
    step = take(begun, event("accepted", 300), now)
    assert step.context is not None
    assert step.context.expires_at == begun.context.expires_at + (now - START)


def test_an_offer_has_run_out_at_the_moment_that_it_names() -> None:
    """Given an offer, then a moment before its end it holds, and at its end it is queued again."""
    offered = after(handed_over(), "offered")
    end = offered.handoff.lease_until
    assert end is not None
    assert settle_lease(offered.context, end - timedelta(microseconds=1)).owner is Owner.offered
    assert settle_lease(offered.context, end).owner is Owner.queued


@pytest.mark.parametrize(
    ("channel", "hours"), [("web_chat", SETTINGS.session_hours), ("email", SETTINGS.slow_session_hours)]
)
def test_a_person_has_the_conversation_for_as_long_as_a_session_lives(channel: str, hours: int) -> None:
    """Given a person who accepted and is not heard of again, then it is theirs for exactly a session's life."""
    accepted = after(handed_over(channel=channel), "accepted")
    assert accepted.handoff.lease_until == START + timedelta(minutes=1, hours=hours)


def test_an_event_of_a_session_that_is_gone_changes_the_record_alone() -> None:
    """Given a session that has expired, or has no hand-over any more, then what the desk did is on the record alone."""
    standing = handed_over()
    for context in (None, standing.context.model_copy(update={"handoff": None})):
        step = take_event(standing.handoff, context, event("accepted"), LATER, SETTINGS)
        assert step is not None
        assert (step.handoff.state, step.context) == (HandoffState.accepted, None)


def test_what_a_person_asked_need_not_be_asked_again() -> None:
    """Given a slot that a person asked for, then the ledger names the person, and neither bot nor person asks again."""
    context = after(handed_over(), "accepted", "asked").context
    assert (context.slots["charge_date"].asked, context.slots["charge_date"].asked_by) == (1, "person")
    assert "charge_date" in list_do_not_ask(context)


def test_what_the_person_did_is_there_for_whoever_goes_on() -> None:
    """Given a conversation that comes back, then the note is in the context, and old failures count no more."""
    standing = after(handed_over(bot={"step": "verify_charge", "outcome": "failed"}), "accepted")
    step = take(standing, event("returned", 5, note="Charge confirmed as ours; refund is on its way."))
    assert step.context is not None
    assert step.context.colleague == step.handoff.report
    assert step.context.colleague is not None
    assert step.context.colleague.note == "Charge confirmed as ours; refund is on its way."
    assert step.context.progress.failures == 0
    assert step.context.steps["verify_charge"].failures == 1


def test_a_note_is_not_kept_without_consent() -> None:
    """Given a customer who did not agree to storage, then what the person wrote about them is not kept anywhere."""
    standing = after(handed_over(consent={"store_context": False}), "accepted")
    step = take(standing, event("returned", 5, note="canary"))
    assert "canary" not in step.handoff.model_dump_json()
    assert step.context is not None
    assert "canary" not in step.context.model_dump_json()


def test_the_bot_is_silent_while_a_person_has_the_conversation() -> None:
    """Given a person who accepted, then the bot holds whatever is said, and the customer's words are remembered."""
    session = Session()
    session.say(PERSON)
    session.desk("accepted")
    answer = session.say("my order number is A-1", facts={"order_number": "A-1"})
    assert (answer.action, answer.owner, answer.next.say) == (Action.hold, Owner.human, "")
    assert "order_number" in answer.next.do_not_ask
    assert session.say("human!!").action is Action.hold


def test_the_bot_goes_on_and_knows_what_the_person_did() -> None:
    """Given a conversation that a person returned, then the bot answers again, and its answer carries the report."""
    session = Session()
    session.say(PERSON)
    session.desk("accepted")
    session.desk("returned", note="Address changed by hand.")
    answer = session.say("and when will it arrive?")
    assert answer.owner is Owner.returned
    assert answer.action is not Action.hold
    assert answer.next.colleague is not None
    assert answer.next.colleague.note == "Address changed by hand."


def test_a_returned_conversation_can_be_handed_over_again() -> None:
    """Given a conversation that came back, when a person is asked for again, then it is a hand-over of its own."""
    session = Session()
    first = session.say(PERSON)
    session.desk("returned", note="Address changed by hand.")
    second = session.say(PERSON)
    assert second.action is Action.escalate
    assert first.handoff is not None
    assert second.handoff is not None
    assert second.handoff.handoff_id != first.handoff.handoff_id
    assert any("Address changed by hand." in advice for advice in second.handoff.summary.recommended_next)


def test_whoever_waits_is_told_what_changed_once() -> None:
    """Given requests that are repeated, an offer that lapses and a time that passes, then each is said once."""
    session = Session()
    told = [session.say(PERSON), *(session.say("human please!") for _ in range(3))]
    assert [one.action for one in told] == [Action.escalate, Action.escalate, Action.hold, Action.hold]
    session.desk("offered")
    assert session.say("hello?").owner is Owner.offered
    session.now += timedelta(seconds=SETTINGS.offer_seconds)
    back, quiet = session.say("hello?"), session.say("hello?")
    assert (back.action, back.owner, quiet.action) == (Action.escalate, Owner.queued, Action.hold)
    assert "place in the queue" in back.next.say
    session.now += timedelta(hours=1)
    late, quiet = session.say("anybody there?"), session.say("human please!")
    assert late.action is Action.escalate
    assert "longer than I said" in late.next.say
    assert quiet.action is Action.hold
    said = [one.next.say for one in session.answers if one.action is not Action.hold]
    assert len(set(said)) == len(said)


def test_a_lapse_that_a_turn_notices_moves_the_record_too() -> None:
    """Given an offer that has run out, then the turn that notices it puts the hand-over back on the work list."""
    session = Session()
    session.say(PERSON)
    session.desk("offered")
    session.now += timedelta(minutes=5)
    session.say("hello?")
    update = next(write["Update"] for write in session.writes if "Update" in write)
    assert "#state = :state" in update["UpdateExpression"]
    assert update["ExpressionAttributeValues"][":queue_state"] == {"S": "general#queued"}
