"""What a role may see of a session: the agent's, the customer's and the supervisor's view."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from relief.contracts.context import OpenHandoff, Progress, StoredValue
from relief.contracts.decision import Counterfactual, Reason, Versions
from relief.contracts.handoff import HandoffNotice
from relief.contracts.model import LenientContract, Score, Time
from relief.contracts.ownership import PersonReport
from relief.contracts.states import FiredRule
from relief.contracts.summary import Summary, SummaryAccount, SummaryEmotion, SummaryIdentity, TriedStep
from relief.contracts.vocabulary import Action, Channel, Mode, Owner, Part, ReasonCode, View


class AskedSlot(LenientContract):
    """A question that was asked or answered in this session."""

    slot: str
    asked: int
    asked_by: str
    answered: bool


class AgentView(LenientContract):
    """What a colleague needs to go on without asking again."""

    view: Literal[View.agent] = View.agent
    session_id: str
    turn: int
    owner: Owner
    channel: Channel
    locale: str
    journey: str | None = None
    goal: str
    intent: str
    emotion: SummaryEmotion
    urgency: str
    identity: SummaryIdentity
    account: SummaryAccount
    tried: list[TriedStep]
    facts: dict[str, StoredValue]
    preferences: dict[str, StoredValue]
    evidence: list[str]
    asked: list[AskedSlot]
    open_questions: list[str]
    do_not_ask: list[str]
    do_not_repeat: list[str]
    handoff: OpenHandoff | None = None
    summary: Summary | None = Field(None, description="The hand-over's summary, where there is a hand-over.")
    colleague: PersonReport | None = Field(None, description="How the hand-over before this one ended.")
    updated_at: Time
    kept_until: Time


class KnownValue(LenientContract):
    """One thing that the customer or a system supplied."""

    name: str = Field(description="Its name in the API.")
    label: str = Field(description="Its name in plain words.")
    value: StoredValue


class Correction(LenientContract):
    """How what is known is corrected: the next turn states it anew."""

    text: str
    method: str = "POST"
    path: str
    fields: list[str] = ["facts", "preferences"]


class CustomerView(LenientContract):
    """What we know about this conversation, in plain words, in the customer's language."""

    view: Literal[View.customer] = View.customer
    session_id: str
    locale: str = Field(description="Language of the texts.")
    title: str
    topic: str
    who: str
    known: list[KnownValue]
    preferences: list[KnownValue]
    attachments: int = Field(description="Number of files or records that you supplied; only pointers are kept.")
    tried: list[str]
    identity: str
    feeling: str
    kept: str
    kept_until: Time
    correct: Correction
    more: str


class Escalation(HandoffNotice):
    """One hand-over in the session's history, with why it was made and what became of it."""

    reason_text: str = ""
    changed_at: Time | None = None
    report: PersonReport | None = None


class ExplainedDecision(LenientContract):
    """One decision, and why it was not another."""

    decision_id: str
    turn: int
    decided_at: Time
    action: Action
    mode: Mode
    owner: Owner
    reasons: list[Reason]
    explanation: str
    nearest: list[FiredRule] = Field(description="Rules that did not fire, those that came closest first.")
    counterfactual: Counterfactual | None = Field(None, description="What would have given another action.")
    degraded: list[Part]
    versions: Versions


class SupervisorView(LenientContract):
    """How the conversation was decided. It outlives the context: what has expired is empty."""

    view: Literal[View.supervisor] = View.supervisor
    session_id: str
    turn: int
    owner: Owner | None = None
    channel: Channel | None = None
    journey: str | None = None
    goal: str = ""
    progress: Progress | None = None
    first_frustration: Score | None = None
    last_frustration: Score | None = None
    peak_frustration: Score | None = None
    reason_codes: dict[ReasonCode, int] = Field(description="How often each reason decided a turn.")
    escalations: list[Escalation]
    decisions: list[ExplainedDecision] = Field(description="Oldest first.")
    decisions_left_out: int = Field(description="Older decisions than these; the export has them all.")
    kept_until: Time | None = None


class SessionView(RootModel[Annotated[AgentView | CustomerView | SupervisorView, Field(discriminator="view")]]):
    """One role's view of a session."""
