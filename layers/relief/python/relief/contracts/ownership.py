"""What desks report of a hand-over, and what it does to who owns the conversation."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, model_validator

from relief.contracts.model import Contract, Identifier, LenientContract, Name, Time
from relief.contracts.vocabulary import HandoffEventKind, HandoffState, Ignored, Owner, Part, Timing

MAX_NOTE_CHARACTERS = 500
_MAX_SLOTS = 20
_DAY_SECONDS = 86400


class HandoffEvent(Contract):
    """One thing that happened to a hand-over at the desk."""

    event_id: Identifier = Field(description="The desk's idempotency key for this event.")
    kind: HandoffEventKind
    at: Time | None = Field(
        None, description="When it happened; an event that is older than one already taken is late. Absent: now."
    )
    agent_ref: Annotated[str, Field(min_length=1, max_length=128)] | None = Field(
        None, description="The desk's id of the person; kept as a keyed hash."
    )
    slot: Name | None = Field(None, description="What was asked; with `asked` alone.")
    note: Annotated[str, Field(max_length=MAX_NOTE_CHARACTERS)] | None = Field(
        None, description="What the person did or found, for whoever goes on; redacted on entry."
    )

    @model_validator(mode="after")
    def _names_what_was_asked(self) -> Self:
        if (self.slot is not None) != (self.kind is HandoffEventKind.asked):
            message = "an event of the kind asked names the slot, and no other kind does"
            raise ValueError(message)
        return self


class HandoffEventAnswer(LenientContract):
    """What became of an event, and where the hand-over stands now."""

    handoff_id: str
    event_id: str
    applied: bool
    ignored: Ignored | None = Field(None, description="Why the event changed nothing.")
    state: HandoffState
    owner: Owner
    lease_until: Time | None = Field(None, description="Until when this state holds unless another event comes.")
    degraded: list[Part] = []


class HandoffFeedback(Contract):
    """The verdict of the person who took over. A second one replaces the first."""

    summary_correct: StrictBool | None = None
    timing: Timing | None = None
    asked_again: Annotated[list[Name], Field(max_length=_MAX_SLOTS)] = Field(
        [], description="Slots that the customer had to supply again."
    )
    reconstruction_seconds: Annotated[int, Field(strict=True, ge=0, le=_DAY_SECONDS)] | None = Field(
        None, description="Time that the person needed to understand the case, seconds."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            message = "a verdict needs at least one field"
            raise ValueError(message)
        return self


class RecordedFeedback(LenientContract):
    """A verdict as it is stored."""

    handoff_id: str
    received_at: Time
    feedback: HandoffFeedback


class PersonReport(LenientContract):
    """How a hand-over ended, for the bot or the person who goes on."""

    handoff_id: str
    queue: str
    ended: HandoffState
    at: Time
    note: str = Field("", description="What the person did or found, redacted.")


class EventRecord(LenientContract):
    """An event as it is stored: the idempotency record, and the history that supervisors see."""

    event_id: str
    handoff_id: str
    kind: str
    at: Time
    received_at: Time
    state: HandoffState
    agent: str | None = Field(None, description="Keyed hash of the desk's id of the person.")
    slot: str | None = None
    note: str = ""
    request_hash: str = ""
