"""The promises are held against what code decides too, not policies alone: each breach of one is named on the turn that shows it."""

import dataclasses
from typing import Any, Final

import pytest

from relief.contracts.context import Proposal, StepRecord
from relief.contracts.decision import Question
from relief.contracts.states import Proposed
from relief.contracts.vocabulary import Action, ControlOption, Owner
from relief.decide.proof.finding import Fault
from relief.decide.proof.promises import check_walk, complaints_about
from relief.decide.proof.space import Space
from relief.decide.proof.walk import Turn, Walk
from tests.unit.policy_faults import SMALL, planted

_STEP: Final = "look_up"
_SLOT: Final = "number"


@pytest.fixture(scope="module")
def walk() -> Walk:
    """A sound policy's walk through the small journey."""
    return Walk(Space(planted(), SMALL), SMALL["default"], SMALL).run()


@pytest.fixture
def turn(walk: Walk) -> Turn:
    """A turn at which the bot goes on, and with which nothing is wrong."""
    found = next(one for one in walk.turns if one.decided and one.decided.action is Action.answer)
    assert list(complaints_about(found)) == []
    return found


def changed(turn: Turn, absorbed: dict[str, Any] | None = None, **decided: Any) -> Turn:
    """Return the turn as it would be had code decided or remembered something else."""
    assert turn.decided is not None
    following = {name: decided.pop(name) for name in ("say", "ask", "options", "do_not_ask") if name in decided}
    if following:
        decided["next"] = turn.decided.next.model_copy(update=following)
    return dataclasses.replace(
        turn,
        absorbed=turn.absorbed.model_copy(update=absorbed or {}),
        decided=turn.decided.model_copy(update=decided),
    )


def proposed(times: int) -> dict[str, Any]:
    """Return what is remembered of a step that was proposed so often."""
    return {"proposed": {f"step:{_STEP}": Proposal(times=times)}}


@pytest.mark.parametrize(
    ("remembered", "decided", "fault", "said"),
    [
        ({"owner": Owner.human}, {"action": Action.answer}, Fault.dead_end, "talks on while a person has"),
        ({"owner": Owner.queued}, {"action": Action.clarify}, Fault.dead_end, "talks on while a person has"),
        ({}, {"action": Action.hold}, Fault.dead_end, "the bot says nothing, and nobody else answers"),
        ({}, {"say": ""}, Fault.dead_end, "answer without a word to say"),
        ({}, {"options": [ControlOption.start_over]}, Fault.dead_end, "not offered a person"),
        (proposed(1), {"proposed": Proposed(step=_STEP)}, Fault.loop, "again without a changed approach"),
        (
            proposed(2),
            {"proposed": Proposed(step=_STEP), "action": Action.change_strategy},
            Fault.loop,
            "look_up is proposed a third time",
        ),
        (
            {"steps": {_STEP: StepRecord(attempts=1, failures=1)}},
            {"proposed": Proposed(step=_STEP)},
            Fault.loop,
            "look_up is proposed although it failed",
        ),
    ],
)
def test_a_breach_by_code_is_named(
    turn: Turn, remembered: dict[str, Any], decided: dict[str, Any], fault: Fault, said: str
) -> None:
    """Given a turn on which code breaks a promise that no policy could, then the fault is named, with what to do."""
    complaints = list(complaints_about(changed(turn, remembered, **decided)))
    assert any(found is fault and said in what and cure for found, what, cure in complaints), complaints


def test_a_changed_approach_may_propose_a_step_once_more(turn: Turn) -> None:
    """Given a step that was proposed once, when it comes again with a changed approach, then nothing is wrong."""
    again = changed(turn, proposed(1), proposed=Proposed(step=_STEP), action=Action.change_strategy)
    assert list(complaints_about(again)) == []


def test_what_is_known_is_neither_asked_for_nor_kept_from_the_bot(turn: Turn) -> None:
    """Given a known fact, then asking for it is a fault, and so is not telling the bot that it is known."""
    known = {"facts": {_SLOT: "known"}}
    asked = changed(turn, known, ask=Question(slot=_SLOT, question="Which number?"), do_not_ask=[_SLOT])
    assert [what for _, what, _ in complaints_about(asked)] == [
        "number is asked for, but it is known or was asked in vain"
    ]
    untold = changed(turn, known, do_not_ask=[])
    assert [what for _, what, _ in complaints_about(untold)] == ["the bot is not told what is known already"]


def test_a_second_clarifying_question_is_a_loop(turn: Turn) -> None:
    """Given an issue that was asked about, when another clarifying question comes, then it is a loop."""
    asked = {"progress": turn.absorbed.progress.model_copy(update={"clarifications": 1})}
    said = [what for _, what, _ in complaints_about(changed(turn, asked, action=Action.clarify))]
    assert said == ["a second clarifying question about the same issue"]


def test_a_decision_that_fails_is_shown_with_its_error(walk: Walk, turn: Turn) -> None:
    """Given a turn at which deciding fails, then the finding shows the conversation and the error."""
    failed = dataclasses.replace(turn, decided=None, error="KeyError: 'look_up'")
    report = check_walk(dataclasses.replace(walk, turns=[failed]))
    assert [(one.fault, one.rules) for one in report] == [(Fault.failure, ())]
    assert report[0].conversation[-1] == "  relief: fails, KeyError: 'look_up'"
