"""The two ways in to the services: a hook for boto3 in this process, and an HTTP endpoint for everybody else."""

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import botocore.parsers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.handlers import BUILTIN_HANDLERS
from botocore.model import OperationModel

from tests.local.errors import LocalStackError
from tests.local.faults import Faults
from tests.local.moto_backends import Response
from tests.local.operations import error_response
from tests.local.services import Services

StartResponse = Callable[[str, list[tuple[str, str]]], object]
WsgiApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

# The prefix of the header X-Amz-Target, and botocore's name of the service.
_TARGETS: Final = {
    "DynamoDB_20120810": "dynamodb",
    "AWSStepFunctions": "sfn",
    "AWSEvents": "eventbridge",
    "AmazonSQS": "sqs",
}


class _Hook:
    """Answers the requests of every boto3 client of this process, as long as a stack is plugged in."""

    def __init__(self) -> None:
        self.services: Services | None = None

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
        if target is None or not self.services.answers_directly(service, operation):
            return None
        status, headers, body = self.services.respond_to_json(service, target, params)
        response = AWSResponse(params["url_path"], status, _headers(headers), None)
        return response, _parsed(model, {"status_code": status, "headers": response.headers, "body": _encoded(body)})

    def before_send(self, event_name: str, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        """Answer in place of the network."""
        if self.services is None:
            return None
        service, operation = event_name.split(".", 2)[1:]
        status, headers, body = self.services.respond(service, operation, request)
        return AWSResponse(request.url, status, _headers(headers), _RawBody(_encoded(body)))


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


def _headers(headers: Mapping[str, str]) -> Any:
    return HTTPHeaders.from_dict(dict(headers))


def _encoded(body: bytes | str) -> bytes:
    return body.encode() if isinstance(body, str) else body


_hook: Final = _Hook()
# botocore has no public way to add a handler to clients that others create; moto does the same.
BUILTIN_HANDLERS[:0] = [("before-call", _hook.before_call), ("before-send", _hook.before_send)]


def plug_in(services: Services) -> None:
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


class Endpoint:
    """The WSGI application of the HTTP endpoint: AWS's interfaces, and /_local for the stack's own controls."""

    def __init__(self, services: Services, faults: Faults) -> None:
        self._services = services
        self._faults = faults

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "/")
        body = environ["wsgi.input"].read()
        if path.startswith("/_local"):
            return _send(self._control(environ["REQUEST_METHOD"], path, body), start_response)
        service, operation = _operation_of(environ["REQUEST_METHOD"], path, environ.get("HTTP_X_AMZ_TARGET", ""))
        headers = {"X-Amz-Invocation-Type": environ.get("HTTP_X_AMZ_INVOCATION_TYPE")}
        answer = self._services.operations.answer(service, operation, path, headers, body)
        if answer is not None:
            return _send(answer, start_response)
        environ["wsgi.input"] = io.BytesIO(body)
        moto = self._services.moto
        with moto.lock_for(service, operation, waits=b"WaitTimeSeconds" in body):
            # Rendered within the lock: what moto answers may refer to what the next request changes.
            return list(moto.wsgi_application(environ, start_response))

    def _control(self, method: str, path: str, body: bytes) -> Response:
        """Set, show and clear faults."""
        found = re.fullmatch(r"/_local/faults(?:/(?P<function>[\w-]+))?", path)
        if found is None:
            return error_response(404, "NotFound", "The controls are under /_local/faults.")
        function = found["function"]
        try:
            match method:
                case "PUT" if function:
                    wanted = json.loads(body or b"{}")
                    self._faults.set(function, wanted["kind"], rubbish=wanted.get("rubbish"), times=wanted.get("times"))
                case "DELETE":
                    self._faults.clear(function)
                case "GET":
                    pass
                case _:
                    return error_response(405, "MethodNotAllowed", "Use PUT, GET or DELETE.")
        except (LocalStackError, ValueError, KeyError, TypeError) as error:
            return error_response(400, "InvalidFault", f"{type(error).__name__}: {error}")
        return 200, {"Content-Type": "application/json"}, json.dumps(self._faults.describe()).encode()


def _operation_of(method: str, path: str, target: str) -> tuple[str, str]:
    if target:
        prefix, _, operation = target.rpartition(".")
        return _TARGETS.get(prefix, prefix), operation
    if method == "POST" and path.startswith("/2015-03-31/functions/") and path.endswith("/invocations"):
        return "lambda", "Invoke"
    return "", ""


def _send(response: Response, start_response: StartResponse) -> list[bytes]:
    status, headers, body = response
    content = _encoded(body)
    start_response(f"{status} Answer", [*headers.items(), ("Content-Length", str(len(content)))])
    return [content]
