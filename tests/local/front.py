"""The HTTP front: acts as API Gateway's HTTP API, routes and token checks included."""

import base64
import json
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl

from tests.local import cloud
from tests.local.functions import Functions, ThrottledError
from tests.local.issuer import CONFIGURATION_PATH, JWKS_PATH, Issuer
from tests.local.parts import Route
from tests.local.roles import TOKEN_PATH, RolePicker
from tests.local.throttles import Throttles
from tests.local.tokens import InvalidTokenError, Verified, Verifier

MAX_BODY_BYTES: Final = 10 * 1024 * 1024

# Bodies of these types reach a function as text, all others in base64.
_TEXT_TYPES: Final = re.compile(r"(text/.*|application/(json|javascript|xml|.*\+json|.*\+xml))\s*(;.*)?", re.IGNORECASE)

_API_ID: Final = "local"
_PRIVATE_JSON: Final = [("content-type", "application/json"), ("cache-control", "no-store")]

Json = dict[str, Any]
StartResponse = Callable[[str, list[tuple[str, str]]], object]


@dataclass(frozen=True)
class _Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def _message(status: int, text: str, *headers: tuple[str, str]) -> _Answer:
    """Return one of API Gateway's own answers, whose form no HTTP API can change."""
    return _Answer(
        status,
        [("content-type", "application/json"), *headers],
        json.dumps({"message": text}, separators=(",", ":")).encode(),
    )


_NOT_FOUND: Final = _message(404, "Not Found")
_TOO_LARGE: Final = _message(413, "Request Entity Too Large")
_TOO_MANY: Final = _message(429, "Too Many Requests")
_FUNCTION_FAILED: Final = _message(500, "Internal Server Error")
_UNAVAILABLE: Final = _message(503, "Service Unavailable")


