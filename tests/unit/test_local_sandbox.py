"""The functions run in a process of their own, and nobody who calls them can tell."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local import Fault, LocalStack
from tests.unit.conftest import SAMPLE
from tests.unit.local_requests import turn


@pytest.fixture(scope="module")
def running_apart(issuer_file: Path) -> Iterator[LocalStack]:
    with LocalStack.start(SAMPLE, issuer_file=issuer_file, apart=True) as stack:
        yield stack


@pytest.fixture
def apart(running_apart: LocalStack) -> Iterator[LocalStack]:
    """The sample application with its functions in another process, free of faults."""
    yield running_apart
    running_apart.faults.clear()
    running_apart.drain()


def test_a_turn_goes_through_both_processes(apart: LocalStack) -> None:
    """Given a function that starts a workflow whose tasks are functions, then all of them are reached."""
    answer = turn(apart, "may I talk to a person")

    assert answer.json["status"] == "SUCCEEDED"
    assert answer.json["output"]["action"] == "escalate"


def test_what_a_function_writes_is_in_the_stack_s_table(apart: LocalStack) -> None:
    apart.functions.invoke("deliver", json.dumps({"detail": {"id": "from-afar"}}).encode())

    assert {"pk": "EVENT", "sk": "from-afar"} in apart.items()


def test_an_error_injected_into_a_service_reaches_the_function(apart: LocalStack) -> None:
    apart.faults.set_operation("dynamodb", "PutItem", error_code="AccessDeniedException")

    invocation = apart.functions.invoke("deliver", json.dumps({"detail": {"id": "refused"}}).encode())

    assert invocation.error == "Unhandled"
    assert "AccessDeniedException" in json.loads(invocation.payload)["errorMessage"]
    assert {"pk": "EVENT", "sk": "refused"} not in apart.items()


def test_an_exception_is_described_as_lambda_does(apart: LocalStack) -> None:
    description = json.loads(apart.functions.invoke("detect", b'{"text": "crash"}').payload)

    assert (description["errorType"], description["errorMessage"]) == ("ValueError", "cannot score this text")


def test_a_slow_function_is_cut_off_at_its_timeout(apart: LocalStack) -> None:
    started = time.monotonic()

    invocation = apart.functions.invoke("decide", b'{"text": "slow"}')

    assert time.monotonic() - started < 1.4
    assert json.loads(invocation.payload)["errorType"] == "Sandbox.Timedout"


def test_rubbish_of_the_right_shape_is_made_of_the_real_answer(apart: LocalStack) -> None:
    apart.faults.set("decide", Fault.rubbish, rubbish="wrong_types")

    assert json.loads(apart.functions.invoke("decide", b'{"text": "hello"}').payload) == {"action": len("answer")}
