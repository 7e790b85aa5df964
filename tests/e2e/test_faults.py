"""Whatever is down, the caller gets a usable decision, and a hand-over that is promised is delivered."""

import json
import time
from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest

from relief.api.services import load_services
from relief.contracts.states import TurnExecution, TurnOutcome
from relief.contracts.vocabulary import Action, HandoffState, Owner, Part
from relief.incidents.services import make_unheard
from relief.settings import load_settings
from relief.store.bus import Bus
from relief.store.ports import TurnWorkflow, WorkflowUnavailable
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


def test_a_table_that_takes_no_write_makes_no_second_hand_over(caller: Caller, session_id: str) -> None:
    """Given a customer who is in line, when a turn cannot be written, then there is still one hand-over."""
    first = caller.turn(session_id, ASKS_FOR_A_PERSON)
    for operation in ("TransactWriteItems", "UpdateItem"):
        caller.stack.faults.set_operation("dynamodb", operation, error_code="AccessDeniedException")
    caller.turn(session_id, "are you still there?", turn_id="t2")
    caller.stack.faults.clear()
    assert first.handoff is not None
    assert [one["handoff_id"] for one in caller.handed_over(session_id)] == [first.handoff.handoff_id]


def test_a_hand_over_that_the_table_could_not_take_owns_the_conversation_once_it_arrives(
    caller: Caller, session_id: str
) -> None:
    """Given a table without writes, when the hand-over has arrived after all, then the bot is told to stay silent."""
    for operation in ("TransactWriteItems", "UpdateItem"):
        caller.stack.faults.set_operation("dynamodb", operation, error_code="AccessDeniedException")
    promised = caller.turn(session_id, ASKS_FOR_A_PERSON).handoff
    caller.stack.faults.clear()
    assert promised is not None
    assert [one["handoff_id"] for one in caller.handed_over(session_id)] == [promised.handoff_id]
    after = caller.turn(session_id, "hello?", turn_id="t2")
    assert after.owner is Owner.queued
    assert after.action in {Action.hold, Action.escalate}
    assert after.handoff is not None
    assert after.handoff.handoff_id == promised.handoff_id


def test_what_bus_and_queues_refused_is_no_dead_promise(caller: Caller, session_id: str) -> None:
    """Given a turn that is remembered but cannot be announced, then it says so, and the minute's tick announces it."""
    for service, operation in (("events", "PutEvents"), ("sqs", "SendMessage")):
        caller.stack.faults.set_operation(service, operation, error_code="InternalFailure")
    answer = caller.turn(session_id, ASKS_FOR_A_PERSON)
    caller.stack.faults.clear()
    assert answer.handoff is None
    assert "couldn't reach" in answer.next.say
    assert caller.handed_over(session_id) == []
    settings = load_settings()
    unheard = make_unheard(settings, Bus(settings))
    unheard.announce(datetime.now(UTC))
    assert caller.handed_over(session_id) == [], "deliveries have a moment"
    assert unheard.announce(datetime.now(UTC) + timedelta(minutes=2)) >= 1
    assert len(caller.handed_over(session_id)) == 1
    unheard.announce(datetime.now(UTC) + timedelta(minutes=4))
    assert len(caller.handed_over(session_id)) == 1


def test_a_workflow_whose_answer_is_lost_has_decided_all_the_same(caller: Caller, session_id: str) -> None:
    """Given a turn that was remembered before the workflow failed, then its decision stands, and nobody is called."""
    before = caller.turn(session_id, AUTOMATED, journey="billing_dispute")
    service = load_services().turns
    with mock.patch.object(service, "_workflow", Lost(service._workflow)):
        body = {"turn_id": "t2", "channel": "web_chat", "text": "still wrong", "journey": "billing_dispute"}
        answer = service.accept(session_id, json.dumps(body).encode(), datetime.now(UTC))
    assert before.action is Action.answer
    assert answer.degraded == [*before.degraded, Part.workflow]
    assert answer.action is not Action.escalate
    assert caller.handed_over(session_id) == []


class Lost:
    """A workflow that does its work, and whose answer never arrives."""

    def __init__(self, workflow: TurnWorkflow) -> None:
        self._workflow = workflow

    def run(self, execution: TurnExecution) -> TurnOutcome:
        self._workflow.run(execution)
        raise WorkflowUnavailable


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
