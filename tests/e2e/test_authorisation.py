"""The authorisation matrix: every route by every kind of token, at the gateway and again in the function.

Whatever a token does not allow gets 401 or 403, and nothing is read or written. Routes and scopes come from the
catalogue, which ``test_http`` holds against the template: a new route is in the matrix the day it is added.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest

from relief.api.catalogue import ROUTES, Route
from tests.e2e.conftest import Caller
from tests.local.issuer import Issuer
from tests.local.replay import call
from tests.local.stack import LocalStack
from tests.local.tokens import mint
from tests.recording import recorded

CLOSED: Final = [route for route in ROUTES if route.scopes]
SCOPES: Final = sorted({scope for route in CLOSED for scope in route.scopes} | {"relief/metrics", "relief/incidents"})
CUSTOMER: Final = "relief/context.customer"
READS: Final = ("GetItem", "BatchGetItem", "Query")
BODIES: Final[dict[str, dict[str, Any]]] = {
    "turns": {"turn_id": "t9", "channel": "sms", "text": "hello"},
    "events": {"event_id": "e9", "kind": "accepted"},
    "feedback": {"timing": "right"},
    "outcome": {"outcome": "resolved"},
    "replay": {"policy": {}, "decision_ids": ["dec_1"]},
}


class Target(NamedTuple):
    """A session with a hand-over: everything that a route may lead to."""

    session_id: str
    decision_id: str
    handoff_id: str

    def path(self, route: Route) -> str:
        """Return the route's path to this session."""
        known = {**self._asdict(), "customer_ref": f"customer-of-{self.session_id}", "name": "diagnosis"}
        path = re.sub(r"\{(\w+)\}", lambda match: known.get(match[1], "unknown"), route.path)
        queries = {"/v1/handoffs": "?queue=billing", "/v1/prompts/{name}": f"?session_id={self.session_id}"}
        return path + queries.get(route.path, "")


def named(route: Route) -> str:
    """Name a route in the test's report."""
    return f"{route.method} {route.path}"


@pytest.fixture(scope="module")
def target(stack: LocalStack) -> Target:
    """A session that was handed over."""
    caller = Caller(stack)
    session_id = "matrix"
    customer = {"ref": f"customer-of-{session_id}"}
    answer = caller.turn(session_id, "I want a human", customer=customer, facts={"order_number": "A-1"})
    stack.drain()
    assert answer.handoff is not None
    return Target(session_id, answer.decision_id, answer.handoff.handoff_id)


def attempt(stack: LocalStack, route: Route, target: Target, token: str) -> int:
    """Call a route with a token; return the status."""
    body = BODIES.get(route.path.rpartition("/")[2]) if route.method in {"POST", "PUT"} else None
    return int(call(stack, route.method, target.path(route), token, body)[0])


def tampered(token: str) -> str:
    """Return the token with other claims under the old signature."""
    header, _, signature = token.split(".")
    other = mint(Issuer._new(), SCOPES).split(".")[1]
    return f"{header}.{other}.{signature}"


def bad_tokens(stack: LocalStack) -> Iterator[tuple[str, str, int]]:
    """Yield tokens that are worth nothing, though they name every scope, and the status that each gets."""
    yield "no token", "", 401
    yield "no JSON Web Token", "nonsense", 401
    yield "expired", stack.token(SCOPES, lifetime_seconds=-5), 401
    yield "not valid yet", stack.token(SCOPES, nbf=4_000_000_000), 401
    yield "of another issuer", stack.token(SCOPES, iss="https://issuer.example"), 401
    yield "for another audience", stack.token(SCOPES, aud="somebody-else"), 401
    yield "signed with another key", mint(Issuer._new(), SCOPES), 401
    yield "tampered with", tampered(stack.token("relief/turns")), 401
    yield "without a scope", stack.token(""), 403


@pytest.mark.parametrize("route", CLOSED, ids=named)
def test_the_gateway_lets_no_bad_token_through(stack: LocalStack, target: Target, route: Route) -> None:
    """Given tokens that are missing, forged, stale or empty, then each is refused before the function is called."""
    before = stack.items()
    with recorded(stack) as recording:
        for kind, token, status in bad_tokens(stack):
            assert attempt(stack, route, target, token) == status, kind
    assert recording.calls == []
    assert stack.items() == before


FOREIGN: Final = [(route, scope) for route in CLOSED for scope in SCOPES if scope not in route.scopes]


@pytest.mark.parametrize(("route", "scope"), FOREIGN, ids=[f"{named(route)} {scope}" for route, scope in FOREIGN])
def test_a_scope_opens_no_route_of_another(stack: LocalStack, target: Target, route: Route, scope: str) -> None:
    """Given a valid token of one role, then every other role's route refuses it, at the gateway already."""
    before = stack.items()
    with recorded(stack) as recording:
        assert attempt(stack, route, target, stack.token(scope, session_id=target.session_id)) == 403
    assert recording.calls == []
    assert stack.items() == before


