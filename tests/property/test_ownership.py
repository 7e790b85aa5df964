"""One owner at a time, whatever customers, bots and desks do and however long they take."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, HandoffEventKind, Owner
from tests.pipeline import Session
from tests.property.test_promises import REQUESTS_FOR_A_PERSON, TEXTS, conversations

KINDS = [kind.value for kind in HandoffEventKind]
Move = tuple[str, str, int]
"""Who acts ("customer" or "desk"), what they say or report, and after how many seconds."""


@st.composite
def moves(draw: st.DrawFn) -> list[Move]:
    """What customers and desks do after a hand-over, in any order and at any pace."""
    says = st.tuples(st.just("customer"), st.sampled_from([*TEXTS, *REQUESTS_FOR_A_PERSON]), st.integers(0, 4000))
    reports = st.tuples(st.just("desk"), st.sampled_from(KINDS), st.integers(0, 4000))
    return draw(st.lists(st.one_of(says, reports), max_size=14))


def act(session: Session, move: Move) -> None:
    """Let one of them act."""
    who, what, seconds = move
    session.now += timedelta(seconds=seconds)
    if who == "desk":
        session.desk(what, **({"slot": "charge_date"} if what == "asked" else {}))
    else:
        session.say(what)


@given(conversations(), moves())
def test_the_bot_speaks_only_while_nobody_has_the_conversation(turns: list[TurnRequest], after: list[Move]) -> None:
    """Given anything, then the bot holds while a person owns, and speaks to somebody who waits only to tell them news."""
    session = Session()
    for turn in turns:
        session.take(turn)
    for move in [("customer", "I want a human", 0), *after]:
        before = len(session.answers)
        act(session, move)
        for answer in session.answers[before:]:
            if answer.owner is Owner.human:
                assert (answer.action, answer.next.say) == (Action.hold, "")
            if answer.owner in {Owner.queued, Owner.offered}:
                assert answer.action in {Action.hold, Action.escalate}
                assert (answer.action is Action.hold) is (answer.next.say == "")
                assert answer.handoff is not None


@given(moves())
def test_nothing_is_said_twice_to_somebody_who_waits(after: list[Move]) -> None:
    """Given one hand-over, then what is said while it is waited for is said once; an offer may lapse more than once."""
    session = Session()
    session.say("I want a human")
    first = session.answers[0].handoff
    assert first is not None
    lapses = 0
    for move in after:
        lapses += move[:2] in {("desk", "requeued"), ("desk", "offered")}
        act(session, move)
    of_the_first = [one for one in session.answers if one.handoff and one.handoff.handoff_id == first.handoff_id]
    said = [one.next.say for one in of_the_first if one.action is Action.escalate]
    assert len(said) - len(set(said)) <= max(0, lapses - 1)


@given(moves(), st.sampled_from(REQUESTS_FOR_A_PERSON))
def test_a_person_is_always_reachable_again(after: list[Move], request: str) -> None:
    """Given any history of hand-overs, when a person is asked for, then one has the conversation or is on the way."""
    session = Session()
    session.say("I want a human")
    for move in after:
        act(session, move)
    answer = session.say(request)
    assert answer.owner in {Owner.queued, Owner.offered, Owner.human}
    assert answer.action in {Action.escalate, Action.hold}
    if answer.action is Action.hold and answer.owner is not Owner.human:
        said = [one for one in session.answers if one.action is Action.escalate]
        assert len(said) >= 2, "held without a word: neither announced nor confirmed"
