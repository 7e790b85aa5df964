"""The promises hold for customers who did not agree to storage, too: random conversations that keep next to nothing."""

import json
from collections import Counter

from hypothesis import given

from relief.contracts.turn import Consent, TurnRequest
from relief.contracts.vocabulary import Action, Owner, StepOutcome
from tests.pipeline import Session
from tests.property.test_promises import REQUESTS_FOR_A_PERSON, conversations

_FAILED = {StepOutcome.failed, StepOutcome.refused}
_REFUSED = Consent(store_context=False)


def without_consent(turns: list[TurnRequest]) -> list[TurnRequest]:
    """Return the turns of a customer who says no in the first one."""
    return [turns[0].model_copy(update={"consent": _REFUSED}), *turns[1:]]


@given(conversations())
def test_nothing_is_asked_twice_or_looped(turns: list[TurnRequest]) -> None:
    """Given any conversation without consent, no value is stored, nothing known is asked, no step comes a third time."""
    session = Session()
    known: set[str] = set()
    for turn in without_consent(turns):
        known |= set(turn.facts)
        answer = session.take(turn)
        assert known <= set(answer.next.do_not_ask)
        assert answer.next.step not in answer.next.do_not_repeat
        assert "A-20391" not in json.dumps(session.writes)
    steps = Counter(answer.next.step for answer in session.answers if answer.next.step)
    slots = Counter(answer.next.ask.slot for answer in session.answers if answer.next.ask)
    assert max(steps.values(), default=0) <= 2
    assert max(slots.values(), default=0) <= 1


@given(conversations())
def test_a_person_is_always_reachable(turns: list[TurnRequest]) -> None:
    """Given any conversation without consent, then a request for a person is honoured, by one hand-over.

    A second request is confirmed, or held where that was said already.
    """
    session = Session()
    for turn in without_consent(turns):
        session.take(turn)
    answers = [session.say(request) for request in REQUESTS_FOR_A_PERSON[:2]]
    assert answers[0].action is Action.escalate
    assert answers[1].action in {Action.escalate, Action.hold}
    assert {answer.owner for answer in answers} == {Owner.queued}
    assert len({answer.handoff.handoff_id for answer in answers if answer.handoff}) == 1


@given(conversations())
def test_failures_in_a_row_end_in_a_change_or_a_person(turns: list[TurnRequest]) -> None:
    """Given two failed steps in a row without consent, the second is answered by a changed strategy or a person."""
    session = Session()
    answers = [session.take(turn) for turn in without_consent(turns)]
    for before, turn, answer in zip(turns, turns[1:], answers[1:], strict=False):
        if before.bot and turn.bot and before.bot.outcome in _FAILED and turn.bot.outcome in _FAILED:
            assert answer.action in {Action.change_strategy, Action.escalate, Action.hold}
