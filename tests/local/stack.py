"""Puts the parts together: the local stack that both `serve` and the tests start."""

import contextlib
import copy
import json
import logging
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import boto3
from boto3.dynamodb.types import Binary, TypeDeserializer

from relief.store.packed import unpack
from tests.local import cloud, hook, interpreter, streams, tokens
from tests.local.archive import create_archive
from tests.local.asynchronous import AsynchronousInvocations
from tests.local.backend import Endpoint
from tests.local.clock import Clock
from tests.local.engine import Engine
from tests.local.errors import LocalStackError
from tests.local.faults import Faults
from tests.local.front import Front
from tests.local.functions import Functions, shared_environment
from tests.local.issuer import Issuer
from tests.local.lasting import lasting
from tests.local.moto_backends import MotoBackends
from tests.local.moto_expressions import cheap_expressions
from tests.local.moto_tables import mended_tables
from tests.local.operations import Operations
from tests.local.parts import RuleTarget
from tests.local.patience import Habits
from tests.local.powertools_state import metrics_unread, powertools_per_thread
from tests.local.resources import Resources, create
from tests.local.roles import TOKEN_PATH, RolePicker
from tests.local.sandbox import Sandbox
from tests.local.secrets import create_secrets
from tests.local.services import Services
from tests.local.serving import HOST, HttpServer
from tests.local.sources import Consumer, Sources, feed_function, scheduled_event, start_target
from tests.local.task_clients import TaskClients
from tests.local.template import Template, project_template
from tests.local.throttles import Throttles
from tests.local.workers import WorkerPool

STACK_NAME: Final = "relief-local"

# Enough for twenty requests at a time, each of which may wait for a workflow.
_FRONT_THREADS: Final = 24
_ENDPOINT_THREADS: Final = 16

# How people sign in to the console on this machine.
_CONSOLE: Final = {"CONSOLE_SIGN_IN": json.dumps({"kind": "role_picker", "token_path": TOKEN_PATH})}
_MAX_RECENT_SESSIONS: Final = 60

# How long each part may take to stop, in seconds.
_STOP_SECONDS: Final = 0.3

# What CloudWatch would read from the functions' output, nobody reads here.
_QUIET_METRICS: Final = {"POWERTOOLS_METRICS_DISABLED": "true"}

_log = logging.getLogger(__name__)


