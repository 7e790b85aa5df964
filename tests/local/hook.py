"""The way in to the services for every boto3 client of a process: it answers in place of the network."""

import io
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final, Protocol

import botocore.parsers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.handlers import BUILTIN_HANDLERS
from botocore.model import OperationModel

from tests.local.errors import LocalStackError
from tests.local.moto_backends import Response


class Answering(Protocol):
    """What answers the operations of AWS's interfaces: in this process, or by way of another."""

    def respond(self, service: str, operation: str, request: AWSPreparedRequest) -> Response:
        """Answer a request that botocore prepared for the network."""

    def respond_directly(
        self, service: str, operation: str, target: str, request: Mapping[str, Any]
    ) -> Response | None:
        """Answer a request of a JSON protocol before it is prepared, or return None where that is not the way."""


class _Hook:
    """Answers the requests of every boto3 client of this process, as long as something is plugged in."""

    def __init__(self) -> None:
        self.services: Answering | None = None

    def before_call(
        self, event_name: str, model: OperationModel, params: dict[str, Any], **_: Any
    ) -> tuple[AWSResponse, Any] | None:
        """Answer before botocore resolves an endpoint, signs and sends; an injected error goes the long way.

        The long way has botocore's retries, which an injected error is there to try out.
        """
        if self.services is None:
            return None
        service, operation = event_name.split(".", 2)[1:]
        target = params["headers"].get("X-Amz-Target")
        answer = None if target is None else self.services.respond_directly(service, operation, target, params)
        if answer is None:
            return None
        status, headers, body = answer
        response = AWSResponse(params["url_path"], status, headers_of(headers), None)
        return response, _parsed(model, {"status_code": status, "headers": response.headers, "body": encoded(body)})

    def before_send(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        """Answer in place of the network."""
        if self.services is None:
            return None
        service, operation = event_name.split(".", 2)[1:]
        status, headers, body = self.services.respond(service, operation, request)
        return AWSResponse(request.url, status, headers_of(headers), _RawBody(encoded(body)))


def _parsed(model: OperationModel, content: dict[str, Any]) -> Any:
    """Parse an answer as botocore's endpoint does."""
    parser: Any = botocore.parsers.create_parser(model.metadata["protocol"])
    parsed = parser.parse(content, model.output_shape)
    if content["status_code"] >= HTTPStatus.MULTIPLE_CHOICES:
        error_shape = model.service_model.shape_for_error_code(parsed["Error"]["Code"])
        if error_shape is not None:
            parsed.update(parser.parse(content, error_shape))
    return parsed


class _RawBody(io.BytesIO):
    """The body of a response, with the one method of urllib3's that botocore calls."""

    def stream(self, **_: Any) -> Iterable[bytes]:
        yield self.read()


def headers_of(headers: Mapping[str, str]) -> Any:
    """Return headers in the form that botocore's requests and responses have."""
    return HTTPHeaders.from_dict(dict(headers))


def encoded(body: bytes | str) -> bytes:
    """Return a body as bytes."""
    return body.encode() if isinstance(body, str) else body


_hook: Final = _Hook()
# botocore has no public way to add a handler to clients that others create; moto does the same.
BUILTIN_HANDLERS[:0] = [("before-call", _hook.before_call), ("before-send", _hook.before_send)]


def plug_in(services: Answering) -> None:
    """Let the services answer all boto3 clients of this process that were created since this module was imported.

    Raises:
        LocalStackError: Another stack is running in this process.
    """
    if _hook.services is not None:
        message = "A local stack is already running in this process; stop it first."
        raise LocalStackError(message)
    _hook.services = services


def unplug() -> None:
    """Let boto3 send its requests to AWS again."""
    _hook.services = None
