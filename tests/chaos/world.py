"""The application under faults: the real handlers, definition and table conditions, with time and network simulated.

Everything runs on one thread and in virtual time, and whatever is left to chance is drawn from the conversation's seed,
so that a conversation that broke a promise can be run again exactly. The table is moto's, as on the local stack; bus,
queues and workflow are this package's own, because there threads and real waiting would come in.
"""

import contextlib
import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Self
from unittest import mock

from botocore.exceptions import ReadTimeoutError
from moto.backends import get_backend
from moto.dynamodb.models.dynamo_type import DynamoType
from pydantic_core import from_json, to_json

import relief.deliver.batch
from relief.api.services import load_services
from relief.incidents.services import make_unheard
from relief.observability import logger
from relief.privacy.secret import _fetch
from relief.settings import Settings, load_settings
from relief.store.bus import Bus
from tests.chaos.clock import Clock
from tests.chaos.machine import Machine, TaskFailedError
from tests.chaos.mail import Mail, Message
from tests.chaos.troubles import WORKFLOW, Kind, Troubles
from tests.local import cloud, hook
from tests.local.faults import Rubbish, rubbish_answer
from tests.local.functions import Invocation
from tests.local.interpreter import Ending
from tests.local.issuer import Issuer
from tests.local.moto_backends import Response
from tests.local.operations import error_response
from tests.local.patience import waited_for_until
from tests.local.sources import Consumer
from tests.local.stack import STACK_NAME, LocalStack
from tests.local.template import Template, project_template

_ENVIRONMENT: Final = {
    "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    # Read with every turn, because a real clock decides when it is read again.
    "POLICY_SECONDS": "0",
}
_SECRET: Final = json.dumps({"current": "k1", "k1": "c2VlZGVk" * 8})
_NEVER: Final = 60.0
"""How long a function hangs, seconds: longer than anybody waits."""

_WORKFLOW_SECONDS: Final = 6.5
"""How long the api function waits for the workflow (``relief.api.workflow``)."""

# Attempts and seconds that a client has, by the function that it is in; see the clients' configurations.
_QUICK: Final = (2, 1.0)
_PATIENCE: Final = {"route": (1, 0.4), "decide": (1, 0.4)}
_BACKOFF_SECONDS: Final = 0.1
_TABLES: Final = "DynamoDB_20120810"
_TASKS: Final = {
    "arn:aws:states:::dynamodb:getItem": ("dynamodb:GetItem", "DynamoDB"),
    "arn:aws:states:::dynamodb:updateItem": ("dynamodb:UpdateItem", "DynamoDB"),
    "arn:aws:states:::aws-sdk:dynamodb:query": ("dynamodb:Query", "DynamoDb"),
    "arn:aws:states:::aws-sdk:dynamodb:transactWriteItems": ("dynamodb:TransactWriteItems", "DynamoDb"),
    "arn:aws:states:::events:putEvents": ("eventbridge:PutEvents", "EventBridge"),
    "arn:aws:states:::sqs:sendMessage": ("sqs:SendMessage", "SQS"),
}
_INVOKE: Final = "arn:aws:states:::lambda:invoke"
_WRITES: Final = frozenset({"dynamodb:TransactWriteItems", "dynamodb:UpdateItem"})

# What an afflicted service says: HTTP status and code. The names are those that the definition retries, where it does.
_SAYS: Final = {
    ("dynamodb", Kind.error): (500, "InternalServerErrorException"),
    ("dynamodb", Kind.throttle): (400, "ProvisionedThroughputExceededException"),
    ("dynamodb", Kind.read_only): (400, "AccessDeniedException"),
    ("eventbridge", Kind.error): (500, "InternalException"),
    ("sqs", Kind.full_queue): (403, "OverLimit"),
    ("sqs", Kind.error): (500, "InternalErrorException"),
}
_LATER: Final = frozenset({Kind.error, Kind.throttle})
"""What clients try again at once."""


class _Parts(LocalStack):
    """The local stack without its threads: no servers, no consumers."""

    @classmethod
    def begin(cls) -> Self:
        issuer = Issuer.load(None)
        values = {"JwtIssuer": issuer.url, "JwtAudience": issuer.audience}
        parts = cls(Template(project_template(), stack_name=STACK_NAME, parameters=values), issuer)
        try:
            parts._start_services(_ENVIRONMENT, 0.2)
        except BaseException:
            parts.stop()
            raise
        return parts

    def _consumers(self) -> Iterator[Consumer]:
        return iter(())


