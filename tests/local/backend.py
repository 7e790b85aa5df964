"""The way in to the services for everybody outside: an HTTP endpoint."""

import io
import json
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from tests.local.errors import LocalStackError
from tests.local.faults import Faults
from tests.local.hook import encoded
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
    content = encoded(body)
    start_response(f"{status} Answer", [*headers.items(), ("Content-Length", str(len(content)))])
    return [content]
