"""The workflow interpreter: moto's, used directly, with what it does wastefully or unlike AWS put right.

This is the one place that reaches into the interior of ``moto.stepfunctions.parser``, which is neither typed nor
documented. The version of moto is pinned, and each departure of moto from AWS that is mended here has a test that fails
once moto mends it itself.
"""

# moto's interpreter has no annotations at all, so here, and only here, strictness about them has nothing to work with.
# mypy: disable-error-code="no-untyped-call, no-any-return, typeddict-item, attr-defined, union-attr"

import contextlib
import copy
import functools
import marshal
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from unittest import mock

from botocore.exceptions import ClientError
from jsonpath_ng import parse as parse_reference_path
from jsonpath_ng.ext import parse as parse_json_path
from moto.stepfunctions.parser.api import HistoryEventType, StateMachineType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJsonPath
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl, state_parallel
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_events import (
    StateTaskServiceEvents,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sqs import (
    StateTaskServiceSqs,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.eval import states
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.evaluation_details import AWSExecutionDetails
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext, EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramState, ProgramTimedOut
from moto.stepfunctions.parser.asl.eval.states import ContextObjectData, ExecutionData, StateMachineData
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.quotas import MAX_STATE_SIZE_UTF8_BYTES, is_within_size_quota
from moto.stepfunctions.parser.utils import TMP_THREADS

from tests.local import cloud
from tests.local.patience import Habits, nobody_waits_after, waited_for_until
from tests.local.workers import WorkerPool

ClientFor = Callable[[str], Any]
"""Gives the boto3 client, or what behaves like one, for a service such as "dynamodb"."""

# Errors that no Catch or Retry on States.ALL takes: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
_BEYOND_ALL: Final = frozenset({"States.Runtime", "States.DataLimitExceeded"})

_FIELDS_PATH: Final = re.compile(r"\$(\.[A-Za-z_]\w*)+")

# A path that leads to one place at most; any other gives an array, as on AWS.
_DEFINITE_PATH: Final = re.compile(r"""\$(\.[^\W\d]\w*|\['[^']*'\]|\["[^"]*"\]|\[\d+\])*""")

# A control character takes one byte in memory, and six as an escape sequence in JSON.
_MOST_BYTES_OF_JSON_PER_BYTE: Final = 6


# Tasks of services that answer from this process's memory: what is done when they return was never worth a thread.
_ANSWERED_AT_ONCE: Final = (
    StateTaskServiceDynamoDB,
    StateTaskServiceEvents,
    StateTaskServiceAwsSdk,
    StateTaskServiceSqs,
)

# Branches that take less than a share of this may as well run one after the other.
_LONG_BRANCH_SECONDS: Final = 1.0

_HANDING_ON: Final = (states, result_path, state_parallel)


@dataclass(frozen=True)
class Run:
    """What is fixed before an execution begins."""

    definition: str
    machine_arn: str
    machine_name: str
    execution_arn: str
    execution_name: str
    execution_input: Any
    started: datetime


@dataclass(frozen=True)
class Ending:
    """How an execution ended."""

    status: str
    """SUCCEEDED, FAILED or TIMED_OUT."""
    output: Any = None
    error: str | None = None
    cause: str | None = None


def read_definition(definition: str) -> Program:
    """Return the program of a definition. Inside :func:`mended` it is remembered, since reading takes long."""
    program, _ = AmazonStateLanguageParser.parse(definition)
    return program


def evaluate(run: Run) -> Ending:
    """Run a definition from beginning to end on the calling thread.

    Call it inside :func:`mended` only: without, every task would open clients to a server that is not there.
    """
    program = read_definition(run.definition)
    environment = _environment(run)
    program.eval(environment)
    TMP_THREADS.clear()  # moto only ever adds to this list
    state = environment.program_state()
    if isinstance(state, ProgramEnded):
        return Ending("SUCCEEDED", output=environment.states.get_input())
    if isinstance(state, ProgramTimedOut):
        return Ending("TIMED_OUT", error="States.Timeout")
    details = getattr(state, "error", None) or {}
    return Ending("FAILED", error=details.get("error"), cause=details.get("cause"))


def _environment(run: Run) -> Environment:
    role = f"arn:aws:iam::{cloud.ACCOUNT}:role/{run.machine_name}"
    environment = Environment(
        aws_execution_details=AWSExecutionDetails(account=cloud.ACCOUNT, region=cloud.REGION, role_arn=role),
        execution_type=StateMachineType.EXPRESS,
        context=ContextObjectData(
            Execution=ExecutionData(
                Id=run.execution_arn,
                Input=run.execution_input,
                Name=run.execution_name,
                RoleArn=role,
                StartTime=_timestamp(run.started),
            ),
            State=None,
            StateMachine=StateMachineData(Id=run.machine_arn, Name=run.machine_name),
        ),
        event_history_context=EventHistoryContext.of_program_start(),
        cloud_watch_logging_session=None,
        activity_store={},
    )
    environment.event_manager = _NoHistory()
    return environment


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _NoHistory(EventManager):
    """Express workflows have no execution history, so none is collected."""

    def add_event(self, *_args: Any, **_kwargs: Any) -> int:
        return 0


@contextlib.contextmanager
def mended(client_for: ClientFor, workers: WorkerPool, habits: Habits) -> Iterator[None]:
    """Mend the interpreter for the whole process, as long as the context lasts.

    Args:
        client_for: Gives the client with which a task calls a service; it is asked at every task and should remember.
        workers: Where branches and tasks with a time limit run, as long as they are not known to be quick.
        habits: Knows which are.
    """
    with contextlib.ExitStack() as mends:

        def replace(target: Any, name: str, new: Any) -> None:
            mends.enter_context(mock.patch.object(target, name, new))

        def client(*, service: str, **_: Any) -> Any:
            return client_for(service)

        for module in _modules_with("boto_client_for"):
            replace(module, "boto_client_for", client)
        for module in _modules_with("is_within_size_quota"):
            replace(module, "is_within_size_quota", _is_within_size_quota)
        for module in _modules_with("copy"):
            replace(module, "copy", _NoCopies if module in _HANDING_ON else _CheapCopies)
        replace(StringJsonPath, "_eval_body", _evaluate_path)
        replace(AmazonStateLanguageParser, "parse", staticmethod(functools.cache(AmazonStateLanguageParser.parse)))
        replace(json_path, "parse", functools.cache(_json_path))
        extract_json = _extract_json(json_path.extract_json)
        for module in _modules_with("extract_json"):
            replace(module, "extract_json", extract_json)
        replace(result_path, "parse", functools.cache(_reference_path))
        replace(EvalComponent, "eval", _evaluate)
        for name in ("_get_state_entered_event_details", "_get_state_exited_event_details"):
            replace(CommonStateField, name, _say_nothing)
        replace(StateTaskService, "_before_eval_execution", _say_nothing)
        replace(StateTaskService, "_after_eval_execution", _check_task_output)
        replace(Program, "eval", functools.partialmethod(_evaluate_program, workers, habits))
        keeps_time = functools.partialmethod(_evaluate_with_timeout, workers, habits)
        replace(ExecutionState, "_evaluate_with_timeout", keeps_time)
        replace(BranchWorker, "start", functools.partialmethod(_start_branch, workers, habits))
        replace(ErrorEqualsDecl, "_eval_body", _error_equals)
        replace(branches_decl, "CustomErrorName", _error_name)
        replace(StateTaskLambda, "_from_error", _lambda_error(StateTaskLambda._from_error))
        replace(StateTaskServiceEvents, "_from_error", _events_error(StateTaskServiceEvents._from_error))
        replace(StateTaskServiceDynamoDB, "_from_error", _dynamodb_error(StateTaskServiceDynamoDB._from_error))
        yield


def _modules_with(name: str) -> list[Any]:
    return [
        module
        for module_name, module in list(sys.modules.items())
        if module_name.startswith("moto.stepfunctions.parser.") and hasattr(module, name)
    ]


class _CheapCopies:
    """Stands in for the module copy: the interpreter copies the whole state a dozen times in each step."""

    copy = staticmethod(copy.copy)

    @staticmethod
    def deepcopy(value: Any, memo: Any = None) -> Any:
        """Copy JSON data through C code; anything else as always."""
        if isinstance(value, ProgramState):
            duplicate = object.__new__(type(value))
            duplicate.__dict__.update(value.__dict__)  # all of them texts
            return duplicate
        try:
            return marshal.loads(marshal.dumps(value))  # noqa: S302 - the bytes come from the same line
        except ValueError:
            return copy.deepcopy(value, memo)


class _NoCopies:
    """Stands in for the module copy where a state's data is handed on.

    Nothing changes such data in place: parameters are copied before they are put into a service's form, results are
    new, and a ResultPath copies what it changes.
    """

    @staticmethod
    def deepcopy(value: Any) -> Any:
        """Return the value itself."""
        return value


def _evaluate_path(self: StringJsonPath, env: Environment) -> None:
    data = env.stack[-1]
    env.stack.append(data if self.json_path == "$" else json_path.extract_json(self.json_path, data))


class _FieldsPath:
    """A path of names alone, such as "$.loaded.context"; the general one walks through the whole state."""

    def __init__(self, path: str) -> None:
        self._names = path.split(".")[1:]

    def find(self, data: Any) -> list["_Found"]:
        """Return what is where the path leads, or nothing."""
        for name in self._names:
            if not isinstance(data, dict) or name not in data:
                return []
            data = data[name]
        return [_Found(data)]

    def update_or_create(self, data: Any, value: Any) -> Any:
        """Return the data with a value where the path leads; what is on the way is copied, all else shared."""
        changed = place = dict(data)
        for name in self._names[:-1]:
            inner = place.get(name)
            place[name] = dict(inner) if isinstance(inner, dict) else {}
            place = place[name]
        place[self._names[-1]] = value
        return changed


class _GeneralPath:
    """Any other reference path, which changes in place and hence needs a copy."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._parsed = parse_reference_path(path)

    def update_or_create(self, data: Any, value: Any) -> Any:
        """Return a copy of the data with a value where the path leads."""
        return value if self._path == "$" else self._parsed.update_or_create(_CheapCopies.deepcopy(data), value)


@dataclass(frozen=True)
class _Found:
    """A value that a path found; the interpreter asks whether it came out of an array."""

    value: Any
    path: None = None
    context: None = None


def _reference_path(path: str) -> Any:
    return _FieldsPath(path) if _FIELDS_PATH.fullmatch(path) else _GeneralPath(path)


def _json_path(path: str) -> Any:
    return _FieldsPath(path) if _FIELDS_PATH.fullmatch(path) else parse_json_path(path)


def _extract_json(moto_s_own: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    """Return what reads a path; moto's own gives an array for some paths that lead to one place, such as "$[0].a"."""

    @functools.cache
    def definite(path: str) -> bool:
        return _DEFINITE_PATH.fullmatch(path) is not None

    def extract_json(path: str, data: Any) -> Any:
        if not definite(path):
            return moto_s_own(path, data)
        found = json_path.parse(path).find(data)
        if not found:
            raise json_path.NoSuchJsonPathError(json_path=path, data=data)
        return found[0].value

    return extract_json


def _is_within_size_quota(value: Any) -> bool:
    """Check the size of a state's data, in JSON only where its size in memory does not settle the question."""
    try:
        if len(marshal.dumps(value)) * _MOST_BYTES_OF_JSON_PER_BYTE < MAX_STATE_SIZE_UTF8_BYTES:
            return True
    except ValueError:
        pass
    return is_within_size_quota(value)


def _say_nothing(*_args: Any, **_kwargs: Any) -> None:
    """Stand in for what renders the whole program and its data, for a log or history that nobody reads."""


def _check_task_output(self: StateTaskService, env: Environment, **_: Any) -> None:
    """Check the size of a task's output, which is all that moto does at this point besides writing history."""
    self._verify_size_quota(env=env, value=env.stack[-1])


def _evaluate(self: EvalComponent, env: Environment) -> None:
    """Evaluate a part of the program; moto's own renders program and data for the log at every level of a failure."""
    if env.is_running():
        field_name = self._field_name()
        if field_name is not None:
            env._program_state._next_field_name = field_name
        self._eval_body(env)


class _OutOfTimeError(BaseException):
    """The program on this thread has had its time. No part of a program may catch that, hence no mere Exception."""


def _evaluate_program(self: Program, workers: WorkerPool, habits: Habits, env: Environment) -> None:
    """Run a program; unlike moto's own, on another thread only when there is a time limit to keep."""
    env.next_state_name = self.start_at.start_at_name
    if self.timeout_seconds is None:
        _evaluate(self, env)
        return
    limit = self.timeout_seconds.timeout_seconds
    began = time.monotonic()
    finished = threading.Event()

    def evaluate_and_notify() -> None:
        try:
            _evaluate(self, env)
        finally:
            finished.set()

    if habits.are_quick(self):
        with contextlib.suppress(_OutOfTimeError):
            waited_for_until(began + limit, evaluate_and_notify)
        on_time = time.monotonic() <= began + limit
    else:
        workers.submit(evaluate_and_notify)
        on_time = finished.wait(limit)
    habits.note(self, began, limit)
    if not on_time:
        env.set_timed_out()


def _evaluate_with_timeout(self: ExecutionState, workers: WorkerPool, habits: Habits, env: Environment) -> None:
    """Run a state once; unlike moto's own, on another thread only when there is a time limit to keep."""
    began = time.monotonic()
    if nobody_waits_after(began):
        raise _OutOfTimeError
    self.timeout.eval(env=env)
    timeout_seconds = env.stack.pop()
    frame = env.open_frame()
    frame.states.reset(input_value=env.states.get_input())
    frame.stack = _CheapCopies.deepcopy(env.stack)
    outputs: list[Any] = []
    errors: list[Exception] = []
    finished = threading.Event()

    def execute_and_notify() -> None:
        try:
            self._eval_execution(frame)
            outputs.append(frame.stack[-1])
        except Exception as error:  # noqa: BLE001 - handed over to the thread that waits
            errors.append(error)
        finished.set()

    until = began + timeout_seconds
    if self.timeout.is_default_value():
        execute_and_notify()
        on_time = True
    elif isinstance(self, _ANSWERED_AT_ONCE) or habits.are_quick(self):
        waited_for_until(until, execute_and_notify)
        on_time = time.monotonic() <= until
    else:
        workers.submit(lambda: waited_for_until(until, execute_and_notify))
        on_time = finished.wait(timeout_seconds)
    habits.note(self, began, timeout_seconds)
    frame.set_ended()
    env.close_frame(frame)
    if not on_time:
        raise EvalTimeoutError
    if errors:
        raise errors[0]
    env.stack.append(outputs[0])
    if not self._is_language_query_jsonpath():
        env.states.set_result(outputs[0])
    for part in (self.assign_decl, self.result_selector):
        if part:
            part.eval(env=env)
    if self.result_path:
        self.result_path.eval(env)
    else:
        env.states.reset(input_value=env.stack.pop())


def _start_branch(self: BranchWorker, workers: WorkerPool, habits: Habits) -> None:
    began = time.monotonic()

    def run_branch() -> None:
        try:
            self._program.eval(self.env)
        except RuntimeError:
            # A branch that fails stops the others; one that had not begun yet finds that it may not.
            if self.env.is_running():
                raise
            return
        habits.note(self._program, began, _LONG_BRANCH_SECONDS)
        self._branch_worker_comm.on_terminated(env=self.env)

    if habits.are_quick(self._program):
        run_branch()
    else:
        workers.submit(run_branch)


def _error_equals(self: ErrorEqualsDecl, env: Environment) -> None:
    """Match an error as AWS does: States.ALL leaves out two errors, States.TaskFailed takes all but time-outs."""
    error = env.stack.pop()
    name = error.error_name if error else None
    names = [error_name.error_name for error_name in self.error_names]
    matches = (
        (name in names)
        or ("States.ALL" in names and name not in _BEYOND_ALL)
        or ("States.TaskFailed" in names and name not in _BEYOND_ALL | {"States.Timeout"})
    )
    env.stack.append(matches)


def _error_name(error_name: str | None) -> CustomErrorName | StatesErrorName:
    """Name the error of a failed branch; moto's own breaks when that is one of the predefined errors."""
    if error_name is not None and error_name.startswith("States."):
        return StatesErrorName(StatesErrorNameType.from_name(error_name))
    return CustomErrorName(error_name)


FromError = Callable[[Any, Environment, Exception], FailureEvent]


def _lambda_error(moto_s_own: FromError) -> FromError:
    def from_error(self: StateTaskLambda, env: Environment, ex: Exception) -> FailureEvent:
        if isinstance(ex, ClientError):
            return _service_failure(env, "Lambda", ex)
        return moto_s_own(self, env, ex)

    return from_error


def _events_error(moto_s_own: FromError) -> FromError:
    def from_error(self: StateTaskServiceEvents, env: Environment, ex: Exception) -> FailureEvent:
        if isinstance(ex, ClientError):
            return _service_failure(env, "EventBridge", ex)
        return moto_s_own(self, env, ex)

    return from_error


def _dynamodb_error(moto_s_own: FromError) -> FromError:
    """Return what names the errors of DynamoDB tasks; moto takes time-outs and missing paths for DynamoDB's own."""

    def from_error(self: StateTaskServiceDynamoDB, env: Environment, ex: Exception) -> FailureEvent:
        if isinstance(ex, ClientError):
            return moto_s_own(self, env, ex)
        return super(StateTaskServiceDynamoDB, self)._from_error(env, ex)

    return from_error


def _service_failure(env: Environment, service: str, error: ClientError) -> FailureEvent:
    name = f"{service}.{error.response['Error']['Code']}"
    return FailureEvent(
        env=env,
        error_name=CustomErrorName(name),
        event_type=HistoryEventType.TaskFailed,
        event_details=EventDetails(
            taskFailedEventDetails=TaskFailedEventDetails(error=name, cause=error.response["Error"]["Message"])
        ),
    )
