"""Runs the Lambda functions: the real handlers, each in a module of its own, with Lambda's rules around them."""

import importlib.util
import itertools
import json
import sys
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from pydantic_core import from_json

from tests.local import cloud
from tests.local.errors import LocalStackError
from tests.local.faults import Fault, Faults, FunctionFault, Rubbish, rubbish_answer
from tests.local.parts import Function
from tests.local.patience import Habits, nobody_waits_after, seconds_left, waited_for_until
from tests.local.workers import WorkerPool

Handler = Callable[[Any, "Context"], Any]

# Variables whose values differ from function to function. In one process only what a module reads while it is being
# imported can differ, and that is when the Powertools read theirs.
_PER_FUNCTION: Final = ("POWERTOOLS_", "AWS_LAMBDA_", "_HANDLER", "SERVICE_NAME", "LOG_LEVEL")

_MAX_RESPONSE_BYTES: Final = 6 * 1024 * 1024

_LATE_SECONDS: Final = 0.1

_MODULE_PREFIX: Final = "local_function_"


class ThrottledError(Exception):
    """Lambda refused the invocation: TooManyRequestsException, HTTP status 429."""


class UnknownFunctionError(LookupError):
    """There is no function of this name: ResourceNotFoundException, HTTP status 404."""


@dataclass(frozen=True)
class Invocation:
    """What an invocation gave."""

    payload: bytes
    """JSON: the handler's answer, or Lambda's description of the error."""
    error: str | None = None
    """None, or "Unhandled", which is the value of the header X-Amz-Function-Error."""


@dataclass(frozen=True)
class Context:
    """The second argument of a handler."""

    function_name: str
    memory_limit_in_mb: int
    aws_request_id: str
    invoked_function_arn: str
    log_group_name: str
    deadline: float = field(repr=False)
    """Seconds on the monotonic clock."""
    function_version: str = "$LATEST"
    log_stream_name: str = "local"
    client_context: None = None
    identity: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the function may still run, in milliseconds."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


def failed(error_type: str, message: str) -> Invocation:
    """Return an invocation that failed, in Lambda's words."""
    return Invocation(str(_HandlerError(error_type, message)).encode(), "Unhandled")


class _HandlerError(Exception):
    """The invocation failed; the text is Lambda's description of the error as JSON."""

    def __init__(self, error_type: str, message: str, trace: list[str] | None = None) -> None:
        body: dict[str, Any] = {"errorMessage": message, "errorType": error_type}
        if trace is not None:
            body["stackTrace"] = trace
        super().__init__(json.dumps(body))