class LocalStack:
    """The running application. Make one with :meth:`start`, and stop it, best with a `with` statement.

    There can be one at a time in a process: moto's services belong to the process, and so do environment variables.

    Attributes:
        base_url, endpoint_url: Where the HTTP API and AWS's interfaces answer, without a slash at the end.
        faults: Where failures of functions and services are injected.
        functions: Invokes a function directly: ``stack.functions.invoke("detect", b"{}")``.
        template, resources: What was read, and what was created.
        load_problems: Functions that could not be imported: logical id to message. They fail when they are invoked.
    """

    base_url: str
    endpoint_url: str
    functions: Functions
    resources: Resources

    def __init__(self, template: Template, issuer: Issuer) -> None:
        """Use :meth:`start` instead."""
        self.template = template
        self.issuer = issuer
        self.faults = Faults()
        self.load_problems: dict[str, str] = {}
        self._cleanup = contextlib.ExitStack()
        self._moto = MotoBackends()
        self._workers = WorkerPool("local stack")

    @classmethod
    def start(
        cls,
        template: Path | None = None,
        *,
        port: int = 0,
        aws_port: int = 0,
        aws_host: str = HOST,
        parameters: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        issuer_file: Path | None = None,
        redelivery_seconds: float = 0.2,
        clock: bool = False,
        throttle: float | None = None,
        apart: bool = False,
    ) -> Self:
        """Start a stack; when this returns, it answers.

        Args:
            template: The template to run; the project's own without.
            port: As `aws_port`, for the HTTP API.
            aws_port: Ports on 127.0.0.1 of the HTTP API and of the endpoint with AWS's interfaces; 0 takes free
                ones.
            aws_host: Where AWS's interfaces listen. Functions in containers reach this machine on another address than
                127.0.0.1.
            parameters: Values of the template's parameters. The tokens' issuer and audience are filled in where the
                template has parameters named JwtIssuer and JwtAudience.
            environment: Environment variables that win over those of all functions.
            issuer_file: Where the issuer's key is kept; without, ``.local/issuer.json`` of the project.
            redelivery_seconds: When a message whose consumer failed comes back, at the latest.
            clock: Fire schedules by the clock. Without, only :meth:`fire_schedule` does.
            throttle: The share of the template's throttles that the HTTP API applies; without, it applies none.
            apart: Run the functions in a process of their own. Two processors then share the work; what a test changes
                in its own process, functions do not see.

        Raises:
            LocalStackError: The stack cannot start, for a reason that the text tells: a port is taken, the template has
                something unknown, a definition is broken, or another stack is running in this process.
        """
        issuer = Issuer.load(issuer_file)
        values = {"JwtIssuer": issuer.url, "JwtAudience": issuer.audience, **(parameters or {})}
        stack = cls(Template(template or project_template(), stack_name=STACK_NAME, parameters=values), issuer)
        try:
            stack._start_services({**_CONSOLE, **(environment or {})}, redelivery_seconds, apart=apart)
            stack._start_servers(port, aws_port, aws_host, throttle)
            stack._cleanup.enter_context(lasting())
            if clock:
                stack._start_clock()
        except BaseException:
            stack.stop()
            raise
        return stack

    def __enter__(self) -> Self:
        """Return the stack itself, which runs already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the stack."""
        self.stop()

    def stop(self) -> None:
        """Stop everything, and put environment and boto3 back as they were. A second call does nothing."""
        # Whatever hangs because of a fault would keep its thread, so the faults go first.
        self.faults.clear()
        self._cleanup.close()

    def _start_services(self, overrides: Mapping[str, str], redelivery_seconds: float, *, apart: bool = False) -> None:
        """Start all but the servers. Each part registers how it ends; the ends come in the opposite order."""
        later, enter = self._cleanup.callback, self._cleanup.enter_context
        enter(_only_stack_of_this_process())
        process = cloud.PretendedEnvironment()
        later(process.restore)
        process.apply(cloud.CREDENTIALS)
        process.apply(_QUIET_METRICS)
        enter(_fresh_default_session())
        enter(_quiet_moto())
        enter(powertools_per_thread())
        enter(metrics_unread())
        enter(mended_tables())
        enter(cheap_expressions())
        enter(self._moto.running())
        self.resources = create(self._moto, self.template)
        process.apply(shared_environment(self.resources.functions, overrides))
        enter(_import_path(self.template.layer_folders()))

        later(self._workers.close, _STOP_SECONDS)
        sandbox = self._start_sandbox(overrides) if apart else None
        elsewhere = sandbox.invoke if sandbox else None
        self.functions = Functions(self.resources.functions, self.faults, self._workers, overrides, elsewhere)
        later(self.functions.unload)
        self._engine = Engine(self.resources.state_machines, self._workers)
        self._asynchronous = AsynchronousInvocations(self.functions, self._workers)
        later(self._asynchronous.stop)
        operations = Operations(self.faults, self.functions, self._asynchronous, self._engine)
        self._services = Services(self._moto, operations)
        later(hook.unplug)
        hook.plug_in(self._services)
        create_secrets(self.client("secretsmanager"), self.template.secrets())
        create_archive(self.client("firehose"), self.client("s3"), self.template.delivery_streams())
        clients = TaskClients(self._services, self.functions)
        # Reading a service's description takes longer than a task may take, so it is not left to the first task.
        clients.prepare()
        enter(interpreter.mended(clients.client_for, self._workers, Habits(self.faults.may_hang)))
        # So does reading a definition, and the first executions may be many at once.
        self._engine.prepare()
        self.load_problems = sandbox.begin(self._services) if sandbox else self.functions.load_all()
        self._followed: list[streams.TableStream] = []
        self._sources = Sources(self._consumers(), redelivery_seconds=redelivery_seconds)
        later(self._sources.stop, _STOP_SECONDS)
        self._sources.start()

    def _start_sandbox(self, overrides: Mapping[str, str]) -> Sandbox:
        folders = [str(folder) for folder in self.template.layer_folders()]
        sandbox = Sandbox(self.resources.functions, overrides, folders)
        self._cleanup.callback(sandbox.stop)
        return sandbox

    def _start_clock(self) -> None:
        clock = Clock((target for target in self.template.rule_targets if target.queue is None), self._fire)
        self._cleanup.callback(clock.stop)
        clock.start()

    def _start_servers(self, port: int, aws_port: int, aws_host: str, throttle: float | None) -> None:
        verifier = tokens.Verifier(
            self.issuer,
            issuer_url=self.resources.issuer or self.issuer.url,
            audiences=self.resources.audiences or (self.issuer.audience,),
        )
        picker = RolePicker(self.issuer, self.recent_sessions)
        throttles = None if throttle is None else Throttles(self.template.limits, throttle)
        front = Front(self.template.routes, self.functions, verifier, self.issuer, picker, throttles)
        endpoint = Endpoint(self._services, self.faults)
        self.base_url = self._serve(front, port, _FRONT_THREADS, "the HTTP API", "--port")
        self.endpoint_url = self._serve(
            endpoint, aws_port, _ENDPOINT_THREADS, "AWS's interfaces", "--aws-port", aws_host
        )

    def _serve(self, application: Any, port: int, threads: int, name: str, option: str, host: str = HOST) -> str:
        server = HttpServer(application, port=port, threads=threads, name=name, option=option, host=host)
        self._cleanup.callback(server.stop)
        server.start()
        return server.url

    def _consumers(self) -> Iterator[Consumer]:
        for source, arn in zip(self.template.queue_sources, self.resources.source_queues, strict=True):
            queue = self._moto.queue(arn.rpartition(":")[2])
            consume = feed_function(self.functions, source.function, arn, reports_failures=source.reports_failures)
            yield Consumer(queue, source.batch_size, consume)
        for stream in self.template.stream_sources:
            followed = streams.TableStream(
                f"{STACK_NAME}-{stream.table}",
                stream.patterns,
                streams.Batching(stream.batch_size, stream.window_seconds),
                self._moto.lock_for("dynamodb", ""),
            )
            self._followed.append(followed)
            consume = streams.feed_function(self.functions, stream.function, reports_failures=stream.reports_failures)
            yield Consumer(followed, stream.batch_size, consume)
        for target in self.template.rule_targets:
            if target.queue:
                queue = self._moto.queue(f"{STACK_NAME}-{target.queue}")
                yield Consumer(queue, 10, start_target(self._start_target, target.arn, target.fixed_input))

    def _start_target(self, arn: str, payload: str) -> None:
        if arn.startswith("arn:aws:states:"):
            self._engine.start(arn, payload)
        else:
            self._asynchronous.invoke(arn, payload.encode())

    def token(self, scopes: Iterable[str] | str, *, session_id: str | None = None, **claims: Any) -> str:
        """Return an access token with these scopes; see :func:`tests.local.tokens.mint` for what else it may have."""
        wanted = scopes.split() if isinstance(scopes, str) else scopes
        return tokens.mint(self.issuer, wanted, session_id=session_id, **claims)

    def client(self, service: str) -> Any:
        """Return a boto3 client that talks to this stack."""
        return boto3.client(service, region_name=cloud.REGION)  # type: ignore[call-overload]

    def items(self, table: str | None = None) -> list[dict[str, Any]]:
        """Return all items of a table as plain Python values, once those who follow its stream have caught up.

        Documents that are stored packed are opened: whoever looks for something must see what is in them.

        Args:
            table: The table's logical id or physical name; unnecessary where there is one table.
        """
        names = self._moto.table_names()
        if table is not None:
            names = [name for name in names if name in {table, f"{STACK_NAME}-{table}"}]
        if len(names) != 1:
            message = f"Say which table: there is {', '.join(self._moto.table_names()) or 'none'}."
            raise LocalStackError(message)
        self._let_followers_catch_up()
        deserialize = TypeDeserializer().deserialize
        items = self._moto.table_items(names[0])
        return [{name: _plain(deserialize(value)) for name, value in item.items()} for item in items]

    def recent_sessions(self) -> list[str]:
        """Return the ids of the sessions that were last heard of, the latest first."""
        found = [item for name in self._moto.table_names() for item in self._moto.table_items(name)]
        contexts = [(item["session_id"]["S"], item["doc"]["S"]) for item in found if item["sk"].get("S") == "CONTEXT"]
        heard = sorted(
            ((json.loads(unpack(document))["updated_at"], name) for name, document in contexts), reverse=True
        )
        return [name for _, name in heard[:_MAX_RECENT_SESSIONS]]

    def messages(self, queue: str) -> list[str]:
        """Return the bodies of all messages in a queue, visible or not: logical id or physical name."""
        names = set(self._moto.queue_names())
        name = queue if queue in names else f"{STACK_NAME}-{queue}"
        if name not in names:
            message = f"There is no queue {queue!r}; there are {', '.join(sorted(names))}."
            raise LocalStackError(message)
        return self._moto.messages(name)

    def fire_schedule(self, rule: str) -> None:
        """Start what a schedule of the template starts, now.

        Args:
            rule: The logical id of the AWS::Events::Rule or AWS::Scheduler::Schedule. SAM names it after function and
                event.
        """
        targets = [target for target in self.template.rule_targets if target.rule == rule and target.queue is None]
        if not targets:
            known = sorted(target.rule for target in self.template.rule_targets if target.queue is None)
            message = f"There is no schedule {rule!r}; there are {', '.join(known) or 'none'}."
            raise LocalStackError(message)
        for target in targets:
            self._fire(target)

    def _fire(self, target: RuleTarget) -> None:
        self._start_target(target.arn, target.fixed_input or scheduled_event(target.rule))

    def drain(self, timeout: float = 60.0) -> None:
        """Wait until nothing is under way that nobody waits for: messages of consumed queues, events, executions.

        Args:
            timeout: Seconds.

        Raises:
            TimeoutError: Something is still under way; the text tells what.
        """
        deadline = time.monotonic() + timeout
        while left := self._under_way():
            if time.monotonic() > deadline:
                message = f"still under way after {timeout} s: {left}"
                raise TimeoutError(message)
            time.sleep(0.005)

    def _let_followers_catch_up(self) -> None:
        """Wait until no change of a table is to be followed, or a second: a follower may be kept from it by a fault."""
        self._hurry_followers()
        deadline = time.monotonic() + 1
        while any(name.startswith(streams.NAME) for name in self._sources.waiting()) and time.monotonic() < deadline:
            time.sleep(0.002)

    def _hurry_followers(self) -> None:
        for followed in self._followed:
            followed.hurry()

    def _under_way(self) -> dict[str, int]:
        self._hurry_followers()
        # What is started leaves its queue only after it was counted elsewhere, so look at the queues first.
        left = self._sources.waiting()
        left["asynchronous invocations"] = self._asynchronous.pending
        left["executions"] = self._engine.running
        return {name: number for name, number in left.items() if number}


