"""What a candidate policy would have decided on recorded decisions."""

from typing import Annotated, Any

from pydantic import Field

from relief.contracts.model import Contract, Identifier, LenientContract
from relief.contracts.vocabulary import Action, Mode, ReasonCode

MAX_REPLAYED = 500
"""Decisions that one request may name or bring."""
MAX_REPLAY_BYTES = 1024 * 1024


class RecordedReason(LenientContract):
    """Why it was decided, as far as a comparison needs it."""

    code: ReasonCode
    rule: str


class RecordedHandoff(LenientContract):
    """Where a hand-over went."""

    queue: str


class RecordedIncident(LenientContract):
    """That an incident concerned the turn."""

    incident_id: str


class RecordedMove(LenientContract):
    """Where a hand-over would have gone that was decided in shadow."""

    would_hand_over: RecordedHandoff | None = None


class RecordedAnswer(LenientContract):
    """The answer of a recorded decision, as far as a comparison needs it."""

    turn: int = 0
    action: Action
    mode: Mode
    reasons: list[RecordedReason] = Field(min_length=1)
    handoff: RecordedHandoff | None = None
    incident: RecordedIncident | None = None
    next: RecordedMove = RecordedMove()


class RecordedDecision(LenientContract):
    """A decision record as it is stored and exported; of its fields, those that are compared."""

    decision_id: str
    session_id: str
    response: RecordedAnswer
    facts: dict[str, Any] = {}
    asked_queue: str | None = None


class ReplayRequest(Contract):
    """A candidate policy, and the decisions to try it on: stored ones by their identifiers, or records."""

    policy: Annotated[str, Field(max_length=MAX_REPLAY_BYTES)] | dict[str, Any] = Field(
        description="The policy file's YAML text, or the same as a JSON document."
    )
    decision_ids: Annotated[list[Identifier], Field(max_length=MAX_REPLAYED)] = []
    records: Annotated[list[RecordedDecision], Field(max_length=MAX_REPLAYED)] = Field(
        [], description="Decision records as the export writes them; what a comparison does not need is ignored."
    )


class Verdict(LenientContract):
    """What is decided, in the four things that a replay compares."""

    action: Action
    mode: Mode
    reason: ReasonCode
    rule: str
    queue: str | None = None


class ChangedDecision(LenientContract):
    """One decision that would have been another."""

    decision_id: str
    session_id: str
    turn: int
    journey: str
    was: Verdict
    becomes: Verdict
    text: str


class Replay(LenientContract):
    """What would have changed, counted and listed."""

    policy: str = Field(description="Version of the candidate.")
    decisions: int
    replayed: int
    skipped: dict[str, int] = Field({}, description="Decisions that no policy decides anew, by why.")
    unchanged: int
    changed: int = Field(description="Decisions with another action.")
    kinds: dict[str, int] = Field({}, description="Every difference by kind: actions as `from -> to`, or what else.")
    journeys: dict[str, dict[str, int]] = Field({}, description="Kinds of difference by journey.")
    reasons: dict[str, int] = Field({}, description="Deciding reasons of what differs, as `from -> to`.")
    queues: dict[str, int] = Field({}, description="Queues of what differs, as `from -> to`; `none` without hand-over.")
    telling: list[ChangedDecision] = Field([], description="The ten most telling, each kind before a second of one.")
    missing: list[str] = Field([], description="Identifiers under which nothing is stored, or no longer.")
