"""Requests to the sample application, for the tests of the local stack."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tests.local import LocalStack


@dataclass(frozen=True)
class Reply:
    """An answer of the HTTP API."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


def request(
    stack: LocalStack,
    method: str,
    path: str,
    *,
    token: str | None = None,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    url: str | None = None,
) -> Reply:
    """Send one request over a connection of its own; to another server than the HTTP API when a url is given."""
    connection = http.client.HTTPConnection(urlsplit(url or stack.base_url).netloc, timeout=20)
    sent = dict(headers or {})
    if token:
        sent["Authorization"] = f"Bearer {token}"
    try:
        connection.request(method, path, body=body, headers=sent)
        response = connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def turn(stack: LocalStack, text: str, *, session_id: str | None = None, turn_id: str | None = None) -> Reply:
    """Send a turn to the sample's workflow; without ids it is one of a kind."""
    return request(
        stack,
        "POST",
        f"/v1/sessions/{session_id or uuid4().hex}/turns",
        token=stack.token("relief/turns"),
        body=json.dumps({"turn_id": turn_id or uuid4().hex, "text": text}).encode(),
        headers={"Content-Type": "application/json"},
    )
