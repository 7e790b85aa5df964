"""What goes into and comes out of the functions and workflows of a running stack, for tests that look at it."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from tests.local import LocalStack
from tests.local.functions import Invocation


@dataclass(frozen=True)
class Call:
    """One invocation or execution."""

    name: str
    """Of a function or workflow in small letters, without what kind of thing it is: "detect", "turn"."""
    sent: str
    received: str
    """JSON, as is `sent`; of a failure its description."""
    failed: bool

    @property
    def input(self) -> Any:
        """What was sent, parsed."""
        return json.loads(self.sent)

    @property
    def output(self) -> Any:
        """What was received, parsed."""
        return json.loads(self.received)


@dataclass
class Recording:
    """Every call while it was recorded, in the order of their ends."""

    calls: list[Call] = field(default_factory=list)

    def of(self, name: str) -> list[Call]:
        """Return the calls of one function or workflow."""
        return [call for call in self.calls if call.name == name]


@contextlib.contextmanager
def recorded(stack: LocalStack) -> Iterator[Recording]:
    """Record what the stack's functions and Express workflows are sent and answer, until the context ends."""
    recording = Recording()
    invoke, start_sync = stack.functions.invoke, stack._engine.start_sync

    def record_invocation(name: str, payload: bytes) -> Invocation:
        invocation = invoke(name, payload)
        function = stack.functions.get(name).logical_id.removesuffix("Function").lower()
        failed = invocation.error is not None
        recording.calls.append(Call(function, _text(payload), _text(invocation.payload), failed))
        return invocation

    def record_execution(arn: str, input_text: str, name: str | None = None) -> dict[str, Any]:
        answer = start_sync(arn, input_text, name)
        machine = arn.rpartition("-")[2].removesuffix("Workflow").lower()
        failed = answer["status"] != "SUCCEEDED"
        received = json.dumps({key: answer.get(key) for key in ("error", "cause")}) if failed else answer["output"]
        recording.calls.append(Call(machine, input_text, received, failed))
        return answer

    with (
        mock.patch.object(stack.functions, "invoke", record_invocation),
        mock.patch.object(stack._engine, "start_sync", record_execution),
    ):
        yield recording


def _text(payload: bytes | str) -> str:
    return payload.decode() if isinstance(payload, bytes) else payload
