"""Inputs and outputs of the workflow's states (``statemachine/turn.asl.json``)."""

import json
from typing import Any, Literal

from pydantic import Field, field_validator

from relief.contracts.context import DetectedTurn
from relief.contracts.decision import Counterfactual, NextMove, Reason, TurnResponse, Versions
from relief.contracts.incident import IncidentNotice
from relief.contracts.model import LenientContract, Time
from relief.contracts.rollout import RolledOut
from relief.contracts.signals import Intent, Signals
from relief.contracts.summary import Summary
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, Channel, Mode, Owner, Part

TypedItem = dict[str, dict[str, Any]]
"""An item in DynamoDB's attribute format."""


class EarlierContext(LenientContract):
    """What the GetItem integration answered of the customer's earlier session."""

    item: TypedItem | None = Field(None, alias="Item")


class LoadedContext(LenientContract):
    """What the GetItem integration answered: an item, nothing, or that it could not be read."""

    item: TypedItem | None = Field(None, alias="Item")
    unavailable: bool = False
    earlier: EarlierContext | None = Field(None, description="The customer's session before this one, where known.")

    @property
    def earlier_item(self) -> TypedItem | None:
        """The item of the customer's earlier session; ``None`` when there is none or it could not be read."""
        return self.earlier.item if self.earlier else None


class LoadedIncidents(LenientContract):
    """What the Query integration answered: the incident items, or that they could not be read."""

    items: list[TypedItem] = []
    unavailable: bool = False


class ClassifyInput(LenientContract):
    """What the classifier sees: the redacted message and what the bot last said, redacted as well."""

    text: str = ""
    bot_said: str = ""


class StageInput(LenientContract):
    """What every stage receives."""

    session_id: str
    received_at: Time
    request_hash: str
    turn: TurnRequest


class DetectInput(StageInput):
    """Input of Detect. ``classification`` is read leniently: nonsense counts as no classifier."""

    context: LoadedContext
    classification: Any = None


class DetectOutput(LenientContract):
    """Output of Detect."""

    detected: DetectedTurn
    degraded: list[Part] = []


class Proposed(LenientContract):
    """What this turn proposes, for the ledger that keeps it from being proposed again unchanged."""

    step: str | None = None
    slot: str | None = None


class FiredRule(LenientContract):
    """A rule as it was evaluated: whether it fired, and how far it was from the other outcome."""

    rule: str
    fired: bool
    margin: float


class Decided(LenientContract):
    """The decision on a turn, before a hand-over is summarised and routed."""

    action: Action
    mode: Mode
    owner: Owner
    signals: Signals
    intent: Intent
    reasons: list[Reason] = Field(min_length=1)
    next: NextMove
    proposed: Proposed = Proposed()
    queue: str | None = None
    priority: int = 0
    realtime: bool = True
    incident: IncidentNotice | None = None
    incident_queue: str | None = None
    journey: str | None = Field(None, description="The journey that incidents' scopes are matched with.")
    enforced: bool = True
    degraded: list[Part] = []
    versions: Versions
    evaluated: list[FiredRule] = []
    facts: dict[str, Any] = Field({}, description="What the rules were evaluated on; nothing that was said.")
    counterfactual: Counterfactual | None = None
    rollout: RolledOut | None = None


class Final(LenientContract):
    """A finished turn: the answer, the writes of one transaction, and the event if one is due.

    Documents travel as JSON strings: the workflow hands them on unopened, and opens ``writes`` only in
    the state that runs the transaction. That keeps every state's input small to copy and check.
    """

    response: str = Field(description="The answer, a TurnResponse as JSON.")
    writes: str = Field(description="Items of one DynamoDB transaction, as JSON.")
    announce: bool = False
    event: str = Field("{}", description="Detail of the event on the bus, as JSON.")
    queue_url: str = ""


class DecideInput(StageInput):
    """Input of Decide."""

    context: LoadedContext
    incidents: LoadedIncidents
    detect: DetectOutput
    failed: dict[Part, bool] = {}


class DecideOutput(LenientContract):
    """Output of Decide: automated turns are final, hand-overs go on to Summarise and Route."""

    path: Literal["automate", "escalate"]
    decided: Decided | None = None
    final: Final | None = None


class SummariseInput(StageInput):
    """Input of Summarise. ``detect`` is empty when detection failed."""

    context: LoadedContext
    detect: Any = None
    decided: Decided
    failed: dict[Part, bool] = {}


class SummariseOutput(LenientContract):
    """Output of Summarise."""

    summary: Summary
    degraded: list[Part] = []
    prompt: str = Field("", description="The prompt that wrote the sentences; empty when the composer did.")


class RouteInput(SummariseInput):
    """Input of Route. ``summarise`` is empty when Summarise failed; Route then composes by itself."""

    incidents: LoadedIncidents
    summarise: Any = None


class RouteOutput(LenientContract):
    """Output of Route."""

    final: Final


class Fallback(LenientContract):
    """What is prepared with every request, so that failing open needs no function at all.

    Every document is a JSON string, which only the fail-open path opens.
    """

    decide: str = Field(description="The prepared DecideOutput.")
    ownership: str = Field(description="Values of the update that marks the session as handed over.")
    writes: str = Field(description="Items of the transaction that records decision and hand-over.")
    event: str = Field(description="Detail of the event on the bus.")
    queue_url: str
    response: str = Field(description="The prepared TurnResponse.")
    pending_response: str = Field(description="The TurnResponse for a session that is handed over already.")


class TurnKeys(LenientContract):
    """Typed keys of the items that the workflow reads by itself."""

    context: dict[str, dict[str, str]]
    decision: dict[str, dict[str, str]]
    earlier: dict[str, dict[str, str]] | None = Field(
        None, description="Of the context of the customer's last session."
    )
    incidents: dict[str, str] = Field(description="The partition of the active incidents, a copy of several.")
    now: str = Field(description="Seconds since 1970, which what is read must outlive. Compared as text: ten digits.")


class Race(LenientContract):
    """How often this turn lost the race for the session's next version."""

    attempt: int = 0


class TurnExecution(StageInput):
    """Input of the turn workflow."""

    classify: ClassifyInput
    keys: TurnKeys
    fallback: Fallback
    race: Race = Race()
    failed: dict[str, bool] = {}
    ownership: dict[str, Any] = {}


class TurnOutcome(LenientContract):
    """Output of the turn workflow."""

    by: Literal["decide", "route", "recall", "already_handed_over", "last_resort"]
    response: TurnResponse = Field(description="Travels as a JSON string.")
    request_hash: str | None = None
    failed: dict[Part, bool] = {}
    ownership: dict[str, Any] = {}

    @field_validator("response", mode="before")
    @classmethod
    def _open(cls, value: Any) -> Any:  # noqa: ANN401 - raw input before validation
        return json.loads(value) if isinstance(value, str) else value


class DecisionRecord(LenientContract):
    """The stored decision: the answer, what it was decided on, and what the same turn must match."""

    decision_id: str
    session_id: str
    decided_at: Time
    request_hash: str
    response: TurnResponse
    channel: Channel | None = None
    journey: str | None = None
    retried: bool = Field(False, description="The bot reported a step that had failed or was refused before.")
    evaluated: list[FiredRule] = []
    facts: dict[str, Any] = {}
    asked_queue: str | None = Field(None, description="The queue that a rule asked for; else the topic decided.")
    counterfactual: Counterfactual | None = Field(
        None, description="Empty where no change of facts decides, or the customer allows nothing to be kept."
    )
    rollout: RolledOut | None = None
