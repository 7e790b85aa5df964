"""What a template describes, as the stack runs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.local import cloud


@dataclass(frozen=True)
class Function:
    """A Lambda function of the template."""

    logical_id: str
    name: str
    handler: str
    """Module and function, such as "app.lambda_handler"."""
    folder: Path
    timeout: float
    """Seconds."""
    memory: int
    """MiB."""
    environment: Mapping[str, Any]
    """Values as in the template: intrinsic functions until the resources exist, then strings."""

    @property
    def arn(self) -> str:
        """The function's ARN."""
        return cloud.function_arn(self.name)

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names under which people and programs refer to the function."""
        return (self.logical_id, self.name, self.arn, self.folder.name)


@dataclass(frozen=True)
class Route:
    """A route of the HTTP API."""

    method: str
    """In capitals, or "ANY"."""
    path: str
    """With parameters in braces; "$default" matches everything."""
    function: str
    """The logical id of the function behind it."""
    scopes: tuple[str, ...] | None
    """None: open to everybody. Empty: any valid token. Otherwise the token needs one of these."""

    @property
    def key(self) -> str:
        """What API Gateway calls the routeKey."""
        return self.path if self.path == "$default" else f"{self.method} {self.path}"


@dataclass(frozen=True)
class StateMachine:
    """A state machine of the template."""

    logical_id: str
    name: str
    kind: str
    """EXPRESS or STANDARD."""
    definition: str
    """The text of the definition, with its ${substitutions} still in place."""
    substitutions: Mapping[str, Any]

    @property
    def arn(self) -> str:
        """The state machine's ARN."""
        return cloud.state_machine_arn(self.name)


@dataclass(frozen=True)
class QueueSource:
    """An SQS queue that feeds a function."""

    function: str
    queue: Any
    """The queue's ARN, as in the template."""
    batch_size: int
    reports_failures: bool
    """Whether the function's answer names the messages that failed (ReportBatchItemFailures)."""


@dataclass(frozen=True)
class StreamSource:
    """A table's stream that feeds a function."""

    function: str
    table: str
    """The table's logical id."""
    batch_size: int
    window_seconds: int
    patterns: tuple[str, ...]
    """Filters, as JSON; none lets everything through."""
    reports_failures: bool


@dataclass(frozen=True)
class RuleTarget:
    """A function or state machine that an EventBridge rule or a schedule starts."""

    rule: str
    arn: str
    queue: str | None
    """The logical id of the queue that stands in for the target in moto; None for schedules."""
    fixed_input: str | None
    """JSON that replaces the event (the target's Input)."""
    every_seconds: float | None = None
    """How often a schedule starts it; None for other rules, and for a schedule that is disabled."""
