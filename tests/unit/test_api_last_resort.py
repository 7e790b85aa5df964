"""A turn whose workflow gives no answer: what is done by hand, what is left out when time is up, and what is said of it."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import pytest
from botocore.exceptions import EndpointConnectionError

from relief.api.turns import TurnService
from relief.contracts.decision import TurnResponse
from relief.contracts.states import DecisionRecord, Fallback, TurnExecution, TurnKeys, TurnOutcome
from relief.contracts.vocabulary import Action, Owner, Part
from relief.errors import TurnConflict
from relief.store.ports import Before, WorkflowUnavailable
from tests.pipeline import SETTINGS
from tests.unit.test_api_turns import KEYS, NOW, FakeDecisions

BODY: Final = json.dumps({"turn_id": "t1", "channel": "web_chat", "text": "hello"}).encode()
DOWN: Final = EndpointConnectionError(endpoint_url="table")


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class NoWorkflow:
    """Gives no answer, and takes its time over it; keeps its input."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds
        self.executions: list[TurnExecution] = []

    def run(self, execution: TurnExecution) -> TurnOutcome:
        self.executions.append(execution)
        self.clock.now += self.seconds
        message = "it hangs"
        raise WorkflowUnavailable(message)


class ByHand:
    """What is done by hand; each step may fail, or take its time."""

    def __init__(self, clock: Clock, *, owner: int | None = 1, fails: Sequence[str] = (), seconds: float = 0.0) -> None:
        self.clock = clock
        self.owner = owner
        self.fails = fails
        self.seconds = seconds
        self.done: list[str] = []

    def _do(self, step: str) -> None:
        self.clock.now += self.seconds
        if step in self.fails:
            raise DOWN
        self.done.append(step)

    def take_ownership(self, keys: TurnKeys, fallback: Fallback) -> int | None:
        self._do("own")
        return self.owner

    def record(self, fallback: Fallback) -> None:
        self._do("record")

    def announce(self, fallback: Fallback) -> None:
        self._do("announce")


class Remembered(FakeDecisions):
    """The table of a workflow that came as far as to remember the turn, or of one that does not answer any more."""

    def __init__(self, workflow: NoWorkflow, *, response: Callable[[Fallback], TurnResponse] | None = None) -> None:
        super().__init__(None)
        self.workflow = workflow
        self.response = response

    def find_before(self, decision_id: str, customers: Sequence[str], now: datetime) -> Before:
        self.asked.append((decision_id, tuple(customers)))
        if not self.workflow.executions:
            return Before()
        if self.response is None:
            raise DOWN
        execution = self.workflow.executions[-1]
        return Before(
            DecisionRecord(
                decision_id=decision_id,
                session_id="s-2",
                decided_at=now,
                request_hash=execution.request_hash,
                response=self.response(execution.fallback),
            )
        )


def accept(
    after: float = 1.0,
    *,
    response: Callable[[Fallback], TurnResponse] | None = None,
    **hand: object,
) -> tuple[TurnResponse, list[str]]:
    """Accept a turn whose workflow fails after so many seconds; return the answer, and what was done by hand."""
    clock = Clock()
    workflow = NoWorkflow(clock, after)
    by_hand = ByHand(clock, **hand)  # type: ignore[arg-type] # its own options
    service = TurnService(SETTINGS, lambda: KEYS, Remembered(workflow, response=response), workflow, by_hand, clock)
    return service.accept("s-2", BODY, NOW), by_hand.done


def prepared(fallback: Fallback) -> TurnResponse:
    return TurnResponse.model_validate_json(fallback.response)


def test_a_turn_is_owned_recorded_and_announced_by_hand() -> None:
    """Given a workflow that fails, then the hand-over is real: owned, recorded, announced, and its part is named."""
    answer, done = accept()
    assert done == ["own", "record", "announce"]
    assert (answer.action, answer.owner, answer.turn) == (Action.escalate, Owner.queued, 1)
    assert answer.degraded == [Part.workflow]
    assert answer.handoff is not None


def test_a_session_that_was_handed_over_already_gets_no_second_hand_over() -> None:
    """Given a session that waits for a person, then nothing is recorded, and the customer is not promised another one."""
    answer, done = accept(owner=None)
    assert done == ["own", "announce"]
    assert (answer.action, answer.handoff, answer.turn) == (Action.hold, None, 0)


@pytest.mark.parametrize(
    ("fails", "done"), [(["own"], ["announce"]), (["record"], ["own", "announce"])], ids=["own", "record"]
)
def test_what_could_not_be_written_is_named_and_announced_all_the_same(fails: list[str], done: list[str]) -> None:
    """Given a table that takes nothing, then the hand-over goes out whole, and the answer says that nothing is remembered."""
    answer, did = accept(fails=fails)
    assert did == done
    assert answer.degraded == [Part.workflow, Part.remember]
    assert answer.action is Action.escalate


def test_nothing_is_promised_that_nobody_hears_of() -> None:
    """Given that nobody can be told either, then the customer is told so, and both parts are named."""
    answer, done = accept(fails=["announce"])
    assert done == ["own", "record"]
    assert {Part.workflow, Part.announce} <= set(answer.degraded)
    assert answer.action is Action.escalate
    assert answer.handoff is None


def test_when_time_is_up_the_hand_over_is_announced_and_nothing_else() -> None:
    """Given a workflow that took nearly all the time that a contact centre gives, then only what matters most is done."""
    late, done = accept(60.0, response=prepared)
    assert done == ["announce"]
    assert late.degraded == [Part.workflow, Part.remember]
    slow, did = accept(0.0, seconds=30.0)
    assert did == ["own", "announce"]
    assert slow.degraded == [Part.workflow, Part.remember]


def test_what_the_workflow_remembered_before_it_failed_stands() -> None:
    """Given a decision that was remembered, then it is the answer; its hand-over is told of again, for nobody may have heard."""
    answer, done = accept(response=prepared)
    assert done == ["announce"]
    assert answer.degraded == [Part.workflow]
    assert answer.handoff is not None

    def routine(fallback: Fallback) -> TurnResponse:
        return prepared(fallback).model_copy(update={"action": Action.answer, "handoff": None, "owner": Owner.bot})

    answer, done = accept(response=routine)
    assert (answer.action, done) == (Action.answer, [])
    assert answer.degraded == [Part.workflow]


class Recalling:
    """A workflow that notices that the turn was taken already."""

    def __init__(self, *, same: bool) -> None:
        self.same = same

    def run(self, execution: TurnExecution) -> TurnOutcome:
        known = execution.request_hash if self.same else "another"
        return TurnOutcome.model_validate(
            {"by": "recall", "response": execution.fallback.response, "request_hash": known}
        )


def test_a_turn_that_the_workflow_recalls_is_answered_as_it_was_or_refused() -> None:
    """Given a repeated turn that only the workflow noticed, then it is answered as before; with another body it is refused."""
    clock = Clock()
    for same in (True, False):
        service = TurnService(SETTINGS, lambda: KEYS, FakeDecisions(None), Recalling(same=same), ByHand(clock), clock)
        if same:
            assert service.accept("s-2", BODY, NOW).action is Action.escalate
        else:
            with pytest.raises(TurnConflict):
                service.accept("s-2", BODY, NOW)
