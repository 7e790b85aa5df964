"""A few requests and inputs of what ``make fuzz`` sends by the thousand, and what it has found so far."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from relief.api.openapi import build_openapi
from relief.api.requests import parse_body
from relief.api.routes.exchange import Exchange
from relief.contracts.decision import TurnResponse
from relief.contracts.ownership import HandoffEvent
from relief.contracts.turn import TurnRequest
from relief.errors import ReliefError, RequestInvalid, RequestNotJson
from relief.integrations.adapters.chatwoot import read_message
from relief.integrations.adapters.connect import answer_connect
from relief.integrations.adapters.contact_lens import read_rule_event
from relief.integrations.adapters.generic import read_signed_turn
from relief.integrations.adapters.lex import answer_lex
from tests.fuzz.api import fuzz_api
from tests.fuzz.targets import fuzz_policy, fuzz_redaction

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)


class NoTurns:
    """A turn service that is down: adapters must answer all the same."""

    def accept(self, session_id: str, body: bytes, now: datetime) -> TurnResponse:
        raise OSError


def test_the_api_keeps_to_its_document() -> None:
    """Given requests made from the document, then every answer is one that the document describes."""
    found = fuzz_api(1, phases="fuzzing")
    assert not found.failed, found.report
    assert found.requests >= 20


def test_every_reference_of_the_document_leads_somewhere() -> None:
    """Given the document, then no schema that it refers to is missing: some models are both read and written."""
    document = build_openapi()
    text = json.dumps(document)
    named = set(document["components"]["schemas"])
    referred = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= named


def test_a_body_that_is_no_text_reaches_the_parser_as_it_came() -> None:
    """Given bytes that are no UTF-8, which the gateway hands over in base64, then they are refused, not failed on."""
    exchange = Exchange()
    content = b"z\x1b\xff\xfe"
    event = {"body": base64.b64encode(content).decode(), "isBase64Encoded": True}
    exchange.router.current_event = APIGatewayProxyEventV2(event)
    assert exchange.body == content
    with pytest.raises(RequestNotJson):
        parse_body(exchange.body, TurnRequest)


@pytest.mark.parametrize(
    "fields",
    [
        {"telemetry": [{"kind": "waited", "seconds": False}]},
        {"telemetry": [{"kind": "waited", "seconds": "3"}]},
        {"telemetry": [{"kind": "waited", "at": 0}]},
        {"text": "hi", "at": 1_700_000_000},
        {"text": "hi", "customer": {"tenure_months": "12"}},
        {"text": "hi", "consent": {"store_context": "no"}},
    ],
)
def test_a_value_of_another_type_is_refused(fields: dict[str, Any]) -> None:
    """Given a value that the document does not describe, then it is refused, not bent into shape."""
    body = json.dumps({"turn_id": "t", "channel": "web_chat", **fields}).encode()
    with pytest.raises(RequestInvalid):
        parse_body(body, TurnRequest)


@given(JSON)
def test_any_json_is_taken_or_refused_by_the_parsers(document: Any) -> None:
    """Given any JSON, then a request is valid or refused by an error that has an answer."""
    for model in (TurnRequest, HandoffEvent):
        with pytest.raises(ReliefError):
            parse_body(json.dumps(document).encode(), model)


def spoiled(event: Any, chance: Any) -> Any:
    """Return an event with one of its values replaced by something else."""
    if isinstance(event, dict) and event:
        name = chance(st.sampled_from(sorted(event)))
        return {**event, name: spoiled(event[name], chance)}
    if isinstance(event, list) and event:
        return [spoiled(event[0], chance), *event[1:]]
    return chance(JSON)


def sample(path: str) -> Any:
    """Read an event that the project has."""
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_spoiled_event_of_another_system_is_taken_refused_or_answered(data: st.DataObject) -> None:
    """Given an event with a field of any other type, then no adapter fails in a way that it does not know."""
    for path, adapter in (
        ("tests/events/chatwoot_message.json", read_message),
        ("tests/events/contact_lens_rule.json", read_rule_event),
        ("tests/events/chatwoot_message.json", read_signed_turn),
    ):
        event = spoiled(sample(path), data.draw)
        try:
            adapter(event)
        except (ReliefError, ValidationError):
            continue


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_a_flow_or_a_bot_always_gets_an_answer(data: st.DataObject) -> None:
    """Given a spoiled event and a turn service that is down, then Connect and Lex are told to hand over."""
    flat = answer_connect(spoiled(sample("functions/connect/event.json"), data.draw), NoTurns(), "r-1", NOW)
    assert flat["relief_action"] == "escalate"
    assert all(isinstance(value, str) for value in flat.values())
    answer = answer_lex(spoiled(sample("functions/lex/event.json"), data.draw), NoTurns(), NOW)
    assert answer["sessionState"]["dialogAction"]["type"]


@given(st.binary(max_size=200))
def test_any_bytes_are_redacted_once_and_open_no_policy(data: bytes) -> None:
    """Given any bytes, then both targets of the fuzzers hold."""
    fuzz_redaction(data)
    fuzz_policy(data)
