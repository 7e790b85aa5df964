"""How errors of tasks are named and matched: as on AWS, where moto does not."""

# moto's interpreter has no annotations at all, so here strictness about them has nothing to work with.
# mypy: disable-error-code="no-untyped-call, no-any-return, typeddict-item, attr-defined, union-attr"

from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_dynamodb import (
    StateTaskServiceDynamoDB,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails

# Errors that no Catch or Retry on States.ALL takes: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
_BEYOND_ALL: Final = frozenset({"States.Runtime", "States.DataLimitExceeded"})


def match_error(self: ErrorEqualsDecl, env: Environment) -> None:
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


def name_error(error_name: str | None) -> CustomErrorName | StatesErrorName:
    """Name the error of a failed branch; moto's own breaks when that is one of the predefined errors."""
    if error_name is not None and error_name.startswith("States."):
        return StatesErrorName(StatesErrorNameType.from_name(error_name))
    return CustomErrorName(error_name)


FromError = Callable[[Any, Environment, Exception], FailureEvent]


def name_service_errors(service: str, moto_s_own: FromError) -> FromError:
    """Return what names the errors of tasks that call this service; moto has one name for all that it refuses."""

    def from_error(self: Any, env: Environment, ex: Exception) -> FailureEvent:
        if isinstance(ex, ClientError):
            return _service_failure(env, service, ex)
        return moto_s_own(self, env, ex)

    return from_error


def name_dynamodb_errors(moto_s_own: FromError) -> FromError:
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
