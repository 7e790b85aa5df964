"""The hand-over: one conversation on its way to a person."""

from typing import Annotated

from pydantic import Field

from relief.contracts.model import LenientContract, Time
from relief.contracts.summary import Summary
from relief.contracts.vocabulary import HandoffState, Lane, ReasonCode

Priority = Annotated[int, Field(ge=1, le=100)]
"""Place in the work list: 100 is first."""


class HandoffView(LenientContract):
    """What a turn's answer says of the hand-over."""

    handoff_id: str
    queue: str
    priority: Priority
    realtime: bool
    state: HandoffState
    eta_seconds: int | None = None
    summary: Summary


class Handoff(LenientContract):
    """The stored hand-over, as the work list shows it."""

    handoff_id: str
    session_id: str
    decision_id: str
    turn: int
    queue: str
    lane: Lane = Lane.normal
    skills: list[str] = []
    priority: Priority
    realtime: bool
    state: HandoffState
    eta_seconds: int | None = None
    reason: ReasonCode
    requested_at: Time
    delivered_at: Time | None = None
    summary: Summary
    incident_id: str | None = None
    degraded: list[str] = []

    def view(self) -> HandoffView:
        """Return the part that the turn's answer carries."""
        return HandoffView.model_validate(self.model_dump(include=set(HandoffView.model_fields)))
