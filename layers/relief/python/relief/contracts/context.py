"""The session context: what is remembered of a conversation. Derived values only, never the text.

Every collection is bounded, so that a session of any length stays under ``MAX_CONTEXT_BYTES``.
"""

from typing import Annotated

from pydantic import Field

from relief.contracts.handoff import HandoffOrigin
from relief.contracts.model import LenientContract, Score, Time
from relief.contracts.ownership import PersonReport
from relief.contracts.queues import InsteadOf
from relief.contracts.signals import Intent, Signals
from relief.contracts.vocabulary import (
    Action,
    Authentication,
    Channel,
    EvidenceCode,
    HandoffState,
    Lane,
    Owner,
    ReasonCode,
    StepOutcome,
    WaitingNews,
)

MAX_CONTEXT_BYTES = 16 * 1024
MAX_HISTORY = 16
MAX_STEPS = 24
MAX_SLOTS = 40
MAX_VIEWED = 8
MAX_POINTERS = 20

StoredValue = str | bool | int | float


class Observation(LenientContract):
    """What is derived from one turn and kept for the next ones."""

    turn: int = 0
    words: int = Field(0, ge=0, description="Number of words the customer wrote; 0 for a turn without text.")
    scores: dict[str, Score] = {}
    intent: str = ""
    confidence: Score = 0.0
    codes: list[EvidenceCode] = []
    sketch: str = Field(
        "", max_length=64, description="MinHash of the words' stems, base64: similarity without the words."
    )
    embedding: str = Field(
        "", max_length=1024, description="Quantised sentence embedding, base64; empty without classifier."
    )
    bot_sketch: str = Field("", max_length=64, description="MinHash of what the bot said before this turn.")
    step: str | None = None
    outcome: StepOutcome | None = None
    action: Action | None = None


class StepRecord(LenientContract):
    """A step that the bot took in this session."""

    attempts: int = 0
    failures: int = 0
    last_outcome: StepOutcome = StepOutcome.pending
    last_turn: int = 0


class SlotRecord(LenientContract):
    """A question in the asked-and-answered ledger."""

    asked: int = 0
    asked_by: str = Field("bot", description="Who asked last: `bot` or `person`.")
    answered: bool = False
    last_turn: int = Field(0, description="The turn that last touched it; 0 when an earlier session did.")
    proposed_turn: int = Field(0, description="The turn that proposed it to the bot, which has not reported it yet.")


class Proposal(LenientContract):
    """A step or question that Relief proposed: how often, and in which turn last."""

    times: int = 0
    last_turn: int = 0


class Progress(LenientContract):
    """Counters of the issue at hand. A new issue starts them anew."""

    issue: str = ""
    turns: int = 0
    turns_without_progress: int = 0
    failures: int = 0
    refusals: int = 0
    clarifications: int = 0
    strategy_changes: int = 0
    human_requests: int = 0
    stated_contacts: int = Field(0, description="The highest count of contacts that the customer stated.")


class OpenHandoff(LenientContract):
    """The hand-over that is under way, as far as the turn workflow needs it."""

    handoff_id: str
    queue: str
    priority: int
    realtime: bool
    state: HandoffState
    eta_seconds: int | None = None
    reason: ReasonCode
    reason_text: str = ""
    requested_at: Time
    turn: int = 0
    lane: Lane = Lane.normal
    skills: list[str] = []
    instead_of: InsteadOf | None = Field(None, description="Where it was meant to go, when that team takes nobody.")
    incident_id: str | None = None
    journey: str | None = None
    origin: HandoffOrigin | None = Field(None, description="Where it waited before an incident moved it.")
    lease_until: Time | None = Field(None, description="Until when an offer, or a person's ownership, holds.")
    news: WaitingNews | None = Field(None, description="What the customer has not been told yet.")
    told: list[WaitingNews] = Field([], description="What the customer was told while waiting, so as not to repeat it.")


class CustomerState(LenientContract):
    """The customer as remembered: a keyed reference and the account metadata of the last report."""

    ref: str | None = None
    tier: str | None = None
    tenure_months: int | None = None
    value: str | None = None
    authenticated: Authentication = Authentication.none
    region: str | None = None
    products: list[str] = []


class Listing(LenientContract):
    """Under which customer the session is listed, so that it is found when the customer is erased."""

    customer: str = Field(description="The keyed reference.")
    until: Time


class SessionContext(LenientContract):
    """Everything that is remembered of a session."""

    session_id: str
    turn: int = 0
    owner: Owner = Owner.bot
    created_at: Time
    updated_at: Time
    expires_at: Time
    channel: Channel
    locale: str = "en-US"
    journey: str | None = None
    customer: CustomerState = CustomerState()
    goal: str = Field("", description="The intent that the session opened with or last settled on.")
    facts: Annotated[dict[str, StoredValue], Field(max_length=MAX_SLOTS)] = {}
    preferences: Annotated[dict[str, StoredValue], Field(max_length=MAX_SLOTS)] = {}
    evidence: Annotated[list[str], Field(max_length=MAX_POINTERS)] = []
    steps: Annotated[dict[str, StepRecord], Field(max_length=MAX_STEPS)] = {}
    viewed: Annotated[dict[str, int], Field(max_length=MAX_VIEWED)] = Field(
        {}, description="How often each step was looked at since the customer last wrote."
    )
    slots: Annotated[dict[str, SlotRecord], Field(max_length=MAX_SLOTS)] = {}
    proposed: Annotated[dict[str, Proposal], Field(max_length=MAX_SLOTS)] = {}
    progress: Progress = Progress()
    history: Annotated[list[Observation], Field(max_length=MAX_HISTORY)] = []
    last_signals: dict[str, Score] = {}
    first_frustration: Score | None = None
    peak_frustration: Score = 0.0
    recalled: list[str] = Field([], description="Facts of an earlier session that this one has not stated itself.")
    handoff: OpenHandoff | None = None
    handoffs: int = 0
    colleague: PersonReport | None = Field(None, description="How the last hand-over ended.")
    incidents_told: list[str] = []
    store_context: bool = Field(True, description="What the customer agreed to; see ``relief.remember.consent``.")
    listed: Listing | None = None


class DetectedTurn(LenientContract):
    """What Detect finds in one turn: scores with evidence, the intent, and what to remember of it."""

    signals: Signals
    intent: Intent
    observation: Observation
    stated_contacts: int = 0
    model: str = Field("", description="Version of the classifier that took part; empty without.")