class Functions:
    """All functions of a stack.

    As on Lambda, a loaded handler serves one invocation at a time; a concurrent one gets a module of its own, loaded
    at that moment. Modules of layers are shared by all, because they belong to the process.
    """

    def __init__(
        self,
        functions: Iterable[Function],
        faults: Faults,
        workers: WorkerPool,
        overrides: Mapping[str, str],
        elsewhere: Callable[[Function, bytes], Invocation] | None = None,
    ) -> None:
        """Load nothing yet; with `elsewhere`, what invokes functions in another process, nothing is loaded here."""
        self._faults = faults
        self._elsewhere = elsewhere
        self._workers = workers
        self._habits = Habits(faults.may_hang)
        self._hosts: dict[str, _Host] = {}
        for function in functions:
            host = _Host(function, frozenset(overrides))
            self._hosts.update(dict.fromkeys(aliases_of(function), host))
        faults.name_functions({alias: host.function.logical_id for alias, host in self._hosts.items()})

    def load_all(self) -> dict[str, str]:
        """Load each function once, so that no request pays for it; return what went wrong: logical id to message."""
        problems = {}
        for host in {host.function.logical_id: host for host in self._hosts.values()}.values():
            try:
                host.idle.append(host.take())
            except _HandlerError as error:
                problems[host.function.logical_id] = str(json.loads(str(error))["errorMessage"])
        return problems

    def unload(self) -> None:
        """Forget all loaded modules."""
        for name in [name for name in sys.modules if name.startswith(_MODULE_PREFIX)]:
            del sys.modules[name]

    def get(self, name: str) -> Function:
        """Return the function of this name: logical id, physical name, ARN, folder.

        Raises:
            UnknownFunctionError: There is none.
        """
        return self._host(name).function

    def _host(self, name: str) -> "_Host":
        try:
            return self._hosts[name]
        except KeyError:
            raise UnknownFunctionError(name) from None

    def invoke(self, name: str, payload: bytes) -> Invocation:
        """Invoke a function synchronously, as RequestResponse does.

        Raises:
            UnknownFunctionError: There is no such function.
            ThrottledError: A fault throttles it.
        """
        host = self._host(name)
        function = host.function
        fault = self._faults.take_function(function.logical_id)
        request_id = str(uuid.uuid4())
        try:
            if fault is None:
                return self._perform(host, payload, request_id)
            if fault.kind is not Fault.rubbish:
                _succumb(fault, function, request_id)
            return self._spoil(host, payload, request_id, fault)
        except _HandlerError as error:
            return Invocation(str(error).encode(), "Unhandled")

    def _perform(self, host: "_Host", payload: bytes, request_id: str) -> Invocation:
        if self._elsewhere is not None:
            return self._elsewhere(host.function, payload)
        return Invocation(_marshal(self._answer(host, payload, request_id)))

    def _spoil(self, host: "_Host", payload: bytes, request_id: str, fault: FunctionFault) -> Invocation:
        kind = fault.next_rubbish()
        if kind is not Rubbish.wrong_types:
            return Invocation(_marshal(rubbish_answer(kind, None)))
        real = self._perform(host, payload, request_id)
        return real if real.error else Invocation(_marshal(rubbish_answer(kind, from_json(real.payload))))

    def _answer(self, host: "_Host", payload: bytes, request_id: str) -> Any:
        """Run the handler, and wait for it no longer than the function's timeout.

        That takes another thread, unless the caller gives up before the timeout anyway, or the function is known to be
        quick.
        """
        function = host.function
        event = from_json(payload or b"{}")
        handler = host.take()  # before the clock starts: Lambda, too, gives loading a time of its own
        deadline = time.monotonic() + function.timeout
        context = Context(
            function_name=function.name,
            memory_limit_in_mb=function.memory,
            aws_request_id=request_id,
            invoked_function_arn=function.arn,
            log_group_name=f"/aws/lambda/{function.name}",
            deadline=deadline,
        )
        outcome: list[Any] = []
        errors: list[_HandlerError] = []
        finished = threading.Event()

        def work() -> None:
            try:
                outcome.append(_call(handler, event, context))
            except _HandlerError as error:
                errors.append(error)
            finally:
                host.idle.append(handler)
                finished.set()

        began = time.monotonic()
        if nobody_waits_after(deadline) or self._habits.are_quick(host):
            waited_for_until(deadline, work)
            on_time = time.monotonic() <= deadline
        else:
            self._workers.submit(work)
            on_time = finished.wait(function.timeout)
        self._habits.note(host, began, function.timeout)
        if not on_time:
            raise _timed_out(function, request_id)
        if errors:
            raise errors[0]
        return outcome[0]


class _Host:
    """A function and its loaded handlers that have nothing to do at the moment."""

    _loading = threading.Lock()
    """Held by whoever imports: environment and import path belong to the process."""

    def __init__(self, function: Function, overridden: frozenset[str]) -> None:
        self.function = function
        self.idle: list[Handler] = []
        self._overridden = overridden
        self._numbers = itertools.count(1)

    def take(self) -> Handler:
        """Return a handler that nobody else uses. Whoever takes it puts it back into `idle`."""
        try:
            return self.idle.pop()
        except IndexError:
            with self._loading:
                return _load(self.function, next(self._numbers), self._overridden)


def _call(handler: Handler, event: Any, context: Context) -> Any:
    try:
        return handler(event, context)
    except SystemExit as error:
        error_type = "Runtime.ExitError"
        raise _HandlerError(error_type, f"RequestId: {context.aws_request_id} Error: {error}") from error
    except Exception as error:
        raise _HandlerError(type(error).__name__, str(error), _trace(error)) from error


def aliases_of(function: Function) -> tuple[str, ...]:
    """Return the names of a function, among them the short one: "detect" for DetectFunction."""
    return (*function.aliases, function.logical_id.removesuffix("Function").lower())