class World:
    """One simulated installation. Make it with :func:`running_world`."""

    def __init__(self, parts: _Parts) -> None:
        """Take the parts over; the world has no troubles until it is given some."""
        self._parts = parts
        self.settings: Settings = load_settings()
        self.services = load_services()
        self.unheard = make_unheard(self.settings, Bus(self.settings))
        self.clock = Clock()
        self.troubles = Troubles(random.Random(0))
        self.rival: Callable[[], None] | None = None
        """What somebody else does to the session between a reading and a writing."""

        self._serving: list[str] = []
        self._classified: dict[bytes, Invocation] = {}
        machine = next(one for one in parts.resources.state_machines if one.kind == "EXPRESS")
        self._machine = Machine(json.loads(machine.definition), self._call_task, self.clock, self._jitter)
        self._handlers = {one.logical_id.removesuffix("Function").lower(): one for one in parts.resources.functions}
        self._names = {one.arn: name for name, one in self._handlers.items()}
        self._rules = _rules_of(parts)
        self.mail = self._new_mail()

    def _new_mail(self) -> Mail:
        return Mail(self.clock, self._rules, self._deliver, self.troubles)

    def begin(self, troubles: Troubles) -> None:
        """Begin a conversation with an empty table and its own troubles."""
        self.troubles = troubles
        self.rival = None
        self.clock.skew = 0.0
        table = self._table()
        table.items.clear()
        table.__dict__.pop("local_stack_indexes", None)
        self.mail = self._new_mail()

    def items(self, partition: str) -> dict[str, dict[str, Any]]:
        """Return what is stored in a partition, by sort key, in DynamoDB's own form."""
        found = self._table().items.get(DynamoType({"S": partition})) or {}
        return {str(key.value): item.to_json()["Attributes"] for key, item in found.items()}

    def stored(self) -> str:
        """Return everything that is stored, as text."""
        partitions = self._table().items.values()
        return json.dumps([one.to_json()["Attributes"] for items in partitions for one in items.values()])

    def partitions(self) -> list[str]:
        """Return the keys of all partitions."""
        return [str(key.value) for key in self._table().items]

    @contextlib.contextmanager
    def beside(self) -> Iterator[None]:
        """Do something at the same moment as something else: the time that it takes passes beside the other's."""
        moment, skew, serving, rival = self.clock.elapsed, self.clock.skew, self._serving, self.rival
        self.rival, self._serving = None, []
        try:
            yield
        finally:
            self.clock.elapsed, self.clock.skew, self._serving, self.rival = moment, skew, serving, rival

    def _table(self) -> Any:
        return get_backend("dynamodb")[cloud.ACCOUNT][cloud.REGION].get_table(self.settings.table_name)

    def _jitter(self) -> float:
        return self.troubles.chance.random()

    # What boto3 calls: the same two methods as tests.local.services.Services.

    def respond(self, service: str, operation: str, request: object) -> Response:
        """Refuse what would go another way."""
        return error_response(400, "NotSimulated", f"{service}:{operation}")

    def respond_directly(self, service: str, operation: str, target: str, request: Mapping[str, Any]) -> Response:
        """Answer a client of a function: faults, its own attempts and its patience included.

        Raises:
            ReadTimeoutError: no answer came in the time that the client waits.
        """
        body = request["body"]
        content = body.encode() if isinstance(body, str) else bytes(body)
        if service == "secrets-manager":
            return 200, {}, to_json({"SecretString": _SECRET, "Name": "secret", "ARN": "arn"})
        if operation == "StartSyncExecution":
            return self._start(content)
        return self._try(service, operation, from_json(content))

    def _try(self, service: str, operation: str, parameters: dict[str, Any]) -> Response:
        attempts, patience = _PATIENCE.get(self._serving[-1] if self._serving else "", _QUICK)
        place = f"{service}:{operation}"
        if place in _WRITES:
            self._race()
        left = attempts
        while True:
            left -= 1
            kind = self.troubles.strikes(place)
            if kind in {None, Kind.lost_answer, Kind.partial_batch}:
                answer = self._perform(service, operation, parameters, kind)
                if kind is not Kind.lost_answer:
                    return answer
            if kind in {Kind.hang, Kind.lost_answer}:
                self.clock.sleep(patience)
                if not left:
                    raise ReadTimeoutError(endpoint_url=f"https://{service}")
            elif kind not in _LATER or not left:
                status, code = _says(service, kind)
                return error_response(status, code, "This error was injected.")
            self.clock.sleep(_BACKOFF_SECONDS * self._jitter())

    def _perform(self, service: str, operation: str, parameters: dict[str, Any], kind: Kind | None) -> Response:
        match service, operation:
            case "eventbridge", "PutEvents":
                if kind is Kind.partial_batch:
                    entries = [{"ErrorCode": "InternalFailure"} for _ in parameters["Entries"]]
                    return 200, {}, to_json({"FailedEntryCount": len(entries), "Entries": entries})
                for entry in parameters["Entries"]:
                    self.mail.publish(entry)
                return 200, {}, to_json({"FailedEntryCount": 0, "Entries": [{"EventId": "e"}]})
            case "sqs", "SendMessage":
                body = parameters["MessageBody"]
                queue = parameters["QueueUrl"].rpartition("/")[2]
                self.mail.send(
                    queue, body if isinstance(body, str) else json.dumps(body), parameters.get("DelaySeconds", 0)
                )
                return 200, {}, to_json({"MessageId": "m"})
            case "dynamodb", _:
                left_over = _leave_out_half(parameters) if kind is Kind.partial_batch else None
                status, headers, answer = self._parts._moto.respond_to_json(
                    "dynamodb", f"{_TABLES}.{operation}", to_json(parameters)
                )
                if left_over:
                    answer = to_json({**from_json(answer), "UnprocessedKeys": left_over})
                return status, headers, answer
            case _:
                return error_response(400, "NotSimulated", f"{service}:{operation}")

    def _race(self) -> None:
        """Let a rival be faster, where there is one and chance will have it."""
        if self.rival is not None and self.troubles.happens(Kind.lost_race):
            rival = self.rival
            with self.beside():
                rival()

    def _start(self, content: bytes) -> Response:
        """Run the turn workflow for the api function, which waits for it no longer than it says."""
        kind = self.troubles.strikes(WORKFLOW)
        began = self.clock.elapsed
        ending = Ending("FAILED")
        if kind in {None, Kind.lost_answer}:
            serving, self._serving = self._serving, []
            ending = self._machine.run(from_json(from_json(content)["input"]))
            self._serving = serving
        if kind in {Kind.hang, Kind.lost_answer} or self.clock.elapsed - began > _WORKFLOW_SECONDS:
            self.clock.elapsed = began + _WORKFLOW_SECONDS
            raise ReadTimeoutError(endpoint_url="https://states")
        if kind is not None:
            status, code = _says("sfn", kind)
            return error_response(status, code, "This error was injected.")
        answer = {"executionArn": "arn", "status": ending.status, "startDate": 0, "stopDate": 0}
        if ending.status == "SUCCEEDED":
            answer["output"] = to_json(ending.output).decode()
        return 200, {}, to_json({**answer, "error": ending.error or "", "cause": ending.cause or ""})

    def _call_task(self, _state: str, resource: str, parameters: Any) -> Any:
        """Perform a task of the workflow."""
        if resource == _INVOKE:
            return {"Payload": self._invoke_task(self._names[parameters["FunctionName"]], parameters["Payload"])}
        place, prefix = _TASKS[resource]
        service, operation = place.split(":")
        if place in _WRITES:
            self._race()
        kind = self.troubles.strikes(place)
        if kind is Kind.hang:
            self.clock.sleep(_NEVER)
        elif kind in {None, Kind.lost_answer, Kind.partial_batch}:
            status, _, answer = self._perform(service, operation, parameters, kind)
            if kind is Kind.lost_answer:
                self.clock.sleep(_NEVER)
            return _task_answer(prefix, status, from_json(answer or "{}"))
        else:
            _, code = _says(service, kind)
            error = f"{prefix}.{code}"
            raise TaskFailedError(error, "This error was injected.")
        return None

    def _invoke_task(self, name: str, payload: Any) -> Any:
        kind = self.troubles.strikes(name)
        if kind is Kind.throttle:
            error = "Lambda.TooManyRequestsException"
            raise TaskFailedError(error)
        if kind is Kind.error:
            error = self.troubles.chance.choice(("Lambda.ServiceException", "InjectedError"))
            raise TaskFailedError(error)
        if kind is Kind.hang:
            self.clock.sleep(_NEVER)
            return None
        invocation = self._invoke(name, to_json(payload))
        answer = from_json(invocation.payload)
        if kind is Kind.lost_answer:
            self.clock.sleep(_NEVER)
        if invocation.error:
            raise TaskFailedError(answer["errorType"], answer["errorMessage"])
        if kind is Kind.rubbish:
            return rubbish_answer(self.troubles.chance.choice(list(Rubbish)), answer)
        return answer

    def _invoke(self, name: str, payload: bytes) -> Invocation:
        """Run a handler on this thread. What the classifier says of a text is remembered: it never says otherwise."""
        if name == "classify" and payload in self._classified:
            return self._classified[payload]
        function, outcome = self._handlers[name], []
        self._serving.append(name)
        try:
            work = lambda: outcome.append(self._parts.functions.invoke(function.name, payload))  # noqa: E731
            # Nobody waits as long as the function may run, so it needs no thread with a clock.
            waited_for_until(time.monotonic() + 1e-6, work)
        finally:
            self._serving.pop()
        if name == "classify":
            self._classified[payload] = outcome[0]
        return outcome[0]

    def _deliver(self, queue: str, messages: list[Message]) -> set[int]:
        """Give a batch to the deliver function, as the event source does; return the numbers of what failed."""
        everything = {one.number for one in messages}
        self.clock.skew = self.troubles.draw_skew()
        kind = self.troubles.strikes("deliver")
        if kind in {Kind.error, Kind.throttle, Kind.hang}:
            return everything
        records = [_record(one, queue) for one in messages]
        bad = {one.number for one in messages if self.troubles.strikes("deliver:message")}
        for one in records:
            if int(one["messageId"]) in bad:
                one["body"] = "{"
        invocation = self._invoke("deliver", to_json({"Records": records}))
        self.clock.skew = 0.0
        if kind is not None or invocation.error:
            return everything
        failed = {int(one["itemIdentifier"]) for one in from_json(invocation.payload)["batchItemFailures"]}
        if not bad <= failed:
            message = "a message that no consumer can read was taken for delivered"
            raise AssertionError(message)
        return failed


