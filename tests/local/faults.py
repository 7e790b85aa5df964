"""Faults that a test or a person injects: into functions, and into named operations of AWS services."""

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from tests.local.errors import LocalStackError


class Fault(StrEnum):
    """What an afflicted function does."""

    fail = "fail"
    """It raises an exception at once."""
    hang = "hang"
    """It never answers: its own timeout, or that of the calling state, ends the wait."""
    rubbish = "rubbish"
    """It answers, but with something that the caller did not agree to; see :class:`Rubbish`."""
    throttle = "throttle"
    """Lambda refuses the invocation with TooManyRequestsException."""


class Rubbish(StrEnum):
    """The kinds of rubbish; without a choice each invocation gets the next one in this order."""

    string = "string"
    null = "null"
    list = "list"
    wrong_fields = "wrong_fields"
    wrong_types = "wrong_types"
    """The real answer with every value replaced by one of another type."""


@dataclass
class FunctionFault:
    """A fault of one function, for the next `times` invocations or until it is cleared."""

    kind: Fault
    rubbish: Rubbish | None = None
    times: int | None = None
    released: threading.Event = field(default_factory=threading.Event)
    """Set when the fault is cleared, so that nothing keeps hanging."""
    _variants: Iterator[Rubbish] = field(default_factory=lambda: itertools.cycle(Rubbish), repr=False)

    def next_rubbish(self) -> Rubbish:
        """Return the chosen kind of rubbish, or the next in turn."""
        return self.rubbish or next(self._variants)


@dataclass
class OperationFault:
    """An error that an AWS operation answers, for the next `times` calls or until it is cleared."""

    error_code: str
    message: str
    status: int
    times: int | None = None


# The names under which people know the services, and botocore's.
_SERVICES: Final = {"states": "sfn", "stepfunctions": "sfn", "events": "eventbridge"}


class Faults:
    """The faults of one stack. All methods may be called from any thread, while requests are under way."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._functions: dict[str, FunctionFault] = {}
        self._operations: dict[tuple[str, str], OperationFault] = {}
        self._aliases: dict[str, str] = {}

    def name_functions(self, aliases: dict[str, str]) -> None:
        """Tell under which names each function may be addressed: alias to logical id."""
        self._aliases = aliases

    def set(
        self, function: str, kind: Fault | str, *, rubbish: Rubbish | str | None = None, times: int | None = None
    ) -> None:
        """Afflict a function.

        Args:
            function: Its folder's name ("detect"), logical id ("DetectFunction") or physical name.
            kind: What it does from now on.
            rubbish: For the kind rubbish: which sort; without it the sorts take turns.
            times: After this many invocations the function is well again; without it only :meth:`clear` heals it.

        Raises:
            LocalStackError: No function has this name.
        """
        logical_id = self._aliases.get(function)
        if logical_id is None:
            known = ", ".join(sorted(set(self._aliases.values())))
            message = f"There is no function {function!r}; the template has {known}."
            raise LocalStackError(message)
        fault = FunctionFault(Fault(kind), Rubbish(rubbish) if rubbish else None, times)
        with self._lock:
            replaced = self._functions.pop(logical_id, None)
            self._functions[logical_id] = fault
        if replaced:
            replaced.released.set()

    def set_operation(
        self,
        service: str,
        operation: str,
        *,
        error_code: str,
        message: str = "This error was injected.",
        status: int = 400,
        times: int | None = None,
    ) -> None:
        """Let an AWS operation, such as ("dynamodb", "TransactWriteItems"), answer an error instead of acting.

        `status` is the HTTP status: the SDKs retry 5xx and throttling codes, other errors they raise at once.
        """
        key = (_SERVICES.get(service, service), operation)
        with self._lock:
            self._operations[key] = OperationFault(error_code, message, status, times)

    def clear(self, function: str | None = None) -> None:
        """Heal one function, or everything; whatever hangs is released."""
        with self._lock:
            if function is None:
                released = list(self._functions.values())
                self._functions.clear()
                self._operations.clear()
            else:
                fault = self._functions.pop(self._aliases.get(function, function), None)
                released = [fault] if fault else []
        for fault in released:
            fault.released.set()

    def take_function(self, logical_id: str) -> FunctionFault | None:
        """Return the fault for an invocation that begins now, and count it."""
        if not self._functions:
            return None
        with self._lock:
            fault = self._functions.get(logical_id)
            if fault and _counts_down_to_nothing(fault):
                del self._functions[logical_id]
            return fault

    def may_hang(self) -> bool:
        """Tell whether a function was told to hang."""
        return any(fault.kind is Fault.hang for fault in tuple(self._functions.values()))

    def has_operation(self, service: str, operation: str) -> bool:
        """Tell whether the operation is afflicted, without counting a call."""
        return (service, operation) in self._operations

    def take_operation(self, service: str, operation: str) -> OperationFault | None:
        """Return the fault for a call that begins now, and count it."""
        if not self._operations:
            return None
        with self._lock:
            fault = self._operations.get((service, operation))
            if fault and _counts_down_to_nothing(fault):
                del self._operations[service, operation]
            return fault

    def describe(self) -> dict[str, Any]:
        """Return what is set, as JSON-ready values."""
        with self._lock:
            return {
                "functions": {name: {"kind": f.kind, "times": f.times} for name, f in self._functions.items()},
                "operations": {
                    f"{service}:{operation}": {"error_code": f.error_code, "times": f.times}
                    for (service, operation), f in self._operations.items()
                },
            }


def _counts_down_to_nothing(fault: FunctionFault | OperationFault) -> bool:
    if fault.times is None:
        return False
    fault.times -= 1
    return fault.times <= 0


def corrupt(answer: Any) -> Any:
    """Return the answer with the right field names and lengths but every value of another type."""
    match answer:
        case dict():
            return {name: corrupt(value) for name, value in answer.items()}
        case list():
            return {"0": corrupt(answer[0])} if answer else "[]"
        case bool():
            return "perhaps"
        case str():
            return len(answer)
        case int() | float():
            return f"{answer} or so"
        case _:
            return ["nothing"]


def rubbish_answer(kind: Rubbish, real_answer: Any) -> Any:
    """Return rubbish of the given kind; only `wrong_types` looks at the real answer."""
    match kind:
        case Rubbish.string:
            return "<html><body>Service temporarily unavailable</body></html>"
        case Rubbish.null:
            return None
        case Rubbish.list:
            return [{"unexpected": True}, 42]
        case Rubbish.wrong_fields:
            return {"foo": "bar", "statusCode": 418, "items": []}
        case Rubbish.wrong_types:
            return corrupt(real_answer)