def shared_environment(functions: Iterable[Function], overrides: Mapping[str, str]) -> dict[str, str]:
    """Return the union of the functions' variables: they share this process.

    Raises:
        LocalStackError: Two functions want different values for a variable that is not one of those read while a module
            is imported.
    """
    union: dict[str, tuple[str, str]] = {}
    for function in functions:
        for name, value in function.environment.items():
            if name in overrides or name.startswith(_PER_FUNCTION) or name.endswith("SERVICE_NAME"):
                continue
            other, before = union.setdefault(name, (function.logical_id, value))
            if before != value:
                message = (
                    f"{other} and {function.logical_id} have different values for {name} ({before!r} and {value!r}). "
                    "All functions of the local stack share one process, so give the variables different names."
                )
                raise LocalStackError(message)
    return {**{name: value for name, (_, value) in union.items()}, **overrides}


def _load(function: Function, number: int, overridden: frozenset[str]) -> Handler:
    """Import a fresh copy of the function's module. The caller makes sure that one is imported at a time.

    The stack's overrides of environment variables win over the template's values, also while a module is imported.
    """
    module_name, _, handler_name = function.handler.rpartition(".")
    path = function.folder / (module_name.replace("/", ".").replace(".", "/") + ".py")
    if not path.is_file():
        error_type = "Runtime.ImportModuleError"
        raise _HandlerError(error_type, f"Unable to import module '{module_name}': no {path.name}")
    own = {name: str(value) for name, value in function.environment.items()}
    own["AWS_LAMBDA_FUNCTION_NAME"] = function.name
    own["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] = str(function.memory)
    environment = cloud.PretendedEnvironment()
    before = set(sys.modules)
    environment.apply({name: value for name, value in own.items() if name not in overridden})
    sys.path.insert(0, str(function.folder))
    try:
        module = _import(f"{_MODULE_PREFIX}{function.logical_id}_{number}", path)
        handler: Handler = getattr(module, handler_name)
    except AttributeError as error:
        error_type = "Runtime.HandlerNotFound"
        raise _HandlerError(error_type, f"Handler '{handler_name}' missing on module '{module_name}'") from error
    except Exception as error:
        message = f"Unable to import module '{module_name}': {error}"
        error_type = "Runtime.ImportModuleError"
        raise _HandlerError(error_type, message, _trace(error)) from error
    finally:
        sys.path.remove(str(function.folder))
        environment.restore()
        _forget_siblings(before, function.folder)
    return handler


def _import(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        message = f"no Python module at {path}"
        raise ImportError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic and dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


def _forget_siblings(before: set[str], folder: Path) -> None:
    """Take modules that lie beside the handler out of sys.modules: another function may have some of the same name."""
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if file and not name.startswith(_MODULE_PREFIX) and Path(file).is_relative_to(folder):
            del sys.modules[name]


def _succumb(fault: FunctionFault, function: Function, request_id: str) -> None:
    match fault.kind:
        case Fault.fail:
            error_type = "InjectedError"
            raise _HandlerError(error_type, "This failure was injected.", [])
        case Fault.throttle:
            raise ThrottledError(function.name)
        case Fault.hang:
            # No longer than anybody waits, and a little longer than that: who waits shall be the first to give up.
            fault.released.wait(min(function.timeout, seconds_left() + _LATE_SECONDS))
            raise _timed_out(function, request_id)


def _timed_out(function: Function, request_id: str) -> _HandlerError:
    message = f"RequestId: {request_id} Error: Task timed out after {function.timeout:.2f} seconds"
    return _HandlerError("Sandbox.Timedout", message)


def _marshal(answer: Any) -> bytes:
    try:
        payload = json.dumps(answer, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        error_type = "Runtime.MarshalError"
        raise _HandlerError(error_type, message, []) from error
    if len(payload) > _MAX_RESPONSE_BYTES:
        message = f"Response payload size exceeded maximum allowed payload size ({_MAX_RESPONSE_BYTES} bytes)."
        error_type = "Function.ResponseSizeTooLarge"
        raise _HandlerError(error_type, message)
    return payload


def _trace(error: BaseException) -> list[str]:
    # The first frames are this package's own.
    return traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
