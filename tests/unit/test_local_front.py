"""The HTTP front answers as API Gateway's HTTP API does."""

import base64
import http.client
import json
import time
from typing import Any

import pytest

from tests.local import Fault, LocalStack
from tests.local.front import MAX_BODY_BYTES
from tests.unit.local_requests import request, turn

CONTEXT = "/v1/sessions/s-1/context"


def test_a_turn_runs_the_workflow(sample: LocalStack) -> None:
    reply = turn(sample, "I want to talk to a person")

    assert reply.status == 200
    assert reply.json == {"status": "SUCCEEDED", "output": {"action": "escalate", "queue": "general"}}


def test_an_open_route_needs_no_token(sample: LocalStack) -> None:
    reply = request(sample, "GET", "/v1/health")

    assert reply.status == 200
    assert "authorizer" not in reply.json["event"]["requestContext"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing/here"), ("DELETE", "/v1/health"), ("GET", "/v1/sessions//context")]
)
def test_an_unknown_route_is_not_found(sample: LocalStack, method: str, path: str) -> None:
    reply = request(sample, method, path)

    assert (reply.status, reply.json) == (404, {"message": "Not Found"})


def test_a_missing_token_is_unauthorized(sample: LocalStack) -> None:
    reply = request(sample, "GET", CONTEXT)

    assert (reply.status, reply.body) == (401, b'{"message":"Unauthorized"}')
    assert reply.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "claims",
    [
        {"lifetime_seconds": -1},
        {"iss": "https://example.com"},
        {"aud": "somebody-else"},
        {"nbf": time.time() + 3600},
        {"iat": time.time() + 3600},
        {"exp": None},
        {"exp": "tomorrow"},
    ],
    ids=str,
)
def test_a_token_with_wrong_claims_is_unauthorized(sample: LocalStack, claims: dict[str, Any]) -> None:
    token = sample.token("relief/context.agent", **claims)

    assert request(sample, "GET", CONTEXT, token=token).status == 401


def test_a_token_signed_by_somebody_else_is_unauthorized(sample: LocalStack) -> None:
    header, payload, signature = sample.token("relief/context.agent").split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    forged = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "me"}).encode()).decode().rstrip("=")

    assert request(sample, "GET", CONTEXT, token=f"{header}.{forged}.{signature}").status == 401
    assert request(sample, "GET", CONTEXT, headers={"Authorization": "no token at all"}).status == 401


def test_a_remembered_token_still_expires(sample: LocalStack) -> None:
    token = sample.token("relief/context.agent", lifetime_seconds=2)
    assert request(sample, "GET", CONTEXT, token=token).status == 200

    time.sleep(2.1)

    assert request(sample, "GET", CONTEXT, token=token).status == 401


def test_a_token_without_the_scope_is_forbidden(sample: LocalStack) -> None:
    reply = request(sample, "GET", CONTEXT, token=sample.token("relief/turns"))

    assert (reply.status, reply.body) == (403, b'{"message":"Forbidden"}')


def test_one_of_the_scopes_is_enough(sample: LocalStack) -> None:
    token = sample.token("relief/context.customer relief/turns", session_id="s-1")

    reply = request(sample, "GET", CONTEXT, token=token)

    assert reply.status == 200
    authorizer = reply.json["event"]["requestContext"]["authorizer"]["jwt"]
    assert authorizer["scopes"] == ["relief/context.customer"]
    assert authorizer["claims"]["session_id"] == "s-1"
    assert all(isinstance(value, str) for value in authorizer["claims"].values())


def test_a_token_of_cognito_s_shape_has_its_audience_in_client_id(sample: LocalStack) -> None:
    token = sample.token("relief/context.agent", aud=None, client_id=sample.issuer.audience)

    assert request(sample, "GET", CONTEXT, token=token).status == 401, "an audience that is there decides"


def test_the_event_has_the_payload_format_2(sample: LocalStack) -> None:
    reply = request(
        sample,
        "GET",
        "/v1/sessions/caf%C3%A9%20one/context?view=agent&tag=a&tag=b&empty=",
        token=sample.token("relief/context.agent"),
        headers={"X-Trace": "abc", "Cookie": "a=1; b=2"},
    )

    event = reply.json["event"]
    assert event["version"] == "2.0"
    assert event["routeKey"] == "GET /v1/sessions/{session_id}/context"
    assert event["rawPath"] == "/v1/sessions/café one/context"
    assert event["pathParameters"] == {"session_id": "café one"}
    assert event["rawQueryString"] == "view=agent&tag=a&tag=b&empty="
    assert event["queryStringParameters"] == {"view": "agent", "tag": "a,b", "empty": ""}
    assert event["headers"]["x-trace"] == "abc"
    assert event["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in event["headers"]
    assert event["requestContext"]["http"]["method"] == "GET"
    assert event["isBase64Encoded"] is False
    assert "body" not in event


def test_a_function_s_cookies_become_headers(sample: LocalStack) -> None:
    assert request(sample, "GET", "/v1/health").headers["set-cookie"] == "seen=1"


def test_an_error_of_the_function_is_hidden(sample: LocalStack) -> None:
    sample.faults.set("api", Fault.fail)

    reply = request(sample, "GET", "/v1/health")

    assert (reply.status, reply.json) == (500, {"message": "Internal Server Error"})


def test_a_throttled_function_is_unavailable(sample: LocalStack) -> None:
    sample.faults.set("api", Fault.throttle, times=1)

    assert request(sample, "GET", "/v1/health").status == 503
    assert request(sample, "GET", "/v1/health").status == 200


@pytest.mark.parametrize("rubbish", ["string", "null", "list"])
def test_an_answer_without_status_becomes_the_body(sample: LocalStack, rubbish: str) -> None:
    sample.faults.set("api", Fault.rubbish, rubbish=rubbish)

    assert request(sample, "GET", "/v1/health").status == 200


def test_an_answer_of_the_wrong_types_is_an_error(sample: LocalStack) -> None:
    sample.faults.set("api", Fault.rubbish, rubbish="wrong_types")

    assert request(sample, "GET", "/v1/health").status == 500


def test_a_body_over_ten_megabytes_is_refused(sample: LocalStack) -> None:
    reply = request(
        sample,
        "POST",
        "/v1/sessions/s/turns",
        token=sample.token("relief/turns"),
        body=b" " * (MAX_BODY_BYTES + 1),
        headers={"Content-Type": "application/json"},
    )

    assert reply.status == 413


def test_the_issuer_publishes_its_keys(sample: LocalStack) -> None:
    configuration = request(sample, "GET", "/.well-known/openid-configuration").json
    keys = request(sample, "GET", "/.well-known/jwks.json").json["keys"]

    assert configuration["issuer"] == sample.issuer.url
    assert [key["alg"] for key in keys] == ["RS256"]
    assert "d" not in keys[0], "the private part stays private"


def test_a_connection_serves_many_requests(sample: LocalStack) -> None:
    connection = http.client.HTTPConnection(sample.base_url.removeprefix("http://"))
    for _ in range(3):
        connection.request("GET", "/v1/health")
        response = connection.getresponse()
        response.read()
        assert (response.status, response.version, response.will_close) == (200, 11, False)
    connection.close()
