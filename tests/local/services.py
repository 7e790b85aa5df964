"""All services of a stack behind one door."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from pydantic_core import from_json, to_json

from tests.local.moto_backends import JSON_SERVICES, MotoBackends, Response
from tests.local.operations import Operations


class Services:
    """Answers the operations of AWS's interfaces: what the stack has to say itself comes before what moto says."""

    def __init__(self, moto: MotoBackends, operations: Operations) -> None:
        self.moto = moto
        self.operations = operations

    def respond(self, service: str, operation: str, request: AWSPreparedRequest) -> Response:
        """Answer a request that botocore prepared in this process."""
        body = _body_of(request)
        answer = self.operations.answer(service, operation, urlsplit(request.url).path, dict(request.headers), body)
        if answer is not None:
            return answer
        with self.moto.lock_for(service, operation, waits=b"WaitTimeSeconds" in body):
            return self.moto.respond(service, request, body)

    def respond_directly(
        self, service: str, operation: str, target: str, request: Mapping[str, Any]
    ) -> Response | None:
        """Answer a known JSON protocol's request, unless an error is injected: that goes the long way."""
        if service not in JSON_SERVICES or self.operations.has_fault(service, operation):
            return None
        return self.respond_to_json(service, target, request)

    def respond_to_json(self, service: str, target: str, request: Mapping[str, Any]) -> Response:
        """Answer a request of a JSON protocol that botocore has not prepared for the network yet."""
        body = request["body"]
        content = body.encode() if isinstance(body, str) else bytes(body)
        operation = target.rpartition(".")[2]
        answer = self.operations.answer(service, operation, "/", request["headers"], content)
        if answer is not None:
            return answer
        with self.moto.lock_for(service, operation, waits=b"WaitTimeSeconds" in content):
            return self.moto.respond_to_json(service, target, content)

    def call(self, service: str, target: str, parameters: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Perform an operation of a JSON protocol without a client; return the HTTP status and the answer."""
        status, _, answer = self.respond_to_json(service, target, {"body": to_json(parameters), "headers": {}})
        return status, from_json(answer or "{}")


def _body_of(request: AWSPreparedRequest) -> bytes:
    body = request.body
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    content = body.read()
    body.seek(0)
    return content if isinstance(content, bytes) else content.encode()