def _plain(value: Any) -> Any:
    """Return bytes as bytes, since boto3 wraps them in a class that cannot be printed, and packed documents opened."""
    if isinstance(value, str):
        return unpack(value)
    return value.value if isinstance(value, Binary) else value


_running: Final[list[bool]] = []


@contextlib.contextmanager
def _only_stack_of_this_process() -> Iterator[None]:
    if _running:
        message = "A local stack is already running in this process; stop it first."
        raise LocalStackError(message)
    _running.append(True)
    try:
        yield
    finally:
        _running.clear()


@contextlib.contextmanager
def _fresh_default_session() -> Iterator[None]:
    """Give boto3 a new default session: an older one may hold real credentials, or lack the hook."""
    before = boto3.DEFAULT_SESSION
    boto3.DEFAULT_SESSION = None
    try:
        yield
    finally:
        boto3.DEFAULT_SESSION = before


@contextlib.contextmanager
def _quiet_moto() -> Iterator[None]:
    """Keep moto's interpreter from reporting every error that a workflow catches."""
    logger = logging.getLogger("moto")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


@contextlib.contextmanager
def _import_path(folders: Iterable[Path]) -> Iterator[None]:
    """Make the layers' code importable, where it is not installed already."""
    before = copy.copy(sys.path)
    sys.path.extend(str(folder) for folder in folders if str(folder) not in sys.path)
    try:
        yield
    finally:
        sys.path[:] = before
