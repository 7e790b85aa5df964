"""The promises that hold whatever customers and bots do: random conversations through the whole pipeline."""

import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from relief.contracts.context import MAX_CONTEXT_BYTES
from relief.contracts.summary import MAX_HEADLINE_CHARACTERS, MAX_SUMMARY_BYTES
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, ControlOption, Owner, StepOutcome, TelemetryKind
from relief.decide.journeys import load_journeys
from relief.summarise.fit import size_in_bytes
from tests.pipeline import Session, run_turns

TEXTS = (
    "Hi, I was charged twice for my order",
    "that did not work either",
    "I already told you that",
    "this is ridiculous, third time I write!!",
    "ok",
    "thanks, that helped",
    "what do you mean?",
    "it still shows the same",
    "my order number is A-20391",
    "cancel my contract",
    "wo ist meine Bestellung",
    "no funciona nada",
    "🙃",
    "asdf qwer",
)
REQUESTS_FOR_A_PERSON = (
    "I want to talk to a human",
    "can I speak to a real person please",
    "agent",
    "get me your supervisor",
    "put me through to someone, not a bot",
    "human pls",
    "representative!",
    "Ich möchte mit einem Menschen sprechen",
    "quiero hablar con una persona",
)
JOURNEYS = load_journeys()


@st.composite
def conversations(draw: st.DrawFn, texts: tuple[str, ...] = TEXTS) -> list[TurnRequest]:
    """Conversations of a bot that does anything with a customer who says and does anything."""
    journey = draw(st.sampled_from([None, *JOURNEYS]))
    known = JOURNEYS[journey or "default"]
    steps = [step.name for step in known.steps] + ["step_of_the_bot"]
    turns = []
    for number in range(draw(st.integers(1, 9))):
        body: dict[str, Any] = {"turn_id": f"t{number}", "channel": "web_chat"}
        if journey:
            body["journey"] = journey
        if draw(st.booleans()):
            outcome = draw(st.sampled_from([None, *StepOutcome]))
            step = draw(st.sampled_from(steps))
            body["bot"] = {"step": step, "said": "One moment."} | ({"outcome": outcome.value} if outcome else {})
            if draw(st.booleans()):
                confidence = draw(st.floats(0, 1))
                body["bot"]["intent"] = {"name": "billing", "confidence": confidence}
        if draw(st.booleans()) or "bot" not in body:
            body["text"] = draw(st.sampled_from(texts))
        if draw(st.integers(0, 3)) == 0:
            kinds = draw(st.lists(st.sampled_from(list(TelemetryKind)), max_size=6))
            body["telemetry"] = [{"kind": kind.value, "target": "form", "seconds": 30} for kind in kinds]
        if draw(st.integers(0, 3)) == 0 and known.slots:
            body["facts"] = {draw(st.sampled_from(list(known.slots))): "A-20391"}
        turns.append(TurnRequest.model_validate(body))
    return turns


@given(conversations(), st.sampled_from(REQUESTS_FOR_A_PERSON))
def test_a_request_for_a_person_is_honoured_in_the_same_turn(before: list[TurnRequest], request: str) -> None:
    """Given any conversation, when the customer asks for a person, then this turn hands over and asks nothing."""
    session = Session()
    for turn in before:
        session.take(turn)
    answer = session.say(request)
    assert answer.action is Action.escalate
    assert answer.next.ask is None
    assert answer.handoff is not None
    assert answer.owner in {Owner.queued, Owner.offered}


@given(conversations())
def test_nothing_is_proposed_a_third_time_nor_a_failed_step_again(turns: list[TurnRequest]) -> None:
    """Given any conversation, no step is proposed three times, no question twice, and no failed step at all."""
    answers = run_turns(turns)
    steps = Counter(answer.next.step for answer in answers if answer.next.step)
    slots = Counter(answer.next.ask.slot for answer in answers if answer.next.ask)
    assert max(steps.values(), default=0) <= 2
    assert max(slots.values(), default=0) <= 1
    for answer in answers:
        assert answer.next.step not in answer.next.do_not_repeat


@given(conversations())
def test_what_is_known_is_never_asked(turns: list[TurnRequest]) -> None:
    """Given any conversation, a slot that was supplied is in do_not_ask from then on, and is not asked."""
    session = Session()
    known: set[str] = set()
    for turn in turns:
        known |= set(turn.facts)
        answer = session.take(turn)
        assert known <= set(answer.next.do_not_ask)
        assert answer.next.ask is None or answer.next.ask.slot not in known
        if answer.handoff is not None:
            assert known <= set(answer.handoff.summary.do_not_ask)


@given(conversations())
def test_failures_in_a_row_end_in_a_change_or_a_person(turns: list[TurnRequest]) -> None:
    """Given two failed steps in a row, the second is answered by a changed strategy or a person."""
    failed = {StepOutcome.failed, StepOutcome.refused}
    answers = run_turns(turns)
    for before, turn, answer in zip(turns, turns[1:], answers[1:], strict=False):
        twice = before.bot and turn.bot and before.bot.outcome in failed and turn.bot.outcome in failed
        if twice:
            assert answer.action in {Action.change_strategy, Action.escalate, Action.hold}
            assert answer.action is not Action.hold or answer.owner is not Owner.bot


@given(conversations())
def test_one_owner_and_one_hand_over(turns: list[TurnRequest]) -> None:
    """Given a hand-over, the bot is kept silent, and it stays the same hand-over."""
    answers = run_turns([*turns, TurnRequest(turn_id="last", channel="web_chat", text="hello?")])
    handed_over = None
    for answer in answers:
        if handed_over is not None and handed_over.handoff is not None:
            assert answer.action in {Action.hold, Action.escalate}
            assert answer.handoff is not None
            assert answer.handoff.handoff_id == handed_over.handoff.handoff_id
        elif answer.action is Action.escalate:
            handed_over = answer
        else:
            assert answer.owner is Owner.bot


@given(conversations())
def test_there_is_always_a_way_on(turns: list[TurnRequest]) -> None:
    """Given any conversation, every answer gives its reasons and offers a person."""
    for answer in run_turns(turns):
        assert answer.reasons
        assert ControlOption.talk_to_a_person in answer.next.options
        assert answer.action is Action.hold or answer.next.say


@given(conversations())
def test_memory_and_summary_stay_small(turns: list[TurnRequest]) -> None:
    """Given any conversation, context and summary keep their budgets and the headline its shape."""
    session = Session()
    for turn in turns:
        answer = session.take(turn)
        assert len(json.dumps(session.item).encode()) < MAX_CONTEXT_BYTES
        if answer.handoff is not None:
            summary = answer.handoff.summary
            assert size_in_bytes(summary) <= MAX_SUMMARY_BYTES
            assert len(summary.headline) <= MAX_HEADLINE_CHARACTERS
            assert summary.headline.startswith("Customer wants ")


@given(conversations())
@settings(max_examples=60)
def test_the_same_conversation_gives_the_same_decisions(turns: list[TurnRequest]) -> None:
    """Given the same turns twice, then the answers are equal to the last margin."""
    assert run_turns(turns) == run_turns(turns)
