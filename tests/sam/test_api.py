"""The HTTP API with its functions in containers: `sam local start-api` before the local stack."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import Any
from uuid import uuid4

from relief.contracts.decision import TurnResponse
from tests.sam.conftest import ROOT, Stack, signature_of


def call(url: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """Send one request, and return status and body."""
    request = urllib.request.Request(url, data=body, headers=headers or {})  # noqa: S310 - a server of these tests
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def signed_turn(start_api: str, stack: Stack, session_id: str, text: str) -> TurnResponse:
    """Have a turn decided over the route that a signature opens."""
    turn = {"session_id": session_id, "turn": {"turn_id": "t1", "channel": "web_chat", "text": text}}
    body = json.dumps(turn).encode()
    headers = {"content-type": "application/json", **signature_of(body, stack)}
    status, answer = call(f"{start_api}/v1/webhooks/turns", body, headers)
    assert status == 200, answer
    return TurnResponse.model_validate_json(answer)


def work_list(stack: Stack, queue: str) -> list[dict[str, Any]]:
    """Return the hand-overs that wait, as a desk reads them."""
    mint = [sys.executable, "-m", "tests.local", "token", "--scopes", "relief/handoffs"]
    token = subprocess.run(mint, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
    status, answer = call(f"{stack.base_url}/v1/handoffs?queue={queue}", headers={"authorization": f"Bearer {token}"})
    assert status == 200, answer
    items: list[dict[str, Any]] = json.loads(answer)["items"]
    return items


def test_the_open_routes_answer(start_api: str) -> None:
    """Given nothing, then liveness, the API's description and the console's page are there."""
    assert call(f"{start_api}/v1/health")[0] == 200
    status, document = call(f"{start_api}/v1/openapi.json")
    assert (status, json.loads(document)["openapi"][:3]) == (200, "3.1")
    status, page = call(f"{start_api}/")
    assert status == 200
    assert page.startswith("<!doctype html>")


def test_without_a_gateway_that_verifies_tokens_nothing_else_opens(start_api: str) -> None:
    """Given that SAM runs no JWT authorizer, when a route that needs a scope is called, then the function refuses."""
    for path in ("/v1/handoffs", "/v1/metrics", "/v1/policies", "/v1/sessions/demo/export"):
        status, answer = call(f"{start_api}{path}", headers={"authorization": "Bearer made.up.token"})
        assert status in {401, 403}, (path, answer)


def test_a_request_for_a_person_goes_all_the_way_to_the_desk(start_api: str, stack: Stack) -> None:
    """Given a signed turn, then it is handed over in one call, is the same when repeated, and waits on the work list."""
    session_id = f"sam-{uuid4().hex[:8]}"
    response = signed_turn(start_api, stack, session_id, "I want to talk to a person, please")
    assert response.action == "escalate"
    assert response.handoff is not None
    assert response.degraded == []
    assert signed_turn(start_api, stack, session_id, "I want to talk to a person, please") == response
    deadline = time.monotonic() + 30
    while not [one for one in work_list(stack, response.handoff.queue) if one["session_id"] == session_id]:
        assert time.monotonic() < deadline, "the hand-over did not reach the work list"
        time.sleep(0.5)
