"""Every function comes with an event that its real handler takes, such as `sam local invoke -e event.json` sends."""

import json
import time
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel

from relief.contracts.decision import TurnResponse
from relief.contracts.events import BusEnvelope
from relief.contracts.states import (
    DecideInput,
    DecideOutput,
    DetectInput,
    DetectOutput,
    RouteInput,
    RouteOutput,
    SummariseInput,
    SummariseOutput,
)
from relief.contracts.turn import TurnRequest
from relief.integrations.signature import sign
from relief.store.keys import record_key
from tests.local import LocalStack
from tests.local.stack import STACK_NAME

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/app.py"))
EVENTS = {path.parent.name: path for path in sorted((ROOT / "functions").glob("*/event.json"))}


class _Exact(BaseModel):
    model_config = ConfigDict(extra="forbid")


class BatchAnswer(_Exact):
    """What Lambda's poller reads of the answer to a batch from a queue, when nothing failed."""

    batchItemFailures: list[Any]  # noqa: N815 - AWS's name


class HttpAnswer(_Exact):
    """What API Gateway reads of a proxy integration's answer, when all went well."""

    statusCode: Literal[200]  # noqa: N815 - AWS's name
    headers: dict[str, str]
    body: str
    isBase64Encoded: bool  # noqa: N815 - AWS's name
    cookies: list[str] = []


class FlatAnswer(RootModel[dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")], str]]):
    """What Amazon Connect reads: a flat map of texts."""


class LexState(_Exact):
    """The part of a Lex V2 answer that says how the session goes on."""

    sessionAttributes: dict[str, str]  # noqa: N815 - Amazon's name
    dialogAction: dict[str, str]  # noqa: N815 - as above
    intent: dict[str, Any] = {}


class LexAnswer(_Exact):
    """What Lex V2 reads."""

    sessionState: LexState  # noqa: N815 - Amazon's name
    messages: list[dict[Literal["contentType", "content"], str]] = []


ANSWERS: dict[str, type[BaseModel]] = {
    "api": HttpAnswer,
    "archive": BatchAnswer,
    "connect": FlatAnswer,
    "lex": LexAnswer,
    "webhooks": HttpAnswer,
    "decide": DecideOutput,
    "deliver": BatchAnswer,
    "detect": DetectOutput,
    "incident": BatchAnswer,
    "measure": BatchAnswer,
    "route": RouteOutput,
    "summarise": SummariseOutput,
}
STAGES: dict[str, type[BaseModel]] = {
    "decide": DecideInput,
    "detect": DetectInput,
    "route": RouteInput,
    "summarise": SummariseInput,
}


def event_of(name: str) -> Any:
    """Return a function's event."""
    return json.loads(EVENTS[name].read_text(encoding="utf-8"))


def answer_of(stack: LocalStack, name: str) -> Any:
    """Return what the real handler answers to its event."""
    event = event_of(name)
    if name == "webhooks":
        sign_event(stack, event)
    invocation = stack.functions.invoke(name, json.dumps(event).encode())
    assert invocation.error is None, invocation.payload
    return json.loads(invocation.payload)


def sign_event(stack: LocalStack, event: Any) -> None:
    """Sign a webhook's event as its sender would now: signatures are good for five minutes."""
    secret = stack.client("secretsmanager").get_secret_value(SecretId=f"{STACK_NAME}-WebhookKeys")["SecretString"]
    timestamp = str(int(time.time()))
    signature = sign(json.loads(secret)["signing_key"], timestamp, event["body"].encode())
    event["headers"] |= {"x-relief-timestamp": timestamp, "x-relief-signature": signature}


def sent_by_the_workflow(state: str) -> set[str]:
    """Return the names of the fields that the workflow sends to a state's function."""
    definition = json.loads((ROOT / "statemachine" / "turn.asl.json").read_text(encoding="utf-8"))
    payload = definition["States"][state]["Parameters"]["Payload"]
    return {name.removesuffix(".$") for name in payload}


def test_every_function_has_an_event() -> None:
    """Given the functions' folders, then each has an event, and this module knows what its answer must be."""
    assert list(EVENTS) == FOLDERS
    assert sorted(ANSWERS) == FOLDERS


@pytest.mark.parametrize("name", EVENTS)
def test_the_real_handler_answers_by_its_contract(stack: LocalStack, name: str) -> None:
    """Given a function's event, when its handler is invoked, then the answer has the contract's shape, all of it."""
    answer = answer_of(stack, name)
    model = ANSWERS[name]
    read = model.model_validate(answer)
    assert model is FlatAnswer or set(answer) <= set(model.model_fields)
    if model in {DecideOutput, DetectOutput, RouteOutput, SummariseOutput}:
        assert read.model_dump(mode="json") == answer


@pytest.mark.parametrize("name", STAGES)
def test_a_stages_event_is_what_the_workflow_passes(name: str) -> None:
    """Given a stage's event, then it has the fields that the definition sends, and none is unknown to the model."""
    event = event_of(name)
    assert set(event) == sent_by_the_workflow(name.capitalize())
    assert set(event) == set(STAGES[name].model_fields)
    STAGES[name].model_validate(event)


@pytest.mark.parametrize("name", STAGES)
def test_a_stages_answer_does_not_depend_on_when_or_how_often(stack: LocalStack, name: str) -> None:
    """Given a stage's event twice, then the answers are equal: nothing but the event counts."""
    assert answer_of(stack, name) == answer_of(stack, name)


def test_the_apis_event_is_a_turn_with_the_claims_of_a_token(stack: LocalStack) -> None:
    """Given the api's event, then it is a payload of format 2.0, and the answer is a decision on its turn."""
    event = event_of("api")
    answer = answer_of(stack, "api")
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert event["version"] == "2.0"
    assert all(isinstance(value, str) for value in claims.values()), "API Gateway passes claims as text"
    TurnRequest.model_validate_json(event["body"])
    decision = TurnResponse.model_validate_json(answer["body"])
    assert decision.session_id == event["pathParameters"]["session_id"]
    assert "4111" not in answer["body"]


def test_delivers_event_puts_the_hand_over_that_travels_whole_on_the_work_list(stack: LocalStack) -> None:
    """Given a batch with a pointer and a whole hand-over, then nothing failed and the whole one is on the work list.

    The pointer's record is not in this table, so it counts as erased: it must fail no batch and leave nothing behind.
    """
    bodies = [BusEnvelope.model_validate_json(record["body"]) for record in event_of("deliver")["Records"]]
    pointer, whole = (body.detail.handoff for body in bodies)
    assert (pointer.summary is None, whole.summary is None) == (True, False)
    assert answer_of(stack, "deliver") == {"batchItemFailures": []}
    states = {(item["pk"], item["sk"]): item.get("state") for item in stack.items()}
    assert states[record_key(whole.handoff_id) or ("", "")] == "queued"
    assert (record_key(pointer.handoff_id) or ("", "")) not in states
