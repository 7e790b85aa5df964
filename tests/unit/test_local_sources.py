"""Queues and events reach their functions, and failures go where they go on AWS."""

import json
import time
from uuid import uuid4

import pytest

from tests.local import Fault, LocalStack, LocalStackError
from tests.unit.local_requests import turn


def put_event(stack: LocalStack, kind: str, detail: dict[str, str]) -> None:
    stack.client("events").put_events(
        Entries=[
            {"EventBusName": "relief-local-bus", "Source": "sample", "DetailType": kind, "Detail": json.dumps(detail)}
        ]
    )


def delivered(stack: LocalStack, session_id: str) -> bool:
    return {"pk": "DELIVERED", "sk": session_id} in stack.items()


def test_an_announced_hand_over_is_delivered(sample: LocalStack) -> None:
    session_id = uuid4().hex
    turn(sample, "a person, please", session_id=session_id)

    sample.drain()

    assert delivered(sample, session_id)
    assert sample.messages("WorkQueue") == []


def test_only_the_broken_messages_of_a_batch_come_back(sample: LocalStack) -> None:
    good, broken = uuid4().hex, f"broken-{uuid4().hex}"
    for session_id in (good, broken):
        put_event(sample, "WorkRequested", {"session_id": session_id})

    sample.drain()

    assert delivered(sample, good)
    assert not delivered(sample, broken)
    dead = [json.loads(body)["detail"]["session_id"] for body in sample.messages("WorkDeadLetterQueue")]
    assert dead.count(broken) == 1
    assert good not in dead


def test_a_failing_function_gets_its_messages_again(sample: LocalStack) -> None:
    session_id = uuid4().hex
    sample.faults.set("deliver", Fault.fail, times=1)

    put_event(sample, "WorkRequested", {"session_id": session_id})
    sample.drain()

    assert delivered(sample, session_id)


@pytest.mark.parametrize("rubbish", ["string", "list", "wrong_types"])
def test_a_report_that_makes_no_sense_fails_the_batch(sample: LocalStack, rubbish: str) -> None:
    session_id = uuid4().hex
    sample.faults.set("deliver", Fault.rubbish, rubbish=rubbish)

    put_event(sample, "WorkRequested", {"session_id": session_id})
    sample.drain()

    assert any(session_id in body for body in sample.messages("WorkDeadLetterQueue"))


def test_an_event_invokes_a_function_and_tries_again(sample: LocalStack) -> None:
    name = uuid4().hex
    sample.faults.set("deliver", Fault.throttle, times=2)

    put_event(sample, "Noticed", {"id": name})
    sample.drain()

    assert {"pk": "EVENT", "sk": name} in sample.items()


def test_a_refused_event_is_queued_instead(sample: LocalStack) -> None:
    session_id = uuid4().hex
    sample.faults.set_operation("events", "PutEvents", error_code="InternalFailure", status=500, times=1)

    assert turn(sample, "a person, please", session_id=session_id).json["output"]["action"] == "escalate"
    sample.drain()

    assert delivered(sample, session_id), "the sample's workflow then sends the message itself"


def test_draining_says_what_is_left(sample: LocalStack) -> None:
    sample.faults.set("deliver", Fault.hang, times=1)
    put_event(sample, "WorkRequested", {"session_id": uuid4().hex})

    with pytest.raises(TimeoutError, match="relief-local-WorkQueue"):
        sample.drain(timeout=0.1)


def test_idle_consumers_use_no_processor_time(sample: LocalStack) -> None:
    sample.drain()
    before = time.process_time()
    time.sleep(0.5)

    assert time.process_time() - before < 0.05


def test_unknown_queues_and_schedules_are_named(sample: LocalStack) -> None:
    with pytest.raises(LocalStackError, match="relief-local-WorkQueue"):
        sample.messages("Nothing")
    with pytest.raises(LocalStackError, match="there are DeliverFunctionHourly, DeliverFunctionNever"):
        sample.fire_schedule("Nothing")


def test_a_schedule_starts_its_function_with_its_input(sample: LocalStack) -> None:
    sample.fire_schedule("DeliverFunctionHourly")
    sample.drain()

    assert {"pk": "EVENT", "sk": "hourly"} in sample.items()
