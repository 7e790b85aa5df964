"""The hand-over: one conversation on its way to a person."""

from typing import Annotated, Final

from pydantic import Field

from relief.contracts.model import LenientContract, Time
from relief.contracts.ownership import PersonReport
from relief.contracts.queues import InsteadOf
from relief.contracts.summary import Summary
from relief.contracts.vocabulary import HandoffState, Lane, ReasonCode

SAFETY_PRIORITY: Final = 90
"""The lowest priority of a case of safety or vulnerability; nobody else gets as high."""

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


class HandoffNotice(LenientContract):
    """A hand-over without its summary: where it goes and why, nothing of what was said or supplied."""

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
    instead_of: InsteadOf | None = Field(None, description="Where it was meant to go, when that team takes nobody.")
    incident_id: str | None = None
    degraded: list[str] = []


class HandoffOrigin(LenientContract):
    """Where a hand-over waited before an incident moved it, and goes back to."""

    queue: str
    lane: Lane
    skills: list[str] = []
    priority: Priority
    eta_seconds: int | None = None


class Handoff(HandoffNotice):
    """The stored hand-over, as the work list shows it."""

    summary: Summary
    journey: str | None = None
    origin: HandoffOrigin | None = Field(None, description="Where it waited before an incident moved it.")
    lease_until: Time | None = Field(
        None, description="Until when an offer, or a person's ownership, holds without another event."
    )
    changed_at: Time | None = Field(None, description="When the last event happened.")
    report: PersonReport | None = Field(None, description="How it ended, once it has.")

    def view(self) -> HandoffView:
        """Return the part that the turn's answer carries."""
        return HandoffView.model_validate(self.model_dump(include=set(HandoffView.model_fields)))


class AnnouncedHandoff(HandoffNotice):
    """A hand-over on its way through bus and queue: a pointer to the record, which alone can be erased for certain.

    Only the workflow's last resort, which cannot be sure that there is a record, sends the summary along.
    """

    summary: Summary | None = None

    def whole(self) -> Handoff | None:
        """Return the hand-over if all of it travels, ``None`` for a pointer."""
        return None if self.summary is None else Handoff.model_validate(self.model_dump())
