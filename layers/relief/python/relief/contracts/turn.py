"""The turn request: what a caller posts for each customer turn."""

from typing import Annotated, Any, Final

from pydantic import Field, StrictBool, model_validator

from relief.contracts.model import Contract, Identifier, Label, Name, Score, Time
from relief.contracts.vocabulary import AccountValue, Authentication, Channel, StepOutcome, TelemetryKind, Tier

MAX_TEXT_CHARACTERS = 8_000
MAX_TELEMETRY_ITEMS = 200
MAX_REQUEST_BYTES = 32 * 1024
_MAX_SECONDS = 7 * 24 * 3600
_MAX_FACTS = 40

NOT_KEPT: Final = "[NOT KEPT]"
"""Stands for a value that no journey's list allows: the name is remembered as answered, the value nowhere."""

FactValue = Annotated[str, Field(max_length=200)] | bool | int | float


class TelemetryItem(Contract):
    """One thing that the customer did in the interface."""

    kind: TelemetryKind
    at: Time | None = None
    target: Annotated[str, Field(max_length=64)] | None = Field(None, description="Step or control id.")
    seconds: Annotated[float, Field(strict=True, ge=0, le=_MAX_SECONDS)] = Field(
        0, description="Duration in seconds, where it has one."
    )


class Customer(Contract):
    """What the caller knows of the customer's account. ``ref`` is replaced by a keyed hash on entry."""

    ref: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    tier: Tier | None = None
    tenure_months: Annotated[int, Field(strict=True, ge=0, le=1200)] | None = None
    value: AccountValue | None = None
    authenticated: Authentication | None = None
    region: Annotated[str, Field(max_length=32)] | None = None
    products: Annotated[list[Label], Field(max_length=20)] | None = None


class BotIntent(Contract):
    """The caller's own reading of the customer's intent."""

    name: Annotated[str, Field(min_length=1, max_length=64)]
    confidence: Annotated[Score, Field(strict=True)]


class BotReport(Contract):
    """What the caller's bot did just before this turn."""

    intent: BotIntent | None = None
    step: Name | None = None
    outcome: StepOutcome | None = None
    said: Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)] | None = None
    asked: Annotated[list[Name], Field(max_length=20)] = []


class EvidencePointer(Contract):
    """A pointer to something that the customer supplied; never the thing itself."""

    kind: Name
    ref: Annotated[str, Field(min_length=1, max_length=256)]


class Consent(Contract):
    """What the customer agreed to. It stays valid for the later turns of the session, until one says otherwise."""

    store_context: StrictBool = Field(
        True, description="When false, nothing that identifies or describes the customer is kept; see the README."
    )


class TurnRequest(Contract):
    """One customer turn: text, telemetry, or what the bot just did, in any mix."""

    turn_id: Identifier = Field(description="The caller's idempotency key for this turn.")
    at: Time | None = Field(None, description="When the turn happened; the time of receipt when absent.")
    channel: Channel
    locale: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}$")] = "en-US"
    journey: Name | None = None
    text: Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)] | None = None
    telemetry: Annotated[list[TelemetryItem], Field(max_length=MAX_TELEMETRY_ITEMS)] = []
    customer: Customer | None = None
    bot: BotReport | None = None
    facts: Annotated[dict[Name, FactValue], Field(max_length=_MAX_FACTS)] = {}
    evidence: Annotated[list[EvidencePointer], Field(max_length=20)] = []
    preferences: Annotated[dict[Name, FactValue], Field(max_length=_MAX_FACTS)] = {}
    consent: Consent | None = Field(
        None, description="Absent: as an earlier turn of the session said; storing is allowed until one says otherwise."
    )

    @model_validator(mode="before")
    @classmethod
    def _treat_null_as_absent(cls, data: Any) -> Any:  # noqa: ANN401 - raw input before validation
        if isinstance(data, dict):
            return {key: value for key, value in data.items() if value is not None}
        return data

    @model_validator(mode="after")
    def _needs_content(self) -> "TurnRequest":
        if not (self.text and self.text.strip()) and not self.telemetry and self.bot is None:
            message = "a turn needs text, telemetry or bot"
            raise ValueError(message)
        return self
