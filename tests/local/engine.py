"""Runs workflows: StartSyncExecution, and StartExecution of machines of either type."""

import threading
import uuid
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from pydantic_core import from_json, to_json

from tests.local import cloud, interpreter
from tests.local.parts import StateMachine
from tests.local.workers import WorkerPool

_MOST_REMEMBERED: Final = 100
_MAX_INPUT_BYTES: Final = 256 * 1024

# Executions share one interpreter lock: more at once would take no less time altogether, each would only take longer
# and lose more races. Executions that hang because of a fault keep their slot, hence more than processors.
_MOST_AT_ONCE: Final = 6


class ExecutionRefusedError(Exception):
    """The execution did not begin; `code` is the name of the error in the API."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Engine:
    """The workflows of one stack."""

    def __init__(self, machines: Iterable[StateMachine], workers: WorkerPool) -> None:
        self._machines = {machine.arn: machine for machine in machines}
        self._workers = workers
        self._slots = threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._running = 0
        self._names: set[tuple[str, str]] = set()
        self.endings: deque[tuple[str, str, str, Any]] = deque(maxlen=_MOST_REMEMBERED)
        """Machine, name, status and output of the last executions that nobody waited for, the newest last."""
        self._changed = threading.Condition()

    def prepare(self) -> None:
        """Read the definitions of all machines, so that no execution has to; call it where executions may run."""
        for machine in self._machines.values():
            interpreter.read_definition(machine.definition)

    def knows(self, arn: str | None) -> bool:
        """Tell whether the ARN is that of a machine of this stack."""
        return arn in self._machines

    def is_express(self, arn: str | None) -> bool:
        """Tell whether the ARN is that of an Express workflow."""
        return arn in self._machines and self._machines[arn].kind == "EXPRESS"

    def start_sync(self, arn: str, input_text: str, name: str | None = None) -> dict[str, Any]:
        """Run an execution and return the answer of StartSyncExecution, also when the execution fails.

        Raises:
            ExecutionRefusedError: No such machine, a machine of the wrong type, or an input that is no JSON or too
                large.
        """
        machine, execution_input = self._accept(arn, input_text)
        if machine.kind != "EXPRESS":
            code = "StateMachineTypeNotSupported"
            raise ExecutionRefusedError(code, "This operation is for EXPRESS machines only.")
        with self._slots:
            run = _run_of(machine, execution_input, name)
            ending = interpreter.evaluate(run)
        stopped = datetime.now(UTC)
        milliseconds = (stopped - run.started).total_seconds() * 1000
        answer: dict[str, Any] = {
            "executionArn": run.execution_arn,
            "stateMachineArn": arn,
            "name": run.execution_name,
            "startDate": run.started.timestamp(),
            "stopDate": stopped.timestamp(),
            "status": ending.status,
            "input": input_text,
            "inputDetails": {"included": True},
            # Express workflows are billed in steps of 64 MB and 100 ms.
            "billingDetails": {
                "billedMemoryUsedInMB": 64,
                "billedDurationInMilliseconds": int(-(-milliseconds // 100) * 100),
            },
        }
        if ending.status == "SUCCEEDED":
            answer["output"] = to_json(ending.output).decode()
            answer["outputDetails"] = {"included": True}
        reasons = {"error": ending.error, "cause": ending.cause}
        return answer | {name: reason for name, reason in reasons.items() if reason is not None}

    def start(self, arn: str, input_text: str, name: str | None = None) -> dict[str, Any]:
        """Begin an execution and return at once, as StartExecution does.

        A Standard workflow refuses a name that it had before; that the same input is answered with the same execution
        while it runs, as on AWS, is left out.

        Raises:
            ExecutionRefusedError: As for :meth:`start_sync`.
        """
        machine, execution_input = self._accept(arn, input_text)
        run = _run_of(machine, execution_input, name)
        with self._changed:
            if machine.kind != "EXPRESS" and (arn, name) in self._names:
                code = "ExecutionAlreadyExists"
                raise ExecutionRefusedError(code, f"Execution Already Exists: '{run.execution_arn}'")
            if name is not None:
                self._names.add((arn, name))
            self._running += 1

        def work() -> None:
            try:
                ending = interpreter.evaluate(run)
                self.endings.append((run.machine_name, run.execution_name, ending.status, ending.output))
            finally:
                with self._changed:
                    self._running -= 1
                    self._changed.notify_all()

        self._workers.submit(work)
        return {"executionArn": run.execution_arn, "startDate": run.started.timestamp()}

    @property
    def running(self) -> int:
        """How many executions that nobody waits for are under way."""
        return self._running

    def _accept(self, arn: str, input_text: str) -> tuple[StateMachine, Any]:
        machine = self._machines.get(arn)
        if machine is None:
            code = "StateMachineDoesNotExist"
            raise ExecutionRefusedError(code, f"State Machine Does Not Exist: '{arn}'")
        if len(input_text.encode()) > _MAX_INPUT_BYTES:
            limit = f"Member must have length less than or equal to {_MAX_INPUT_BYTES}"
            code = "ValidationException"
            raise ExecutionRefusedError(code, f"Value at 'input' failed to satisfy constraint: {limit}")
        try:
            return machine, from_json(input_text)
        except ValueError as error:
            code = "InvalidExecutionInput"
            raise ExecutionRefusedError(code, f"Invalid State Machine Execution Input: {error}") from error


def _run_of(machine: StateMachine, execution_input: Any, name: str | None) -> interpreter.Run:
    unique = str(uuid.uuid4())
    name = name or unique
    kind, suffix = ("express", f":{unique}") if machine.kind == "EXPRESS" else ("execution", "")
    return interpreter.Run(
        definition=machine.definition,
        machine_arn=machine.arn,
        machine_name=machine.name,
        execution_arn=f"arn:aws:states:{cloud.REGION}:{cloud.ACCOUNT}:{kind}:{machine.name}:{name}{suffix}",
        execution_name=name,
        execution_input=execution_input,
        started=datetime.now(UTC),
    )