@contextlib.contextmanager
def running_world() -> Iterator[World]:
    """Start the application in this process, in virtual time."""
    _forget_environment()
    with _Parts.begin() as parts, contextlib.ExitStack() as mends:
        world = World(parts)
        hook.unplug()
        hook.plug_in(world)
        mends.enter_context(mock.patch.object(relief.deliver.batch, "datetime", world.clock))
        mends.enter_context(mock.patch.object(world.services.turns, "_clock", world.clock.read))
        mends.enter_context(mock.patch("relief.route.desk.time.sleep", world.clock.sleep))
        level = logger.log_level
        logger.setLevel("CRITICAL")
        mends.callback(logger.setLevel, level)
        yield world
    _forget_environment()


def _forget_environment() -> None:
    for cached in (load_settings, load_services, relief.deliver.batch.load_batch, _fetch):
        cached.cache_clear()


def _rules_of(parts: LocalStack) -> list[tuple[Mapping[str, Any], str]]:
    """Return the template's rules of the bus that lead to queues which the deliver function consumes."""
    client = parts.client("events")
    bus = load_settings().bus_name
    consumed = {arn.rpartition(":")[2] for arn in parts.resources.source_queues}
    found = []
    for rule in client.list_rules(EventBusName=bus)["Rules"]:
        for target in client.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]:
            queue = target["Arn"].rpartition(":")[2]
            pattern = json.loads(rule.get("EventPattern", "{}"))
            if queue in consumed and "HandoffRequested" in pattern.get("detail-type", ()):
                found.append((pattern, queue))
    return found


