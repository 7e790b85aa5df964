"""What is known to have happened, one thing a fact. The same fact twice is the same fact."""

from dataclasses import dataclass
from datetime import datetime

from relief.contracts.vocabulary import HandoffEventKind, Outcome, Timing


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The session that a fact belongs to, by the hash in its keys, and when it was recorded."""

    session: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFact(Fact):
    """A turn that was decided."""

    turn: str
    """Hash of the turn's identifier."""
    number: int
    at: datetime
    customer: str | None
    journey: str | None
    intent: str
    channel: str
    policy: str
    incident: bool
    frustration: float
    asked: bool
    """The customer asked for a person."""
    escalated: bool
    retried: bool
    """The bot took a step again that had not worked before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffFact(Fact):
    """A hand-over as it stood at a moment."""

    handoff: str
    queue: str
    at: datetime
    known: frozenset[str]
    """Slots that the person need not ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFact(Fact):
    """Something that the desk reported."""

    handoff: str
    event: str
    kind: HandoffEventKind
    at: datetime
    slot: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictFact(Fact):
    """The verdict of the person who took over; the newest counts."""

    handoff: str
    summary_correct: bool | None
    timing: Timing | None
    asked_again: bool
    reconstruction_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeFact(Fact):
    """How the session ended; the newest report counts."""

    outcome: Outcome
    at: datetime
    effort_score: int | None


AnyFact = TurnFact | HandoffFact | EventFact | VerdictFact | OutcomeFact