class Front:
    """The WSGI application of the HTTP API."""

    def __init__(
        self,
        routes: Iterable[Route],
        functions: Functions,
        verifier: Verifier,
        issuer: Issuer,
        picker: RolePicker,
        throttles: Throttles | None = None,
    ) -> None:
        self._routes = _RouteTable(routes)
        self._functions = functions
        self._verifier = verifier
        self._picker = picker
        self._throttles = throttles
        self._published = {
            JWKS_PATH: json.dumps(issuer.key_set).encode(),
            CONFIGURATION_PATH: json.dumps(issuer.configuration).encode(),
        }

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._answer(environ)
        phrase = HTTPStatus(answer.status).phrase if answer.status in _STATUSES else "Answer"
        headers = [*answer.headers, ("content-length", str(len(answer.body)))]
        start_response(f"{answer.status} {phrase}", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [answer.body]

    def _answer(self, environ: Mapping[str, Any]) -> _Answer:
        method = environ["REQUEST_METHOD"]
        # WSGI hands the bytes of the decoded path over as Latin-1.
        path = environ.get("PATH_INFO", "/").encode("latin-1").decode("utf-8", "replace") or "/"
        if method == "GET" and path in self._published:
            return _Answer(200, [("content-type", "application/json")], self._published[path])
        if path == TOKEN_PATH:
            status, document = self._picker.answer(environ)
            return _Answer(status, _PRIVATE_JSON, json.dumps(document).encode())
        found = self._routes.find(method, path)
        if found is None:
            return _NOT_FOUND
        route, path_parameters = found
        if self._throttles is not None and not self._throttles.admit(route.key):
            return _TOO_MANY
        try:
            verified = self._authorize(route, environ.get("HTTP_AUTHORIZATION", ""))
        except _RefusedError as refused:
            return refused.answer
        body = _read_body(environ)
        if body is None:
            return _TOO_LARGE
        return self._invoke(route.function, _event(environ, path, route, path_parameters, verified, body))

    def _authorize(self, route: Route, header: str) -> Verified | None:
        """Return what the token says, or None where the route needs none.

        Raises:
            _RefusedError: the token is missing, not valid, or lacks the route's scopes.
        """
        if route.scopes is None:
            return None
        try:
            verified = self._verifier.verify(_bearer(header))
        except InvalidTokenError as error:
            raise _RefusedError(_message(401, "Unauthorized", _challenge("invalid_token", str(error)))) from error
        if route.scopes and not verified.scopes & set(route.scopes):
            raise _RefusedError(_message(403, "Forbidden", _challenge("insufficient_scope", "the scope is missing")))
        return verified

    def _invoke(self, function: str, event: Json) -> _Answer:
        try:
            invocation = self._functions.invoke(function, json.dumps(event, ensure_ascii=False).encode())
        except ThrottledError:
            return _UNAVAILABLE
        if invocation.error:
            return _FUNCTION_FAILED
        try:
            return _mapped(json.loads(invocation.payload))
        except (ValueError, TypeError, AttributeError):
            return _FUNCTION_FAILED


_STATUSES: Final = frozenset(status.value for status in HTTPStatus)


class _RefusedError(Exception):
    """The request does not reach its function."""

    def __init__(self, answer: _Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def _read_body(environ: Mapping[str, Any]) -> bytes | None:
    """Return the body, or None if it is larger than API Gateway takes."""
    if int(environ.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        return None
    body: bytes = environ["wsgi.input"].read(MAX_BODY_BYTES + 1)
    return body if len(body) <= MAX_BODY_BYTES else None


def _challenge(error: str, description: str) -> tuple[str, str]:
    return ("www-authenticate", f'Bearer scope="" error="{error}" error_description="{description}"')


def _bearer(header: str) -> str:
    """Return the token of the Authorization header; API Gateway takes it with and without the word Bearer."""
    kind, _, token = header.strip().partition(" ")
    token = token.strip() if kind.lower() == "bearer" else header.strip()
    if not token:
        message = "there is no token"
        raise InvalidTokenError(message)
    return token


class _RouteTable:
    """Finds the route of a request: the most specific one wins."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._fixed: dict[tuple[str, str], Route] = {}
        self._patterns: list[tuple[re.Pattern[str], Route]] = []
        for route in routes:
            if "{" not in route.path and route.path != "$default":
                self._fixed[route.method, route.path] = route
            else:
                self._patterns.append((_pattern(route.path), route))
        self._patterns.sort(key=lambda entry: _vagueness(entry[1]))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the route and its path parameters."""
        fixed = self._fixed.get((method, path)) or self._fixed.get(("ANY", path))
        if fixed:
            return fixed, {}
        for pattern, route in self._patterns:
            if route.method in {method, "ANY"} and (match := pattern.fullmatch(path)):
                return route, match.groupdict()
        return None


def _pattern(path: str) -> re.Pattern[str]:
    if path == "$default":
        return re.compile(r".*", re.DOTALL)
    parts = re.split(r"\{(\w+)(\+?)\}", path)
    pattern = re.escape(parts[0])
    for name, greedy, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pattern += f"(?P<{name}>{'.+' if greedy else '[^/]+'})" + re.escape(text)
    return re.compile(pattern)


def _vagueness(route: Route) -> tuple[bool, bool, int, bool]:
    return (route.path == "$default", "+}" in route.path, route.path.count("{"), route.method == "ANY")


def _event(
    environ: Mapping[str, Any],
    path: str,
    route: Route,
    path_parameters: dict[str, str],
    verified: Verified | None,
    body: bytes,
) -> Json:
    """Return the event of the payload format 2.0."""
    headers = _headers(environ)
    cookies = headers.pop("cookie", "")
    event: Json = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": path,
        "rawQueryString": environ.get("QUERY_STRING", ""),
        "headers": headers,
        "requestContext": _request_context(environ, path, route, headers, verified),
        "isBase64Encoded": False,
    }
    query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if query:
        parameters: dict[str, list[str]] = {}
        for name, value in query:
            parameters.setdefault(name, []).append(value)
        event["queryStringParameters"] = {name: ",".join(values) for name, values in parameters.items()}
    if path_parameters:
        event["pathParameters"] = path_parameters
    if cookies:
        event["cookies"] = [cookie.strip() for cookie in cookies.split(";")]
    if body:
        event["body"], event["isBase64Encoded"] = _body(body, headers.get("content-type", ""))
    return event


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    headers.setdefault("x-amzn-trace-id", f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}")
    headers.setdefault("x-forwarded-for", environ.get("REMOTE_ADDR", "127.0.0.1"))
    headers.setdefault("x-forwarded-port", str(environ.get("SERVER_PORT", "")))
    headers.setdefault("x-forwarded-proto", "http")
    return headers


def _request_context(
    environ: Mapping[str, Any], path: str, route: Route, headers: Mapping[str, str], verified: Verified | None
) -> Json:
    now = datetime.now(UTC)
    host = headers.get("host", "127.0.0.1")
    context: Json = {
        "accountId": cloud.ACCOUNT,
        "apiId": _API_ID,
        "domainName": host,
        "domainPrefix": host.split(".")[0].split(":")[0],
        "http": {
            "method": environ["REQUEST_METHOD"],
            "path": path,
            "protocol": environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
            "sourceIp": environ.get("REMOTE_ADDR", "127.0.0.1"),
            "userAgent": headers.get("user-agent", ""),
        },
        "requestId": str(uuid.uuid4()),
        "routeKey": route.key,
        "stage": "$default",
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }
    if verified:
        claims = {name: _claim_text(value) for name, value in verified.claims.items()}
        # The scopes are those of the route that the token has; a route that names none gives null.
        scopes = sorted(verified.scopes & set(route.scopes or ())) or None
        context["authorizer"] = {"jwt": {"claims": claims, "scopes": scopes}}
    return context


def _claim_text(value: Any) -> str:
    """Return a claim as API Gateway hands it to functions: always a text."""
    match value:
        case bool():
            return "true" if value else "false"
        case list():
            return "[" + " ".join(_claim_text(item) for item in value) + "]"
        case _:
            return str(value)


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    if not content_type or _TEXT_TYPES.fullmatch(content_type):
        try:
            return body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode("ascii"), True


def _mapped(answer: Any) -> _Answer:
    """Map what the function returned to HTTP, as the payload format 2.0 says.

    Raises:
        ValueError, TypeError, AttributeError: The function returned something that cannot be mapped.
    """
    if not isinstance(answer, dict) or "statusCode" not in answer:
        # Without a status code the whole answer is the body.
        return _Answer(200, [("content-type", "application/json")], json.dumps(answer).encode())
    status = int(answer["statusCode"])
    if not 100 <= status <= 599:
        raise ValueError(status)
    body = answer.get("body")
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    content = base64.b64decode(text) if answer.get("isBase64Encoded") else text.encode()
    headers = [
        (str(name).lower(), str(value).lower() if isinstance(value, bool) else str(value))
        for name, value in (answer.get("headers") or {}).items()
        if str(name).lower() not in {"content-length", "transfer-encoding", "connection"}
    ]
    headers.extend(("set-cookie", str(cookie)) for cookie in answer.get("cookies") or [])
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    return _Answer(status, headers, content)
