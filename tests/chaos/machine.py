"""Runs a workflow in virtual time, on one thread: the same definition and input, the same tasks in the same order.

moto's interpreter, which the local stack uses, runs branches on threads and really sleeps between attempts, so that
neither 50,000 turns nor an exact replay could be had of it. This one knows as much of the States Language as
``turn.asl.json`` uses and refuses anything else; ``tests/unit/test_chaos_machine.py`` compares the two.
"""

import fnmatch
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.chaos.clock import Clock
from tests.local.interpreter import Ending

_KNOWN: Final = {
    "Task": {
        "Type", "Comment", "Resource", "Parameters", "ResultSelector", "ResultPath", "TimeoutSeconds", "Retry", "Catch",
        "Next", "End",
    },
    "Pass": {"Type", "Comment", "Result", "Parameters", "ResultPath", "Next", "End"},
    "Choice": {"Type", "Comment", "Choices", "Default"},
    "Parallel": {"Type", "Comment", "Branches", "ResultSelector", "ResultPath", "Catch", "Next", "End"},
    "Fail": {"Type", "Comment", "Error", "Cause"},
}  # fmt: skip
# Errors that no Catch or Retry on States.ALL takes.
_BEYOND_ALL: Final = frozenset({"States.Runtime", "States.DataLimitExceeded"})
_STEP: Final = re.compile(r"\.(\w+)|\[(\d+)\]")
_CALL: Final = re.compile(r"States\.(\w+)\((.*)\)")
_ABSENT: Final = object()

CallTask = Callable[[str, str, Any], Any]
"""Performs a task: state, resource, parameters; gives the answer, or raises :class:`TaskFailedError`."""


