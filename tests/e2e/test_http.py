"""The API as an integrator meets it, over real HTTP."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from relief.contracts.vocabulary import Action, Owner
from tests.e2e.conftest import SCOPES, Caller
from tests.local.replay import call
from tests.local.stack import LocalStack

FIELDS = "session_id turn decision_id owner action mode signals intent reasons next handoff incident enforced degraded versions"


def test_one_call_brings_the_documented_answer(caller: Caller, session_id: str) -> None:
    """Given a turn, then every documented field is in the answer, and nothing else."""
    _, answer = caller.post(session_id, text="Where is my order A-20391?")
    assert list(answer) == FIELDS.split()
    assert answer["session_id"] == session_id
    assert answer["turn"] == 1
    assert set(answer["signals"]) == {"frustration", "urgency", "confusion", "politeness", "escalation_intent"}
    assert answer["next"]["options"] == ["talk_to_a_person", "start_over"]


def test_the_same_turn_again_returns_the_same_decision_and_writes_nothing(caller: Caller, session_id: str) -> None:
    """Given a turn that was posted, when it is posted again, then the answer is the same and the table too."""
    first = caller.post(session_id, text="my bill is wrong")
    before = caller.stack.items()
    again = caller.post(session_id, text="my bill is wrong")
    assert again == first
    assert caller.stack.items() == before


def test_the_same_turn_id_with_another_body_is_refused(caller: Caller, session_id: str) -> None:
    """Given a turn that was posted, when its id comes with other words, then it is a conflict."""
    caller.post(session_id, text="my bill is wrong")
    status, body = caller.post(session_id, text="my bill is right")
    problem = json.loads(body)
    assert status == 409
    assert problem["status"] == 409
    assert "turn_id" in problem["detail"]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"channel": "fax", "text": "x"}, {"channel"}),
        ({"text": "x", "telemetry": [{"kind": "sneezed"}], "colour": "blue"}, {"telemetry[0].kind", "colour"}),
        ({"text": "x" * 8001, "locale": "!"}, {"text", "locale"}),
        ({"facts": {"Order Number": "1"}, "text": "x"}, {"facts.Order Number"}),
        ({}, {"body"}),
        ({"text": "   "}, {"body"}),
        ({"turn_id": "", "text": "x"}, {"turn_id"}),
        ({"text": "x", "bot": {"outcome": "exploded"}, "customer": {"tier": "gold"}}, {"bot.outcome", "customer.tier"}),
    ],
)
def test_wrong_fields_are_named(caller: Caller, session_id: str, body: dict[str, Any], fields: set[str]) -> None:
    """Given wrong fields, then each one is named, and nothing is stored."""
    before = len(caller.stack.items())
    status, answer = caller.post(session_id, **body)
    problem = json.loads(answer)
    assert status == 422
    assert {one["field"] for one in problem["errors"]} == fields
    assert len(caller.stack.items()) == before


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[]", 400), (b'{"turn_id": NaN}', 400), (b'"' + b"x" * 40 * 1024 + b'"', 413)]
)
def test_a_body_that_is_no_turn_is_refused(caller: Caller, session_id: str, body: bytes, status: int) -> None:
    """Given a body that is not JSON, not an object, or too large, then a problem document says so."""
    parts = urlsplit(caller.stack.base_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    headers = {"Authorization": f"Bearer {caller.token}", "Content-Type": "application/json"}
    connection.request("POST", f"/v1/sessions/{session_id}/turns", body, headers)
    answer = connection.getresponse()
    problem = json.loads(answer.read())
    connection.close()
    assert (answer.status, problem["status"]) == (status, status)
    assert answer.getheader("Content-Type") == "application/problem+json"


def test_tokens_are_needed_and_scopes_count(stack: LocalStack, caller: Caller, session_id: str) -> None:
    """Given no token, a broken one, or one for something else, then the turn is refused."""
    wrong_scope = stack.token("relief/handoffs")
    assert caller.post(session_id, token="nonsense", text="hi")[0] == 401
    assert caller.post(session_id, token=wrong_scope, text="hi")[0] == 403
    assert call(stack, "GET", "/v1/handoffs?queue=billing", stack.token("relief/turns"))[0] == 403


def test_a_request_for_a_person_reaches_the_work_list(caller: Caller, session_id: str) -> None:
    """Given a plain request, then the hand-over is listed with summary, reason and priority, and can be read."""
    answer = caller.turn(session_id, "Can I please talk to a human about my bill?", facts={"order_number": "A-1"})
    listed = caller.handed_over(session_id)
    assert answer.action is Action.escalate
    assert answer.owner is Owner.queued
    assert len(listed) == 1
    assert listed[0]["state"] == "queued"
    assert listed[0]["reason"] == "CUSTOMER_REQUEST"
    assert listed[0]["summary"]["facts"] == {"order_number": "A-1"}
    status, one = call(caller.stack, "GET", f"/v1/handoffs/{listed[0]['handoff_id']}", caller.token)
    assert (status, one) == (200, listed[0])


def test_a_decision_can_be_explained(caller: Caller, session_id: str) -> None:
    """Given a decision, then its rules, margins and facts can be read under its id; an unknown one is 404."""
    answer = caller.turn(session_id, "my bill is wrong")
    status, record = call(caller.stack, "GET", f"/v1/decisions/{answer.decision_id}", caller.token)
    assert status == 200
    assert record["response"]["decision_id"] == answer.decision_id
    assert {rule["rule"] for rule in record["evaluated"]} >= {"person-requested", "risk-of-wrong-answer"}
    assert record["facts"]["turn"]["number"] == 1
    assert call(caller.stack, "GET", "/v1/decisions/dec_unknown", caller.token)[0] == 404


def test_health_and_description_are_open(stack: LocalStack) -> None:
    """Given no token, then liveness and the OpenAPI document can be read."""
    assert call(stack, "GET", "/v1/health", "none")[1]["status"] == "ok"
    document = call(stack, "GET", "/v1/openapi.json", "none")[1]
    assert document["openapi"] == "3.1.0"
    assert "/v1/sessions/{session_id}/turns" in document["paths"]


def test_nothing_that_is_stored_lasts_for_ever(caller: Caller, session_id: str) -> None:
    """Given turns of every kind, then each item has a time to live."""
    caller.turn(session_id, "a human please", customer={"ref": "customer-77"})
    caller.stack.drain()
    assert all("expires_at" in item for item in caller.stack.items())


def test_personal_data_is_not_stored_or_queued(caller: Caller, session_id: str) -> None:
    """Given personal data in every place a caller can put it, then no item of the table holds any."""
    canaries = (
        "ana.canary@example.com",
        "4111 1111 1111 1111",
        "+44 7700 900123",
        "hunter2canary",
        "customer-canary-9",
    )
    text = (
        f"I am at {canaries[0]}, card {canaries[1]}, call {canaries[2]}, my password is {canaries[3]}. A human please!"
    )
    caller.turn(
        session_id,
        text,
        customer={"ref": canaries[4]},
        bot={"said": f"Is {canaries[0]} right?"},
        facts={"account_email": canaries[0]},
        telemetry=[{"kind": "control_clicked", "target": canaries[0]}],
        evidence=[{"kind": "upload", "ref": canaries[0]}],
        preferences={"contact": canaries[2]},
    )
    caller.stack.drain()
    stored = json.dumps(caller.stack.items(), default=str)
    for canary in canaries:
        assert canary not in stored
        assert canary.replace(" ", "") not in stored
    assert "A human please" not in stored


def test_every_route_of_the_template_is_described(stack: LocalStack) -> None:
    """Given the template's routes, then they are the catalogue's, with the same scopes."""
    from relief.api.catalogue import ROUTES

    described = {(route.method, route.path): set(route.scopes) for route in ROUTES}
    deployed = {(route.method, route.path): set(route.scopes or ()) for route in stack.template.routes}
    assert deployed == described
    assert set(SCOPES.split()) == set().union(*deployed.values())


def test_facts_that_no_journey_lists_are_dropped_and_named(caller: Caller, session_id: str) -> None:
    """Given a fact without purpose, then its value is stored nowhere, the answer names it, and so does a repeat."""
    facts = {"order_number": "A-1", "shoe_size": "canary-42", "one_time_code": "canary-77"}
    answer = caller.turn(session_id, "My bill is wrong", journey="billing_dispute", facts=facts)
    assert answer.next.not_kept == ["shoe_size"]
    assert set(facts) <= set(answer.next.do_not_ask)
    assert caller.turn(session_id, "My bill is wrong", journey="billing_dispute", facts=facts) == answer
    handed_over = caller.turn(session_id, "I want a human", turn_id="t2")
    assert handed_over.handoff is not None
    assert set(handed_over.handoff.summary.facts) == {"order_number", "one_time_code"}
    stored = [item for item in caller.stack.items() if session_id in json.dumps(item, default=str)]
    assert "canary" not in json.dumps(stored, default=str)
