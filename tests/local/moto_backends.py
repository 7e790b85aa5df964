"""moto's backends: switching them on and off, asking them, and looking into them."""

import contextlib
import functools
import threading
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType
from typing import Any, Final
from unittest import mock
from urllib.parse import urlsplit

import jsonpath_ng.ext
from botocore import useragent, xform_name
from botocore.awsrequest import AWSPreparedRequest
from moto.backends import get_backend
from moto.core import parse, responses, serialize
from moto.core.base_backend import BackendDict
from moto.core.botocore_stubber import BotocoreStubber
from moto.core.common_models import BaseModel
from moto.core.config import default_user_config
from moto.core.responses import BaseResponse
from moto.core.utils import method_names_from_class
from moto.dynamodb.responses import DynamoHandler
from moto.events.responses import EventsHandler
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sqs.responses import SQSResponse
from moto.stepfunctions.responses import StepFunctionResponse
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from tests.local import cloud
from tests.local.errors import LocalStackError
from tests.local.message_queues import MessageQueue, find_queue

Response = tuple[int, Mapping[str, str], bytes | str]
"""Status, headers and body."""

_RESPONDERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "dynamodb": DynamoHandler.dispatch,
    "eventbridge": EventsHandler.dispatch,
    "sfn": StepFunctionResponse.dispatch,
    "sqs": SQSResponse.dispatch,
}

JSON_SERVICES: Final = frozenset(_RESPONDERS)
"""The services that :meth:`MotoBackends.respond_to_json` answers, by botocore's names."""

_HOSTS: Final = {
    "dynamodb": f"dynamodb.{cloud.REGION}.amazonaws.com",
    "eventbridge": f"events.{cloud.REGION}.amazonaws.com",
    "sfn": f"states.{cloud.REGION}.amazonaws.com",
    "sqs": f"sqs.{cloud.REGION}.amazonaws.com",
}


class _JsonRequest:
    """A request in a JSON protocol: as much of werkzeug's Request as moto then looks at."""

    method = "POST"
    content_type = "application/x-amz-json-1.0"
    values: Final[Mapping[str, str]] = MappingProxyType({})
    query_string = b""
    from_wsgi_server = False

    def __init__(self, service: str, target: str, body: bytes, path: str) -> None:
        self.headers = Headers([("X-Amz-Target", target), ("Content-Type", self.content_type)])
        self.data = body
        self.path = self.raw_path = path
        self.raw_url = f"https://{_HOSTS[service]}{path}"


