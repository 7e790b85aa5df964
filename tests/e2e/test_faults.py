"""Whatever is down, the caller gets a usable decision, and a hand-over that is promised is delivered."""

import time

import pytest

from relief.contracts.vocabulary import Action, HandoffState, Owner, Part
from tests.e2e.conftest import Caller
from tests.local.faults import Fault, Rubbish

BUDGET_SECONDS = 8
AUTOMATED, ASKS_FOR_A_PERSON = "my bill is wrong", "I want a human"
PARTS = {
    "classify": Part.classifier,
    "detect": Part.detect,
    "decide": Part.decide,
    "summarise": Part.summarise,
    "route": Part.route,
}
FAULTS = [(Fault.fail, None), (Fault.hang, None), (Fault.throttle, None), *((Fault.rubbish, kind) for kind in Rubbish)]


@pytest.mark.parametrize(("fault", "rubbish"), FAULTS)
@pytest.mark.parametrize("function", PARTS)
@pytest.mark.parametrize("text", [AUTOMATED, ASKS_FOR_A_PERSON])
def test_a_function_that_is_down_costs_no_answer(
    caller: Caller, session_id: str, function: str, fault: Fault, rubbish: Rubbish | None, text: str
) -> None:
    """Given a function that fails, hangs, is throttled or talks rubbish, then the part is named and nothing is lost."""
    caller.stack.faults.set(function, fault, rubbish=rubbish)
    started = time.monotonic()
    answer = caller.turn(session_id, text, journey="billing_dispute")
    assert time.monotonic() - started < BUDGET_SECONDS
    needed = text == ASKS_FOR_A_PERSON or function not in {"summarise", "route"}
    assert (PARTS[function] in answer.degraded) is needed
    if text == ASKS_FOR_A_PERSON or function in {"detect", "decide"}:
        assert answer.action is Action.escalate
        assert answer.owner is Owner.queued
        assert answer.handoff is not None
        assert [one["handoff_id"] for one in caller.handed_over(session_id)] == [answer.handoff.handoff_id]
    else:
        assert answer.action is Action.answer
    caller.stack.faults.clear()
    after = caller.turn(session_id, "are you still there?", turn_id="t2")
    assert after.turn == 2
    assert after.action in {Action.answer, Action.clarify} or answer.action is Action.escalate


@pytest.mark.parametrize(
    ("service", "operation", "error", "part"),
    [
        ("dynamodb", "GetItem", "ProvisionedThroughputExceededException", Part.context),
        ("dynamodb", "TransactWriteItems", "ProvisionedThroughputExceededException", Part.remember),
        ("events", "PutEvents", "InternalException", Part.announce),
        ("states", "StartSyncExecution", "ThrottlingException", Part.workflow),
        ("dynamodb", "Query", "ThrottlingException", Part.incidents),
    ],
)
def test_a_service_that_is_down_costs_no_hand_over(
    caller: Caller, session_id: str, service: str, operation: str, error: str, part: Part
) -> None:
    """Given a service that refuses, when a person is asked for, then the hand-over arrives and the part is named."""
    caller.stack.faults.set_operation(service, operation, error_code=error)
    answer = caller.turn(session_id, ASKS_FOR_A_PERSON)
    caller.stack.faults.clear()
    assert answer.action is Action.escalate
    assert part in answer.degraded
    listed = caller.handed_over(session_id)
    assert len(listed) == 1
    assert listed[0]["state"] == HandoffState.queued.value


def test_what_nobody_can_be_told_is_not_promised(caller: Caller, session_id: str) -> None:
    """Given that workflow, bus and queues are all down, then the answer admits it instead of promising a person."""
    for service, operation in (("states", "StartSyncExecution"), ("events", "PutEvents"), ("sqs", "SendMessage")):
        caller.stack.faults.set_operation(service, operation, error_code="InternalFailure")
    answer = caller.turn(session_id, ASKS_FOR_A_PERSON)
    assert answer.handoff is None
    assert answer.owner is Owner.bot
    assert {Part.workflow, Part.announce} <= set(answer.degraded)
    assert "couldn't reach" in answer.next.say


def test_a_turn_sent_again_after_the_api_failed_is_answered(caller: Caller, session_id: str) -> None:
    """Given an api function that fails, then the gateway says so, and the same turn works afterwards."""
    caller.stack.faults.set("api", Fault.fail)
    assert caller.post(session_id, text=AUTOMATED)[0] == 500
    caller.stack.faults.clear()
    assert caller.turn(session_id, AUTOMATED).turn == 1


def test_delivery_that_fails_is_tried_again_and_arrives_once(caller: Caller, session_id: str) -> None:
    """Given a deliver function that fails twice, then the hand-over is on the work list in the end, once."""
    caller.stack.faults.set("deliver", Fault.fail, times=2)
    caller.turn(session_id, ASKS_FOR_A_PERSON)
    assert len(caller.handed_over(session_id)) == 1
