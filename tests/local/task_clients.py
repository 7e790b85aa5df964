"""What workflow tasks call services with, in place of boto3 clients: the same requests and answers, no HTTP between."""

import functools
import io
import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

import botocore.session
from botocore.exceptions import ClientError
from botocore.model import ServiceModel

from tests.local.errors import LocalStackError
from tests.local.functions import Functions, ThrottledError, UnknownFunctionError
from tests.local.services import Services

# boto3's name of a service, and the name under which the hook knows it.
_SERVICES: Final = {"dynamodb": "dynamodb", "events": "eventbridge", "sqs": "sqs", "stepfunctions": "sfn"}


class TaskClients:
    """The clients of the workflow tasks, made once each."""

    def __init__(self, services: Services, functions: Functions) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {"lambda": _LambdaClient(functions)}

    def prepare(self) -> None:
        """Make the clients of all services that workflows can call."""
        for service in _SERVICES:
            self.client_for(service)

    def client_for(self, service: str) -> Any:
        """Return what behaves like ``boto3.client(service)``.

        Raises:
            LocalStackError: No workflow of the local stack can call this service.
        """
        client = self._clients.get(service)
        if client is None:
            with self._lock:
                client = self._clients.get(service) or _ServiceClient(self._services, service)
                self._clients[service] = client
        return client


class _ServiceClient:
    """A client for a service with a JSON protocol: ``client.get_item(TableName=...)``."""

    def __init__(self, services: Services, service: str) -> None:
        if service not in _SERVICES:
            message = f"Workflows of the local stack cannot call {service}, only {', '.join(_SERVICES)}."
            raise LocalStackError(message)
        self._services = services
        self._service = _SERVICES[service]
        model = botocore.session.get_session().get_service_model(service)
        self._prefix = model.metadata["targetPrefix"]
        self._operations = {_snake_case(name): name for name in model.operation_names}
        self._error_classes = _error_classes(model)

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        if name not in self._operations:
            raise AttributeError(name)
        call = functools.partial(self._call, self._operations[name])
        setattr(self, name, call)  # found without this method the next time
        return call

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        status, answer = self._services.call(self._service, f"{self._prefix}.{operation}", parameters)
        if status >= 400:
            raise self._error(operation, status, answer)
        return answer

    def _error(self, operation: str, status: int, answer: Mapping[str, Any]) -> ClientError:
        code = str(answer.get("__type", "")).rpartition("#")[2]
        message = str(answer.get("message") or answer.get("Message") or "")
        return _client_error(self._error_classes.get(code, ClientError), code, message, status, operation)


def _snake_case(name: str) -> str:
    return str(botocore.xform_name(name))


def _error_classes(model: ServiceModel) -> dict[str, type[ClientError]]:
    """Return a class for each error that the service's model names; workflows tell errors by the class's name."""
    return {shape.name: type(shape.name, (ClientError,), {}) for shape in model.error_shapes}


class _LambdaClient:
    """The one operation that tasks need of Lambda."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def invoke(self, **parameters: Any) -> dict[str, Any]:
        name = parameters["FunctionName"]
        try:
            invocation = self._functions.invoke(name, parameters.get("Payload", b"{}"))
        except ThrottledError as error:
            raise _client_error(ClientError, "TooManyRequestsException", "Rate Exceeded.", 429, "Invoke") from error
        except UnknownFunctionError as error:
            message = f"Function not found: {name}"
            raise _client_error(ClientError, "ResourceNotFoundException", message, 404, "Invoke") from error
        answer = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": io.BytesIO(invocation.payload)}
        if invocation.error:
            answer["FunctionError"] = invocation.error
        return answer


def _client_error(kind: type[ClientError], code: str, message: str, status: int, operation: str) -> ClientError:
    metadata = {"HTTPStatusCode": status, "RequestId": str(uuid.uuid4())}
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}
    return kind(response, operation)
