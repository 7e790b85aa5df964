"""The turn workflow's definition: nothing without a time limit, a second chance and a way out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relief.api import workflow
from relief.store.dynamodb import QUICK

PATH = Path(__file__).resolve().parents[2] / "statemachine" / "turn.asl.json"
DEFINITION = json.loads(PATH.read_text(encoding="utf-8"))
BUDGET_SECONDS = 8
LAMBDA_ERRORS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
}


def states_of(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every state, those of branches included."""
    for name, state in machine["States"].items():
        yield name, state
        for branch in state.get("Branches", []):
            yield from states_of(branch)


STATES = dict(states_of(DEFINITION))
TASKS = [name for name, state in STATES.items() if state["Type"] == "Task"]


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_time_limit_a_jittered_retry_and_a_catch(name: str) -> None:
    """Given a task, then it ends in time, is tried again with full jitter, and fails into a state."""
    task = STATES[name]
    assert 1 <= task["TimeoutSeconds"] <= 2
    for retry in task["Retry"]:
        assert retry["JitterStrategy"] == "FULL"
        assert retry["MaxAttempts"] >= 1
    assert "States.ALL" in task["Catch"][-1]["ErrorEquals"]
    if task["Resource"].endswith("lambda:invoke"):
        assert {error for retry in task["Retry"] for error in retry["ErrorEquals"]} >= LAMBDA_ERRORS


@pytest.mark.parametrize("name", [name for name, state in STATES.items() if state["Type"] == "Choice"])
def test_every_choice_has_a_default(name: str) -> None:
    """Given a choice, then there is a way for what nobody thought of."""
    assert "Default" in STATES[name]


def test_the_definition_stays_with_what_every_engine_runs() -> None:
    """Given the definition, then it uses JSONPath without variables."""
    text = PATH.read_text(encoding="utf-8")
    assert "QueryLanguage" not in text
    assert '"Assign"' not in text


def test_every_state_can_be_reached() -> None:
    """Given the definition, then no state is left over."""
    reached: set[str] = set()
    waiting = [DEFINITION["StartAt"]]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        state = DEFINITION["States"][name]
        targets = [state.get("Next"), state.get("Default")]
        targets += [one["Next"] for one in [*state.get("Choices", []), *state.get("Catch", [])]]
        waiting += [target for target in targets if target]
    assert reached == set(DEFINITION["States"])


def test_the_worst_case_stays_under_the_contact_centres_limit() -> None:
    """Given every time limit and retry, then the machine's own limit bounds them, and the last resort still fits.

    The caller waits for the idempotency check, the machine until its TimeoutSeconds, and then for one update, one
    transaction and one event at the api's own limits; each of these is given one attempt here, because a service
    that times out twice is given up by the fail-open path.
    """
    machine = DEFINITION["TimeoutSeconds"]
    normal = sum(STATES[name]["TimeoutSeconds"] for name in ("LoadContext", "Detect", "Decide", "RememberAutomated"))
    assert normal <= machine + 1
    assert workflow._WAIT.read_timeout > machine
    assert workflow._WAIT.retries["total_max_attempts"] == 1
    assert machine + QUICK.read_timeout <= BUDGET_SECONDS
