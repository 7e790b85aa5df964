"""What the bot is to say: one thing that fits the journey, what was supplied, and what the customer feels."""

from typing import Any, Final

import pytest

from relief.contracts.context import SessionContext
from relief.contracts.signals import Intent
from relief.contracts.vocabulary import Action, EvidenceCode, ReasonCode
from relief.decide.journeys import load_journeys
from relief.decide.next_move import Move, plan_move
from relief.decide.texts import texts_for
from relief.store.items import load_context
from tests.pipeline import START, Session

ENGLISH: Final = texts_for("en-US")
BILLING: Final = {
    "name": "billing",
    "confidence": 0.4,
    "alternatives": [{"name": "out_of_scope", "confidence": 0.3}, {"name": "refund", "confidence": 0.2}],
}


def context_of(words: str = "hello there", **fields: Any) -> SessionContext:
    """Return what is remembered after a first message."""
    session = Session()
    session.say(words)
    stored = load_context(session.item, START).context
    assert stored is not None
    return SessionContext.model_validate({**stored.model_dump(), "proposed": {}, "steps": {}, **fields})


def plan(
    action: Action,
    journey: str = "default",
    context: SessionContext | None = None,
    *,
    reason: ReasonCode = ReasonCode.ROUTINE,
    intent: dict[str, Any] | None = None,
    alternative: str | None = None,
    **facts: Any,
) -> Move:
    """Plan what is said, on facts of a calm message in words."""
    known = {"turn": {"has_text": True, "outcome": "none"}, "codes": [], "scores": {"frustration": 0.1}} | facts
    return plan_move(
        action,
        reason,
        known,
        context or context_of(),
        load_journeys()[journey],
        Intent.model_validate(intent or BILLING),
        alternative,
    )


def test_a_journey_is_cleared_up_by_the_first_thing_that_it_needs() -> None:
    """Given a journey that needs something, when it is unclear what is wanted, then that is asked for, and nothing else."""
    move = plan(Action.clarify, "billing_dispute")
    assert move.next.ask is not None
    slot = load_journeys()["billing_dispute"].slots["order_number"]
    assert (move.next.ask.slot, move.proposed.slot) == ("order_number", "order_number")
    assert move.next.say == move.next.ask.question == slot.question["en"]
    assert move.next.expect == ENGLISH.expect_clarify


@pytest.mark.parametrize(
    ("alternatives", "said"),
    [
        (BILLING["alternatives"], "is it about a bill or charge or a refund?"),
        ([{"name": "out_of_scope", "confidence": 0.3}], "what would you like to get done?"),
        ([], "what would you like to get done?"),
    ],
)
def test_without_a_journey_the_two_likeliest_topics_are_offered(alternatives: list[Any], said: str) -> None:
    """Given two topics that it may be about, then both are named, the likelier first; given one, then none is."""
    move = plan(Action.clarify, intent={**BILLING, "alternatives": alternatives})
    assert move.next.say.endswith(said)
    assert move.proposed.slot == "topic"


def test_a_journey_of_which_everything_is_known_asks_for_the_topic() -> None:
    """Given a journey that needs nothing more, when it is unclear what is wanted, then topics are offered."""
    known = context_of(facts=dict.fromkeys(load_journeys()["billing_dispute"].slots, "known"))
    assert plan(Action.clarify, "billing_dispute", known).proposed.slot == "topic"


def test_another_approach_is_another_step_else_a_question_else_a_promise() -> None:
    """Given a changed approach, then another step is proposed; where there is none what is needed is asked; else it is said."""
    step = plan(Action.change_strategy, "billing_dispute", alternative="search_by_amount")
    assert step.next.step == step.proposed.step == "search_by_amount"
    assert step.next.say.startswith("Let's try another way.")
    asked = plan(Action.change_strategy, "billing_dispute")
    assert asked.next.ask is not None
    assert asked.next.say == ENGLISH.change.open.format(question=asked.next.ask.question)
    assert asked.proposed.slot == "order_number"
    known = context_of(facts=dict.fromkeys(load_journeys()["billing_dispute"].slots, "known"))
    for journey, context in (("billing_dispute", known), ("default", None)):
        nothing = plan(Action.change_strategy, journey, context)
        assert (nothing.next.say, nothing.next.ask, nothing.proposed.slot) == (ENGLISH.change.fallback, None, None)


