"""The structured summary that a person reads first when they take over (at most 4 KB of canonical JSON)."""

from typing import Annotated

from pydantic import Field

from relief.contracts.model import LenientContract, Score
from relief.contracts.vocabulary import Authentication, Channel, ReasonCode, StepOutcome

MAX_SUMMARY_BYTES = 4096
MAX_HEADLINE_CHARACTERS = 200


class TriedStep(LenientContract):
    """A step that automation took, how it last ended, and how often it was taken."""

    step: str
    outcome: StepOutcome
    times: Annotated[int, Field(ge=1)]


class SummaryIdentity(LenientContract):
    """What is known of who the customer is: the keyed reference and how far identity was checked."""

    customer: str | None = None
    authenticated: Authentication = Authentication.none


class SummaryAccount(LenientContract):
    """The account metadata that matters to the person who takes over."""

    tier: str | None = None
    tenure_months: int | None = None
    value: str | None = None
    region: str | None = None
    products: list[str] = []


class SummaryEmotion(LenientContract):
    """The customer's state in neutral words, with the score behind them."""

    words: str
    frustration: Score
    trend: str


class SummaryReason(LenientContract):
    """Why the conversation is handed over."""

    code: ReasonCode
    text: str


class Summary(LenientContract):
    """What a person needs to continue the story without asking again."""

    headline: Annotated[str, Field(max_length=MAX_HEADLINE_CHARACTERS)]
    goal: str
    intent: str
    emotion: SummaryEmotion
    urgency: str
    channel: Channel | None = None
    locale: str = Field("en-US", description="The customer's.")
    language: str = Field("en", description="Of the words in this summary.")
    identity: SummaryIdentity = SummaryIdentity()
    account: SummaryAccount = SummaryAccount()
    tried: list[TriedStep] = []
    facts: dict[str, str | bool | int | float] = {}
    open_questions: list[str] = []
    recommended_next: list[str] = []
    reason: SummaryReason
    evidence: list[str] = []
    preferences: dict[str, str | bool | int | float] = {}
    do_not_ask: list[str] = []
    labels: dict[str, str] = Field({}, description="What steps and slots are called, where their names do not say it.")
    confidence: Score
    dropped: list[str] = Field(
        [], description="Fields shortened or left out to fit the budget, or withheld for want of consent."
    )
