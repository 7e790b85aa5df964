"""The workflow interpreter: moto's, used directly, with what it does wastefully or unlike AWS put right.

This module, with ``state_data``, ``time_limits`` and ``workflow_errors`` that it puts in place, is all that reaches into
the interior of ``moto.stepfunctions.parser``, which is neither typed nor documented. The version of moto is pinned, and each departure of moto from AWS that is mended here has a test that fails
once moto mends it itself.
"""

# moto's interpreter has no annotations at all, so here strictness about them has nothing to work with.
# mypy: disable-error-code="no-untyped-call, no-any-return, typeddict-item, attr-defined, union-attr"

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from unittest import mock

from moto.stepfunctions.parser.api import StateMachineType
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.common.string.string_expression import StringJsonPath
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import branches_decl, state_parallel
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_events import (
    StateTaskServiceEvents,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import StateTaskLambda
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.eval import states
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.evaluation_details import AWSExecutionDetails
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventHistoryContext, EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramEnded, ProgramTimedOut
from moto.stepfunctions.parser.asl.eval.states import ContextObjectData, ExecutionData, StateMachineData
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.utils import TMP_THREADS

from tests.local import cloud
from tests.local.patience import Habits
from tests.local.state_data import (
    CheapCopies,
    NoCopies,
    evaluate_path,
    extract_json_by,
    fits_the_quota,
    parse_path,
    reference_path,
)
from tests.local.time_limits import evaluate_part, evaluate_program, evaluate_within, start_branch
from tests.local.workers import WorkerPool
from tests.local.workflow_errors import (
    match_error,
    name_dynamodb_errors,
    name_error,
    name_service_errors,
)

ClientFor = Callable[[str], Any]
"""Gives the boto3 client, or what behaves like one, for a service such as "dynamodb"."""


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
            replace(module, "is_within_size_quota", fits_the_quota)
        for module in _modules_with("copy"):
            replace(module, "copy", NoCopies if module in _HANDING_ON else CheapCopies)
        replace(StringJsonPath, "_eval_body", evaluate_path)
        replace(AmazonStateLanguageParser, "parse", staticmethod(functools.cache(AmazonStateLanguageParser.parse)))
        replace(json_path, "parse", functools.cache(parse_path))
        extract_json = extract_json_by(json_path.extract_json)
        for module in _modules_with("extract_json"):
            replace(module, "extract_json", extract_json)
        replace(result_path, "parse", functools.cache(reference_path))
        replace(EvalComponent, "eval", evaluate_part)
        for name in ("_get_state_entered_event_details", "_get_state_exited_event_details"):
            replace(CommonStateField, name, _say_nothing)
        replace(StateTaskService, "_before_eval_execution", _say_nothing)
        replace(StateTaskService, "_after_eval_execution", _check_task_output)
        replace(Program, "eval", functools.partialmethod(evaluate_program, workers, habits))
        keeps_time = functools.partialmethod(evaluate_within, workers, habits)
        replace(ExecutionState, "_evaluate_with_timeout", keeps_time)
        replace(BranchWorker, "start", functools.partialmethod(start_branch, workers, habits))
        replace(ErrorEqualsDecl, "_eval_body", match_error)
        replace(branches_decl, "CustomErrorName", name_error)
        replace(StateTaskLambda, "_from_error", name_service_errors("Lambda", StateTaskLambda._from_error))
        replace(
            StateTaskServiceEvents,
            "_from_error",
            name_service_errors("EventBridge", StateTaskServiceEvents._from_error),
        )
        replace(StateTaskServiceDynamoDB, "_from_error", name_dynamodb_errors(StateTaskServiceDynamoDB._from_error))
        yield


def _modules_with(name: str) -> list[Any]:
    return [
        module
        for module_name, module in list(sys.modules.items())
        if module_name.startswith("moto.stepfunctions.parser.") and hasattr(module, name)
    ]


def _say_nothing(*_args: Any, **_kwargs: Any) -> None:
    """Stand in for what renders the whole program and its data, for a log or history that nobody reads."""


def _check_task_output(self: StateTaskService, env: Environment, **_: Any) -> None:
    """Check the size of a task's output, which is all that moto does at this point besides writing history."""
    self._verify_size_quota(env=env, value=env.stack[-1])