class TaskFailedError(Exception):
    """A task, or the whole execution, failed with an error's name as the States Language knows it."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.cause = cause


@dataclass
class Machine:
    """One definition, ready to run."""

    definition: Mapping[str, Any]
    call: CallTask
    clock: Clock
    jitter: Callable[[], float]
    """Gives a share of the longest pause, from 0 to 1."""

    def __post_init__(self) -> None:
        """Refuse what this interpreter does not know.

        Raises:
            ValueError: the definition uses more of the language.
        """
        _check(self.definition)

    def run(self, execution_input: Any) -> Ending:
        """Run an execution; the clock tells afterwards how long it took."""
        limit = self.definition.get("TimeoutSeconds")
        deadline = self.clock.elapsed + limit if limit else float("inf")
        try:
            output = self._walk(self.definition, execution_input, deadline)
        except TaskFailedError as failed:
            if failed.error == _ENDED:
                self.clock.elapsed = deadline
                return Ending("TIMED_OUT", error="States.Timeout")
            return Ending("FAILED", error=failed.error, cause=failed.cause)
        return Ending("SUCCEEDED", output=output)

    def _walk(self, program: Mapping[str, Any], data: Any, deadline: float) -> Any:
        name = program["StartAt"]
        while True:
            if self.clock.elapsed > deadline:
                raise TaskFailedError(_ENDED)
            state = program["States"][name]
            data, following = getattr(self, f"_{state['Type'].lower()}")(name, state, data, deadline)
            if following is None:
                return data
            name = following

    def _pass(self, _name: str, state: Mapping[str, Any], data: Any, _deadline: float) -> tuple[Any, str | None]:
        result = _fill(state["Parameters"], data) if "Parameters" in state else data
        if "Result" in state:
            result = state["Result"]
        return _put(data, state.get("ResultPath", "$"), result), state.get("Next")

    def _choice(self, _name: str, state: Mapping[str, Any], data: Any, _deadline: float) -> tuple[Any, str | None]:
        for choice in state["Choices"]:
            if _holds(choice, data):
                return data, choice["Next"]
        return data, state["Default"]

    def _fail(self, _name: str, state: Mapping[str, Any], _data: Any, _deadline: float) -> tuple[Any, str | None]:
        raise TaskFailedError(state["Error"], state.get("Cause", ""))

    def _task(self, name: str, state: Mapping[str, Any], data: Any, deadline: float) -> tuple[Any, str | None]:
        attempts = [0] * len(state.get("Retry", []))
        while True:
            try:
                result = self._attempt(name, state, data, deadline)
            except TaskFailedError as failed:
                if failed.error == _ENDED:
                    raise
                if self._pauses(state, attempts, failed.error, deadline):
                    continue
                return _caught(state, data, failed)
            if "ResultSelector" in state:
                result = _fill(state["ResultSelector"], result)
            return _put(data, state.get("ResultPath", "$"), result), state.get("Next")

    def _attempt(self, name: str, state: Mapping[str, Any], data: Any, deadline: float) -> Any:
        """Call the task once, and not wait for it longer than the state does, nor than the execution lasts."""
        began = self.clock.elapsed
        patience = min(began + state["TimeoutSeconds"], deadline)
        try:
            result = self.call(name, state["Resource"], _fill(state["Parameters"], data))
        finally:
            late = self.clock.elapsed > patience
            self.clock.elapsed = min(self.clock.elapsed, patience)
        if late:
            raise TaskFailedError(_ENDED if patience == deadline else "States.Timeout")
        return result

    def _pauses(self, state: Mapping[str, Any], attempts: list[int], error: str, deadline: float) -> bool:
        """Wait for the next attempt, if there is to be one."""
        for number, retry in enumerate(state.get("Retry", [])):
            if _matches(retry["ErrorEquals"], error):
                if attempts[number] >= retry["MaxAttempts"]:
                    return False
                longest = retry["IntervalSeconds"] * retry["BackoffRate"] ** attempts[number]
                attempts[number] += 1
                self.clock.sleep(longest * self.jitter())
                if self.clock.elapsed > deadline:
                    raise TaskFailedError(_ENDED)
                return True
        return False

    def _parallel(self, _name: str, state: Mapping[str, Any], data: Any, deadline: float) -> tuple[Any, str | None]:
        """Run the branches one after the other, each from the same moment; they end when the slowest does."""
        began, ends, results = self.clock.elapsed, [], []
        try:
            for branch in state["Branches"]:
                self.clock.elapsed = began
                results.append(self._walk(branch, data, deadline))
                ends.append(self.clock.elapsed)
        except TaskFailedError as failed:
            if failed.error == _ENDED:
                raise
            return _caught(state, data, failed)
        self.clock.elapsed = max(ends)
        result = _fill(state["ResultSelector"], results) if "ResultSelector" in state else results
        return _put(data, state.get("ResultPath", "$"), result), state.get("Next")


_ENDED: Final = "the execution's own time is up"


def _caught(state: Mapping[str, Any], data: Any, failed: TaskFailedError) -> tuple[Any, str | None]:
    for catch in state.get("Catch", []):
        if _matches(catch["ErrorEquals"], failed.error):
            error = {"Error": failed.error, "Cause": failed.cause}
            return _put(data, catch.get("ResultPath", "$"), error), catch["Next"]
    raise failed


def _matches(names: list[str], error: str) -> bool:
    return error in names or ("States.ALL" in names and error not in _BEYOND_ALL)


def _read(path: str, data: Any) -> Any:
    """Return what a path leads to, or ``_ABSENT``."""
    found = data
    for field, index in _STEP.findall(path.removeprefix("$")):
        try:
            found = found[field] if field else found[int(index)]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return found


def _require(path: str, data: Any) -> Any:
    found = _read(path, data)
    if found is _ABSENT:
        error = "States.Runtime"
        raise TaskFailedError(error, f"The path {path} leads nowhere.")
    return found


def _fill(template: Any, data: Any) -> Any:
    if isinstance(template, list):
        return [_fill(one, data) for one in template]
    if not isinstance(template, dict):
        return template
    filled = {}
    for name, value in template.items():
        if name.endswith(".$"):
            filled[name[:-2]] = _evaluate(value, data)
        else:
            filled[name] = _fill(value, data)
    return filled


def _evaluate(expression: str, data: Any) -> Any:
    call = _CALL.fullmatch(expression)
    if call is None:
        return _require(expression, data)
    arguments = [
        _require(one, data) if one.startswith("$") else json.loads(one) for one in call[2].replace(" ", "").split(",")
    ]
    match call[1]:
        case "StringToJson":
            return json.loads(arguments[0])
        case "JsonMerge":
            return {**arguments[0], **arguments[1]}
        case "MathAdd":
            return arguments[0] + arguments[1]
        case name:
            message = f"There is no States.{name} here."
            raise ValueError(message)


def _put(data: Any, path: str | None, result: Any) -> Any:
    """Return the data with the result where the path says; nothing that was handed on before is changed."""
    if path is None:
        return data
    if path == "$":
        return result
    fields = path.removeprefix("$.").split(".")
    changed = at = dict(data)
    for field in fields[:-1]:
        at[field] = dict(at.get(field, {}))
        at = at[field]
    at[fields[-1]] = result
    return changed


def _holds(rule: Mapping[str, Any], data: Any) -> bool:
    if "And" in rule:
        return all(_holds(one, data) for one in rule["And"])
    if "Not" in rule:
        return not _holds(rule["Not"], data)
    value = _read(rule["Variable"], data)
    test = next(name for name in rule if name not in {"Variable", "Next"})
    wanted = rule[test]
    if value is _ABSENT and test != "IsPresent":
        _require(rule["Variable"], data)
    match test:
        case "IsPresent":
            return bool((value is not _ABSENT) is wanted)
        case "IsNull":
            return bool((value is None) is wanted)
        case "IsBoolean":
            return isinstance(value, bool) is wanted
        case "BooleanEquals" | "StringEquals":
            return bool(value == wanted)
        case "NumericLessThan":
            return bool(value < wanted)
        case "StringMatches":
            return isinstance(value, str) and fnmatch.fnmatchcase(value.replace("[", "("), wanted.replace("[", "("))
        case "StringGreaterThanPath":
            least = _require(wanted, data)
            return isinstance(value, str) and isinstance(least, str) and value > least
        case _:
            message = f"There is no test {test} here."
            raise ValueError(message)


def _check(program: Mapping[str, Any]) -> None:
    for name, state in program["States"].items():
        known = _KNOWN.get(state["Type"])
        unknown = {state["Type"]} if known is None else set(state) - known
        if unknown:
            message = f"{name} uses {', '.join(sorted(unknown))}, which is unknown here."
            raise ValueError(message)
        for branch in state.get("Branches", []):
            _check(branch)