def _pick_attribute(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return what looks up members of plain dictionaries directly: each DynamoDB attribute has ten members to try."""
    name_of = functools.cache(xform_name)

    def pick(self: Any, context: Any) -> Any:
        values = context.obj
        if type(values) is not dict or self.response_transformers:
            return original(self, context)
        key = context.key
        return values[key] if key in values else values.get(name_of(key))

    return pick


# Attribute values of these types are in moto as they are in JSON.
_PLAIN_TYPES: Final = frozenset({"S", "N", "BOOL", "NULL", "SS", "NS"})


def _attribute_value_serialized(moto_s_own: Callable[..., None]) -> Callable[..., None]:
    """Return what writes a structure; a plain DynamoDB attribute is passed on, not tried for each of ten types."""

    def serialize_structure(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if key and shape.name == "AttributeValue" and type(value) is dict and value.keys() <= _PLAIN_TYPES:
            serialized[key] = value
        else:
            moto_s_own(self, serialized, value, shape, key)

    return serialize_structure


def _attribute_value_parsed(moto_s_own: Callable[..., Any]) -> Callable[..., Any]:
    """Return what reads a structure, as above."""

    def parse_structure(self: Any, shape: Any, value: Any) -> Any:
        if shape.name == "AttributeValue" and type(value) is dict and value.keys() <= _PLAIN_TYPES:
            return value
        return moto_s_own(self, shape, value)

    return parse_structure


class MotoBackends:
    """moto's in-memory services of this process; there is one set of them, so one stack at a time."""

    def __init__(self) -> None:
        # moto checks a condition and writes in two steps, so without a lock two writers may both find it fulfilled.
        self._tables_lock = threading.RLock()
        # EventBridge writes into queues, hence one lock for both.
        self._messages_lock = threading.RLock()
        self._any_service = BotocoreStubber()
        self.wsgi_application = DomainDispatcherApplication(create_backend_app)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Begin with nothing, let moto run workflows that are started asynchronously, and in the end forget all."""
        BackendDict.reset()
        with contextlib.ExitStack() as mends:
            replace = mock.patch.object
            mends.enter_context(
                mock.patch.dict(default_user_config, {"stepfunctions": {"execute_state_machine": True}})
            )
            mends.enter_context(replace(BaseResponse, "setup_class", _set_up(BaseResponse.setup_class)))
            mends.enter_context(replace(BaseModel, "__new__", _untracked))
            # moto looks through a class, and draws 52 random letters, at each request.
            mends.enter_context(replace(responses, "method_names_from_class", _method_names))
            mends.enter_context(replace(responses, "gen_amzn_requestid_long", _request_id))
            picker = serialize.XFormedAttributePicker
            mends.enter_context(replace(picker, "__call__", _pick_attribute(picker.__call__)))
            passed_on = _attribute_value_serialized(serialize.BaseJSONSerializer._serialize_type_structure)
            mends.enter_context(replace(serialize.BaseJSONSerializer, "_serialize_type_structure", passed_on))
            taken_over = _attribute_value_parsed(parse.BaseJSONParser._parse_structure)
            mends.enter_context(replace(parse.BaseJSONParser, "_parse_structure", taken_over))
            # moto parses eight fixed paths anew for each event that it delivers.
            parse_path = functools.cache(jsonpath_ng.ext.parse)  # type: ignore[attr-defined] # the package has no __all__
            mends.enter_context(replace(jsonpath_ng.ext, "parse", parse_path))
            # botocore cleans the same words for its User-Agent at each request.
            sanitize = functools.cache(useragent.sanitize_user_agent_string_component)
            mends.enter_context(replace(useragent, "sanitize_user_agent_string_component", sanitize))
            yield
        BackendDict.reset()

    def lock_for(self, service: str, operation: str, *, waits: bool = False) -> AbstractContextManager[object]:
        """Return the lock to hold during an operation; `waits` tells that it may wait for messages."""
        if service == "dynamodb":
            return self._tables_lock
        if service in {"sqs", "eventbridge"} and not (operation == "ReceiveMessage" and waits):
            return self._messages_lock
        return nullcontext()

    def respond(self, service: str, request: AWSPreparedRequest, body: bytes) -> Response:
        """Let moto answer a request that botocore has prepared. The caller holds the lock."""
        target = request.headers.get("X-Amz-Target")
        if service not in _RESPONDERS or target is None:
            response: Response | None = self._any_service.process_request(request)
            return response or (404, {}, f"The local stack has no {service}.")
        return self.respond_to_json(service, _text(target), body, urlsplit(request.url).path)

    def respond_to_json(self, service: str, target: str, body: bytes, path: str = "/") -> Response:
        """Let moto answer a request in one of AWS's JSON protocols. The caller holds the lock.

        `target` is the header X-Amz-Target, such as "DynamoDB_20120810.GetItem".
        """
        try:
            status, headers, answer = _RESPONDERS[service](_JsonRequest(service, target, body, path))
        except HTTPException as error:
            return error.code or 500, dict(error.get_headers()), error.get_body()
        return status, headers, answer

    def create_stack(self, name: str, template: str, parameters: Mapping[str, str]) -> dict[str, str]:
        """Create a CloudFormation stack and return its outputs.

        Raises:
            LocalStackError: moto could not create it.
        """
        backend = get_backend("cloudformation")[cloud.ACCOUNT][cloud.REGION]
        try:
            with warnings.catch_warnings():
                # Else moto would leave out what it does not know, and go on.
                warnings.filterwarnings("error", message="Tried to parse .* not supported by moto")
                stack = backend.create_stack(name, template, dict(parameters), tags={})
            return {output["OutputKey"]: str(output["OutputValue"]) for output in stack.outputs or ()}
        except Exception as error:
            message = f"moto could not create the resources of the template: {type(error).__name__}: {error}"
            raise LocalStackError(message) from error

    def create_state_machine(self, name: str, definition: str, kind: str) -> None:
        """Create a state machine.

        Raises:
            LocalStackError: The definition is no Amazon States Language that moto can run.
        """
        # One that executes exists only after the configuration says so, hence not imported with the module.
        from moto.stepfunctions.parser.models import stepfunctions_parser_backends

        role = f"arn:aws:iam::{cloud.ACCOUNT}:role/{name}"
        try:
            stepfunctions_parser_backends[cloud.ACCOUNT][cloud.REGION].create_state_machine(
                name, definition, role, sm_type=kind
            )
        except Exception as error:
            message = f"The state machine {name} cannot be run: {error}"
            raise LocalStackError(message) from error

    def queue(self, name: str) -> MessageQueue:
        """Return the queue with this physical name, as its consumer sees it."""
        return MessageQueue(name, self._messages_lock)

    def queue_names(self) -> list[str]:
        """Return the physical names of all queues."""
        return sorted(get_backend("sqs")[cloud.ACCOUNT][cloud.REGION].queues)

    def messages(self, queue_name: str) -> list[str]:
        """Return the bodies of all messages in the queue, visible or not, oldest first."""
        with self._messages_lock:
            return [message.body for message in find_queue(queue_name)._messages]

    def message_count(self, queue_name: str) -> int:
        """Return how many messages are in the queue, visible or not."""
        return len(find_queue(queue_name)._messages)

    def table_items(self, table_name: str) -> list[dict[str, Any]]:
        """Return all items of the table in DynamoDB's JSON."""
        with self._tables_lock:
            table = get_backend("dynamodb")[cloud.ACCOUNT][cloud.REGION].get_table(table_name)
            return [item.to_json()["Attributes"] for item in table.all_items()]

    def table_names(self) -> list[str]:
        """Return the physical names of all tables."""
        return sorted(get_backend("dynamodb")[cloud.ACCOUNT][cloud.REGION].tables)


def _set_up(moto_s_own: Callable[..., None]) -> Callable[..., None]:
    """Return what prepares a handler of moto's: nothing but the JSON is read where nothing but JSON is sent."""

    def setup_class(self: Any, request: Any, *arguments: Any, **named: Any) -> None:
        if not isinstance(request, _JsonRequest):
            moto_s_own(self, request, *arguments, **named)
            return
        self.is_werkzeug_request = False
        self.normalized_request = request
        self.uri = request.raw_url
        self.parsed_url = urlsplit(self.uri)
        self.raw_body, self.body = request.data, request.data.decode()
        self.path = self.raw_path = request.path
        self.querystring = self.data = {}
        self.form_data = self.uri_match = {}
        self.method = request.method
        self.headers = request.headers
        self.region, self.partition, self.current_account = cloud.REGION, "aws", cloud.ACCOUNT
        self.response_headers = {"server": "amazon.com"}
        if self.automated_parameter_parsing:
            self.parse_parameters(request)

    return setup_class


def _untracked(cls: type[BaseModel], *_arguments: Any, **_named: Any) -> Any:
    """Make an item, a message or another object; moto alone keeps all it has ever made, deleted ones and copies too."""
    return super(BaseModel, cls).__new__(cls)


_method_names = functools.cache(method_names_from_class)


def _request_id(headers: dict[str, Any] | None = None) -> str:
    request_id = uuid.uuid4().hex
    if headers is not None:
        headers["x-amzn-requestid"] = request_id
    return request_id


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