def invoke(stack: LocalStack, route: Route, target: Target, claims: dict[str, str]) -> dict[str, Any]:
    """Call the api function as a gateway would that lets everything through."""
    path, _, query = target.path(route).partition("?")
    body = BODIES.get(route.path.rpartition("/")[2], {})
    names = re.findall(r"\{(\w+)\}", route.path)
    parts = dict(zip(names, [part for part in path.split("/") if part not in route.path.split("/")], strict=True))
    event = {
        "version": "2.0",
        "routeKey": named(route),
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"content-type": "application/json"},
        "queryStringParameters": dict([query.split("=")]) if query else None,
        "pathParameters": parts,
        "requestContext": {
            "http": {"method": route.method, "path": path, "sourceIp": "203.0.113.1", "protocol": "HTTP/1.1"},
            "stage": "$default",
            "requestId": "r",
            "authorizer": {"jwt": {"claims": claims, "scopes": []}} if claims else None,
        },
        "isBase64Encoded": False,
        "body": json.dumps(body),
    }
    answer: dict[str, Any] = json.loads(stack.functions.invoke("api", json.dumps(event).encode()).payload)
    return answer


@pytest.mark.parametrize("route", CLOSED, ids=named)
def test_the_function_checks_again(stack: LocalStack, target: Target, route: Route) -> None:
    """Given a gateway that checks nothing, then the function refuses every other scope, and reads and writes nothing."""
    before = stack.items()
    for operation in READS:
        stack.faults.set_operation("dynamodb", operation, error_code="AccessDeniedException")
    others = [scope for scope in SCOPES if scope not in route.scopes]
    wrong = [
        {},
        {"scope": ""},
        {"scope": "relief"},
        *({"scope": scope} for scope in others),
        {"scope": " ".join(others)},
    ]
    for claims in wrong:
        answer = invoke(stack, route, target, {**claims, "session_id": target.session_id} if claims else {})
        assert answer["statusCode"] == 403, (claims, answer)
        assert json.loads(answer["body"])["type"] == "urn:relief:problem:scope-missing"
    stack.faults.clear()
    assert stack.items() == before


@pytest.mark.parametrize("claims", [{}, {"session_id": "another"}, {"session_id": ""}], ids=["none", "other", "empty"])
@pytest.mark.parametrize("route", CLOSED, ids=named)
def test_a_customers_token_opens_no_other_session(
    stack: LocalStack, target: Target, route: Route, claims: dict[str, str]
) -> None:
    """Given a customer's token of another session or of none, then every route refuses it, and nothing is read."""
    before = stack.items()
    for operation in READS:
        stack.faults.set_operation("dynamodb", operation, error_code="AccessDeniedException")
    assert attempt(stack, route, target, stack.token(CUSTOMER, **claims)) == 403
    assert invoke(stack, route, target, {"scope": CUSTOMER, **claims})["statusCode"] == 403
    stack.faults.clear()
    assert stack.items() == before


OF_A_BOT: Final = [route for route in CLOSED if "relief/turns" in route.scopes]


@pytest.mark.parametrize("route", OF_A_BOT, ids=named)
def test_a_bots_token_that_is_tied_to_a_session_opens_no_other(stack: LocalStack, target: Target, route: Route) -> None:
    """Given a token for turns with another session's claim, then every route refuses it, and nothing is read."""
    before = stack.items()
    for operation in READS:
        stack.faults.set_operation("dynamodb", operation, error_code="AccessDeniedException")
    assert attempt(stack, route, target, stack.token("relief/turns", session_id="another")) == 403
    assert invoke(stack, route, target, {"scope": "relief/turns", "session_id": "another"})["statusCode"] == 403
    stack.faults.clear()
    assert stack.items() == before


@pytest.mark.parametrize("route", CLOSED, ids=named)
def test_a_customers_token_opens_what_is_theirs(stack: LocalStack, target: Target, route: Route) -> None:
    """Given the customer's own token, then it reads their view and their export, and opens nothing else."""
    token = stack.token(CUSTOMER, session_id=target.session_id)
    assert attempt(stack, route, target, token) == (200 if CUSTOMER in route.scopes else 403)


@pytest.mark.parametrize("route", CLOSED, ids=named)
def test_the_right_scope_opens_the_route(stack: LocalStack, caller: Caller, session_id: str, route: Route) -> None:
    """Given each scope that a route names, then it is let in: the refusals above are not for everybody."""
    for number, scope in enumerate(route.scopes):
        own = f"{session_id}-{number}"
        answer = caller.turn(own, "I want a human", customer={"ref": f"customer-of-{own}"})
        stack.drain()
        assert answer.handoff is not None
        target = Target(own, answer.decision_id, answer.handoff.handoff_id)
        assert attempt(stack, route, target, stack.token(scope, session_id=own)) not in {401, 403}
