"""How the interpreter keeps time: on the thread that waits where it can, on another where it must."""

# moto's interpreter has no annotations at all, so here strictness about them has nothing to work with.
# mypy: disable-error-code="no-untyped-call, no-any-return, typeddict-item, attr-defined, union-attr"

import contextlib
import threading
import time
from typing import Any, Final

from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker
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
from moto.stepfunctions.parser.asl.eval.environment import Environment

from tests.local.patience import Habits, nobody_waits_after, waited_for_until
from tests.local.state_data import CheapCopies
from tests.local.workers import WorkerPool

# Tasks of services that answer from this process's memory: what is done when they return was never worth a thread.
_ANSWERED_AT_ONCE: Final = (
    StateTaskServiceDynamoDB,
    StateTaskServiceEvents,
    StateTaskServiceAwsSdk,
    StateTaskServiceSqs,
)

# Branches that take less than a share of this may as well run one after the other.
_LONG_BRANCH_SECONDS: Final = 1.0


def evaluate_part(self: EvalComponent, env: Environment) -> None:
    """Evaluate a part of the program; moto's own renders program and data for the log at every level of a failure."""
    if env.is_running():
        field_name = self._field_name()
        if field_name is not None:
            env._program_state._next_field_name = field_name
        self._eval_body(env)


class OutOfTimeError(BaseException):
    """The program on this thread has had its time. No part of a program may catch that, hence no mere Exception."""


def evaluate_program(self: Program, workers: WorkerPool, habits: Habits, env: Environment) -> None:
    """Run a program; unlike moto's own, on another thread only when there is a time limit to keep."""
    env.next_state_name = self.start_at.start_at_name
    if self.timeout_seconds is None:
        evaluate_part(self, env)
        return
    limit = self.timeout_seconds.timeout_seconds
    began = time.monotonic()
    finished = threading.Event()

    def evaluate_and_notify() -> None:
        try:
            evaluate_part(self, env)
        finally:
            finished.set()

    if habits.are_quick(self):
        with contextlib.suppress(OutOfTimeError):
            waited_for_until(began + limit, evaluate_and_notify)
        on_time = time.monotonic() <= began + limit
    else:
        workers.submit(evaluate_and_notify)
        on_time = finished.wait(limit)
    habits.note(self, began, limit)
    if not on_time:
        env.set_timed_out()


def evaluate_within(self: ExecutionState, workers: WorkerPool, habits: Habits, env: Environment) -> None:
    """Run a state once; unlike moto's own, on another thread only when there is a time limit to keep."""
    began = time.monotonic()
    if nobody_waits_after(began):
        raise OutOfTimeError
    self.timeout.eval(env=env)
    timeout_seconds = env.stack.pop()
    frame = env.open_frame()
    frame.states.reset(input_value=env.states.get_input())
    frame.stack = CheapCopies.deepcopy(env.stack)
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


def start_branch(self: BranchWorker, workers: WorkerPool, habits: Habits) -> None:
    """Run a branch; unlike moto's own, on another thread only when it is not known to be short."""
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
