"""A danger that is reported while a person is awaited moves the hand-over, once, and only to who is more urgent."""

import pytest

from relief.contracts.decision import TurnResponse
from relief.contracts.handoff import HandoffView
from relief.contracts.vocabulary import Action, Owner
from tests.pipeline import Session

PERSON = "I want to talk to a human"
TAKEOVER = "Someone hacked my account and changed the password, that was not me"
DANGER = "I want to kill myself"


def waiting() -> tuple[Session, HandoffView]:
    """Return a session whose customer waits for a person."""
    session = Session()
    return session, handed_over(session.say(PERSON))


def handed_over(answer: TurnResponse) -> HandoffView:
    """Return the hand-over of an answer."""
    assert answer.handoff is not None
    return answer.handoff


@pytest.mark.parametrize(("text", "queue"), [(TAKEOVER, "security"), (DANGER, "crisis")])
def test_a_danger_moves_the_same_hand_over_to_those_whom_it_concerns(text: str, queue: str) -> None:
    """Given a customer who waits, when they report a danger, then the same hand-over waits there, ahead and announced."""
    session, before = waiting()
    answer = session.say(text)
    moved = handed_over(answer)
    assert before.queue != queue
    assert (moved.handoff_id, moved.queue) == (before.handoff_id, queue)
    assert moved.priority >= before.priority
    assert (answer.action, answer.owner) == (Action.escalate, Owner.queued)
    assert answer.next.say
    assert session.final.announce


def test_the_customer_is_told_once_and_nothing_moves_back() -> None:
    """Given a hand-over that moved, when the danger or the old wish is repeated, then it stays, unannounced, unsaid."""
    session, _ = waiting()
    session.say(TAKEOVER)
    for text in (TAKEOVER, PERSON):
        again = session.say(text)
        assert handed_over(again).queue == "security"
        assert again.next.say == ""
        assert not session.final.announce


def test_urgency_only_rises() -> None:
    """Given a danger to life, when a takeover is reported too, then people for danger keep it; the other way it moves."""
    session, _ = waiting()
    queues = [handed_over(session.say(text)).queue for text in (TAKEOVER, DANGER, TAKEOVER)]
    assert queues == ["security", "crisis", "crisis"]


def test_a_person_who_accepted_keeps_the_conversation() -> None:
    """Given a person who accepted, when a danger is reported, then the bot holds and nothing moves."""
    session, _ = waiting()
    assert session.desk("accepted")
    answer = session.say(DANGER)
    assert (answer.action, answer.owner, answer.next.say) == (Action.hold, Owner.human, "")
    assert not session.final.announce


def test_an_offer_to_the_old_team_is_withdrawn() -> None:
    """Given an offer that nobody accepted yet, when a danger is reported, then it waits in the new queue."""
    session, _ = waiting()
    assert session.desk("offered")
    answer = session.say(TAKEOVER)
    assert (answer.owner, handed_over(answer).queue) == (Owner.queued, "security")


def test_a_danger_whose_people_have_it_already_is_confirmed_and_goes_before() -> None:
    """Given a customer who waits in the very queue, when they report the danger, then they hear so once; it is told on.

    They asked for a person while they spoke of their account's safety, so that a person was requested, no danger.
    """
    session = Session()
    session.say(TAKEOVER, facts={"topic": "login"})
    assert session.desk("accepted")
    assert session.desk("resolved")
    before = handed_over(session.say(PERSON))
    assert before.queue == "security"
    answer = session.say(TAKEOVER)
    raised = handed_over(answer)
    assert (raised.handoff_id, raised.queue) == (before.handoff_id, before.queue)
    assert (answer.action, answer.owner) == (Action.escalate, Owner.queued)
    assert raised.priority >= before.priority
    assert answer.next.say
    assert "topic" in answer.next.do_not_ask
    assert not session.final.announce
    assert session.say(TAKEOVER).next.say == ""
