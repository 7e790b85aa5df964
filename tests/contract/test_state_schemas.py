"""What really goes in and out of the workflow's states is what the committed schemas say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from relief.measure.gold import GoldConversation, load_conversations
from tests.local import LocalStack
from tests.local.replay import SAMPLES, call
from tests.recording import Recording, recorded

SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).resolve().parents[2] / "statemachine" / "schemas").glob("*.schema.json"))
}
CONVERSATIONS = ("payroll-by-five", "oxygen-one-hour-fifty", "guitar-blr-sin")
"""An angry one that ends with a person, a calm one that must, and one that automation serves to the end."""

BESIDE_THE_WORKFLOW = {"api", "archive", "deliver", "measure"}
"""Functions that no state invokes."""

NOT_OF_A_TURN = {"handoff_changed.event", "incident.input", "incident.output", "incident_changed.event"}
"""What desks and operators do is no part of a turn; ``test_bus_events`` and ``test_incidents`` have these."""

OPENED = {"turn.output": ("response",)}
"""Documents that a schema describes as what they hold, and that travel as JSON in a string."""


def documents_of(recording: Recording) -> Iterator[tuple[str, Any]]:
    """Yield the schema's name and the document of everything that was recorded."""
    for call_ in recording.calls:
        yield f"{call_.name}.input", call_.input
        if not call_.failed:
            yield f"{call_.name}.output", call_.output
    for delivery in recording.of("deliver"):
        for record in delivery.input["Records"]:
            yield "handoff_requested.event", json.loads(record["body"])["detail"]


def opened(name: str, document: Any) -> Any:
    """Return the document with what travels as a string parsed."""
    return document | {field: json.loads(document[field]) for field in OPENED.get(name, ())}


def validator_of(name: str) -> jsonschema.Draft202012Validator:
    """Return the validator of a committed schema; formats count."""
    return jsonschema.Draft202012Validator(SCHEMAS[name], format_checker=jsonschema.FormatChecker())


def converse(stack: LocalStack, conversation: GoldConversation) -> None:
    """Post every turn of a conversation."""
    token = stack.token("relief/turns")
    for turn in conversation.turns:
        document = turn.model_dump(mode="json", exclude_none=True)
        status, answer = call(stack, "POST", f"/v1/sessions/{conversation.session_id}/turns", token, document)
        assert status == 200, answer
    stack.drain()


@pytest.fixture(scope="module")
def recording(stack: LocalStack) -> Recording:
    """Three conversations, and a fourth that loses a part at every turn, through the real workflow."""
    samples = {one.session_id: one for one in load_conversations(SAMPLES)}
    with recorded(stack) as running:
        for name in CONVERSATIONS:
            converse(stack, samples[name])
        for function in ("detect", "decide", "summarise", "route"):
            stack.faults.set(function, "fail")
            converse(stack, samples["it-wont-let-me"].model_copy(update={"session_id": f"without-{function}"}))
            stack.faults.clear()
    return running


@pytest.mark.parametrize("name", sorted(SCHEMAS.keys() - NOT_OF_A_TURN))
def test_what_was_recorded_is_what_the_schema_says(recording: Recording, name: str) -> None:
    """Given conversations, whole and with parts down, then every document validates, and there are some."""
    validator = validator_of(name)
    documents = [opened(name, document) for found, document in documents_of(recording) if found == name]
    assert documents
    problems = {error.message for document in documents for error in validator.iter_errors(document)}
    assert problems == set()


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_schemas(name: str) -> None:
    """Given a committed schema, then it is a valid one, and it refuses an empty document unless nothing is required."""
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert validator_of(name).is_valid({}) is not bool(SCHEMAS[name].get("required"))


def test_every_function_of_the_workflow_has_schemas(stack: LocalStack, recording: Recording) -> None:
    """Given what ran, then each state that invokes a function has a schema of its input, and of its answer if any."""
    ran = {call_.name for call_ in recording.calls} - BESIDE_THE_WORKFLOW
    answered = {call_.name for call_ in recording.calls if not call_.failed} - BESIDE_THE_WORKFLOW
    assert {f"{name}.input" for name in ran} <= set(SCHEMAS)
    assert {f"{name}.output" for name in answered} <= set(SCHEMAS)
    of_turns = SCHEMAS.keys() - NOT_OF_A_TURN - {"handoff_requested.event"}
    assert {name.partition(".")[0] for name in of_turns} == ran