def _says(service: str, kind: Kind | None) -> tuple[int, str]:
    usual = (400, "ThrottlingException") if kind is Kind.throttle else (400, "AccessDeniedException")
    if kind is None:
        return usual
    return _SAYS.get((service, kind), (500, "InternalError") if kind is Kind.error else usual)


def _task_answer(prefix: str, status: int, answer: dict[str, Any]) -> dict[str, Any]:
    if status >= 400:
        code = str(answer.get("__type", "")).rpartition("#")[2]
        error = f"{prefix}.{code}"
        raise TaskFailedError(error, str(answer.get("message") or answer.get("Message") or ""))
    if answer.get("FailedEntryCount"):
        error = "EventBridge.FailedEntry"
        raise TaskFailedError(error, "An entry was refused.")
    return answer


def _leave_out_half(parameters: dict[str, Any]) -> dict[str, Any] | None:
    """Take the later half of a batch's keys out of it, and return them in the form of ``UnprocessedKeys``."""
    left_over = {}
    for table, wanted in parameters.get("RequestItems", {}).items():
        keys = wanted["Keys"]
        half = (len(keys) + 1) // 2
        if keys[half:]:
            left_over[table] = {**wanted, "Keys": keys[half:]}
            wanted["Keys"] = keys[:half]
    return left_over or None


def _record(message: Message, queue: str) -> dict[str, Any]:
    return {
        "messageId": str(message.number),
        "receiptHandle": "r",
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{cloud.REGION}:{cloud.ACCOUNT}:{queue}",
        "awsRegion": cloud.REGION,
    }