@pytest.mark.parametrize(
    ("has_text", "reason", "said"),
    [
        (False, ReasonCode.SILENT_FRICTION, ENGLISH.silent),
        (False, ReasonCode.STEP_FAILED, ENGLISH.change.fallback),
        (True, ReasonCode.SILENT_FRICTION, ENGLISH.change.fallback),
    ],
)
def test_who_is_stuck_without_a_word_is_spoken_to(has_text: bool, reason: ReasonCode, said: str) -> None:  # noqa: FBT001 - a column of the table
    """Given somebody who is stuck and writes nothing, then help is offered; somebody who writes hears of another way."""
    move = plan(Action.change_strategy, reason=reason, turn={"has_text": has_text, "outcome": "none"})
    assert move.next.say == said


def test_a_journey_begins_with_its_first_step_once_that_has_what_it_needs() -> None:
    """Given a journey, then its first step is proposed as soon as what it needs is there, and not where one was taken."""
    begun = plan(Action.answer, "billing_dispute", context_of(facts={"order_number": "A-1"}))
    assert begun.next.step == begun.proposed.step == "verify_charge"
    assert begun.next.say == "I'll look the charge up by its order number."
    taken = {"verify_charge": {"attempts": 1}}
    for journey, fields in (
        ("billing_dispute", {}),
        ("billing_dispute", {"facts": {"order_number": "A-1"}, "steps": taken}),
        ("default", {"facts": {"order_number": "A-1"}}),
    ):
        going_on = plan(Action.answer, journey, context_of(**fields))
        assert (going_on.next.say, going_on.next.step, going_on.proposed.step) == (ENGLISH.answer, None, None)


@pytest.mark.parametrize(("frustration", "acknowledged"), [(0.49, False), (0.5, True), (0.9, True)])
def test_friction_is_acknowledged_from_half_on(frustration: float, acknowledged: bool) -> None:  # noqa: FBT001 - as above
    """Given an answer to somebody who is frustrated, then it begins with that, and one to somebody calm does not."""
    for context in (context_of(), context_of(facts={"order_number": "A-1"})):
        said = plan(Action.answer, "billing_dispute", context, scores={"frustration": frustration}).next.say
        assert said.startswith(f"{ENGLISH.acknowledge} ") is acknowledged


@pytest.mark.parametrize(
    ("words", "codes", "outcome", "thanked"),
    [
        ("thanks a lot that helped me very much", [EvidenceCode.GRATITUDE], "none", True),
        ("thank you", [EvidenceCode.GRATITUDE], "succeeded", True),
        ("thank you", [EvidenceCode.GRATITUDE], "failed", False),
        ("my bill is wrong", [], "none", False),
        ("thanks a lot that helped me with the first one", [EvidenceCode.GRATITUDE], "none", False),
    ],
)
def test_thanks_and_little_else_close_the_matter(
    words: str,
    codes: list[EvidenceCode],
    outcome: str,
    thanked: bool,  # noqa: FBT001 - as above
) -> None:
    """Given a thank-you, then it is taken for one where nothing failed and little else is said; nothing new is proposed."""
    turn = {"has_text": True, "outcome": outcome}
    move = plan(Action.answer, "default", context_of(words), codes=codes, turn=turn)
    assert (move.next.say == ENGLISH.resolved) is thanked


def test_a_silent_turn_is_left_silent() -> None:
    """Given a decision to hold, then nothing is said, and what must not be asked or repeated is still named."""
    context = context_of(facts={"order_number": "A-1"}, steps={"verify_charge": {"attempts": 2, "failures": 2}})
    move = plan(Action.hold, "billing_dispute", context)
    assert (move.next.say, move.next.ask, move.next.step) == ("", None, None)
    assert "order_number" in move.next.do_not_ask
    assert move.next.do_not_repeat == ["verify_charge"]
