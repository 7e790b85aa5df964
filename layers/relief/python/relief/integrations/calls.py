"""What a target wants done, as data: calls that a client makes in order."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.projection import Projection


class Probe(NamedTuple):
    """How to find out whether an earlier attempt has arrived after all."""

    path: str
    found: str
    """JMESPath over the answer; anything but null and false means: it has."""


class HttpCall(NamedTuple):
    """One HTTP request to a target, below its base URL. ``{names}`` in the path come from earlier answers."""

    method: Literal["GET", "POST", "PATCH"]
    path: str
    body: Mapping[str, Any] | None = None
    form: Mapping[str, str] | None = None
    """Sent instead of a JSON body where the vendor takes forms."""

    capture: Mapping[str, str] = {}
    """Names to JMESPath expressions over the answer, for the paths of later calls."""

    probe: Probe | None = None

    @property
    def writes(self) -> bool:
        """Whether the call changes something at the target."""
        return self.method != "GET"


class AwsCall(NamedTuple):
    """One call of an AWS interface."""

    service: Literal["connect", "lexv2-runtime"]
    operation: Literal["start_task_contact", "update_contact_attributes", "put_session"]
    arguments: Mapping[str, Any]
    """``{names}`` in texts come from earlier answers."""

    capture: Mapping[str, str] = {}
    """As for HTTP."""

    @property
    def writes(self) -> bool:
        """Whether the call changes something at the target."""
        return True


Call = HttpCall | AwsCall


class Move(NamedTuple):
    """That a hand-over which a desk has waits elsewhere now, or in the other lane."""

    number: int
    """Which one it is of those that this desk was told of, from 1."""

    queue: str
    """Where it waited when the desk last heard of it."""

    lane: str

    @classmethod
    def of(cls, number: int, told: str) -> "Move":
        """Return the move from what a delivery's record says was told last."""
        queue, _, lane = told.rpartition("/")
        return cls(number, queue, lane)


class Authorization(NamedTuple):
    """How a target's credentials travel: a header, and what its value is made of."""

    header: str = "Authorization"
    form: Literal["bearer", "basic", "plain"] = "bearer"


class Target(Protocol):
    """One kind of desk. Each is a module of ``relief.integrations.targets``."""

    @property
    def OPTIONS(self) -> Sequence[str]:  # noqa: N802 - a module's constant
        """Options that the configuration must give."""

    @property
    def AUTHORIZATION(self) -> Authorization | None:  # noqa: N802 - as above
        """How its credentials travel; ``None`` for AWS, which signs by role."""

    @property
    def BUDGET(self) -> int:  # noqa: N802 - as above
        """Bytes of the projection."""

    @property
    def EXPERIMENTAL(self) -> bool:  # noqa: N802 - as above
        """Whether a part of its shape rests on no document of the vendor's."""

    @property
    def ONCE(self) -> str:  # noqa: N802 - as above
        """What keeps a repeated delivery from counting twice."""

    def project(self, handoff: Handoff) -> Projection:
        """Return the hand-over in the target's shape."""

    def plan(self, handoff: Handoff, config: TargetConfig) -> Sequence[Call]:
        """Return what delivers the hand-over."""

    @property
    def MOVED(self) -> str:  # noqa: N802 - as above
        """What a desk that has the hand-over is told with when it moves."""

    def plan_move(self, handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[Call]:
        """Return what tells a desk that has the hand-over of its new place; nothing where the vendor has no way."""
