"""Answers the operations of AWS's interfaces, whichever way they come in: by boto3 in this process, or by HTTP."""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote

from pydantic_core import from_json, to_json

from tests.local.asynchronous import AsynchronousInvocations
from tests.local.engine import Engine, ExecutionRefusedError
from tests.local.faults import Faults
from tests.local.functions import Functions, ThrottledError, UnknownFunctionError
from tests.local.moto_backends import Response

_INVOCATION_PATH: Final = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")

_JSON: Final = "application/x-amz-json-1.0"

Answer = Callable[[], Response | None]


class Operations:
    """What the stack answers itself, before or instead of moto: injected errors, invocations, executions."""

    def __init__(
        self, faults: Faults, functions: Functions, asynchronous: AsynchronousInvocations, engine: Engine
    ) -> None:
        self._faults = faults
        self._asynchronous = asynchronous
        self._functions = functions
        self._engine = engine

    def has_fault(self, service: str, operation: str) -> bool:
        """Tell whether an error is injected into this operation."""
        return self._faults.has_operation(service, operation)

    def answer(
        self, service: str, operation: str, path: str, headers: Mapping[str, Any], body: bytes
    ) -> Response | None:
        """Answer an operation, or return None where it is moto's.

        `service` and `operation` have botocore's spelling: "dynamodb", "PutItem"; "sfn", "StartSyncExecution".
        """
        fault = self._faults.take_operation(service, operation)
        if fault:
            return error_response(fault.status, fault.error_code, fault.message)
        match service, operation:
            case "lambda", "Invoke":
                return self._invoke(path, headers, body)
            case "sfn", "StartSyncExecution":
                return self._execute(self._engine.start_sync, body)
            case "sfn", "StartExecution" if self._engine.knows(json.loads(body).get("stateMachineArn")):
                return self._execute(self._engine.start, body)
            case _:
                return None

    def _invoke(self, path: str, headers: Mapping[str, Any], body: bytes) -> Response:
        found = _INVOCATION_PATH.search(path)
        name = unquote(found["name"]) if found else ""
        kind = headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        if isinstance(kind, bytes):
            kind = kind.decode()
        try:
            if kind == "Event":
                self._asynchronous.invoke(self._functions.get(name).arn, body)
                return 202, {}, b""
            invocation = self._functions.invoke(name, body)
        except UnknownFunctionError:
            return error_response(404, "ResourceNotFoundException", f"Function not found: {name}")
        except ThrottledError:
            return error_response(429, "TooManyRequestsException", "Rate Exceeded.")
        answer = {"Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST"}
        if invocation.error:
            answer["X-Amz-Function-Error"] = invocation.error
        return 200, answer, invocation.payload

    def _execute(self, start: Callable[..., dict[str, Any]], body: bytes) -> Response:
        request = from_json(body)
        try:
            answer = start(request.get("stateMachineArn", ""), request.get("input", "{}"), request.get("name"))
        except ExecutionRefusedError as error:
            return error_response(400, error.code, str(error))
        return 200, {"Content-Type": _JSON}, to_json(answer)


def error_response(status: int, code: str, message: str) -> Response:
    """Return an error in the form that all of AWS's JSON protocols understand."""
    headers = {"Content-Type": _JSON, "x-amzn-ErrorType": code, "x-amzn-RequestId": str(uuid.uuid4())}
    return status, headers, json.dumps({"__type": code, "message": message, "Message": message}).encode()
