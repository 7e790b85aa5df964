"""Incidents: scope, message and lifetime of incident mode, and what operators send and read of them."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field, StrictBool, field_validator, model_validator

from relief.contracts.model import Contract, Identifier, Label, LenientContract, Name, Time
from relief.contracts.vocabulary import (
    Channel,
    FollowupKind,
    IncidentCause,
    IncidentChange,
    IncidentState,
    Severity,
    SweepPhase,
)

DEFAULT_HOURS = 4
"""Life of an incident whose declaration names no end, hours."""

MAX_HOURS = 72
"""The furthest end that can be set at a time, hours. Whoever needs longer extends it, knowingly."""

MAX_ACTIVE = 10
"""Incidents that may be open at a time: every turn reads them all."""

MAX_CHANGES = 100
"""Entries of an incident's audit trail; whoever gets there resolves it and declares anew."""

MAX_WHY_CHARACTERS = 500
MAX_MESSAGE_CHARACTERS = 320
_MAX_NAMES = 20
_MAX_LOCALES = 10
_LOCALE = r"^[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}$"

Locale = Annotated[str, Field(pattern=_LOCALE)]
Variable = Annotated[str, Field(max_length=80)]


class IncidentScope(LenientContract):
    """What an incident touches. An empty list matches everything of its kind."""

    intents: list[str] = []
    journeys: list[str] = []
    products: list[str] = []
    regions: list[str] = []
    channels: list[Channel] = []

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows the scope down."""
        return not (self.intents or self.journeys or self.products or self.regions or self.channels)


class Incident(LenientContract):
    """An active incident, as the turn workflow reads it."""

    incident_id: str
    scope: IncidentScope = IncidentScope()
    severity: Severity = Severity.major
    messages: Annotated[dict[str, str], Field(min_length=1)]
    queue: str = "crisis"
    declared_at: Time
    expires_at: Time
    version: int = 1


class IncidentNotice(LenientContract):
    """What a turn's answer says of the incident that it falls under."""

    incident_id: str
    message: str


class ScopeRequest(Contract):
    """A scope as operators state it."""

    intents: Annotated[list[Name], Field(max_length=_MAX_NAMES)] = []
    journeys: Annotated[list[Name], Field(max_length=_MAX_NAMES)] = []
    products: Annotated[list[Label], Field(max_length=_MAX_NAMES)] = []
    regions: Annotated[list[Label], Field(max_length=_MAX_NAMES)] = []
    channels: Annotated[list[Channel], Field(max_length=len(Channel))] = []

    def scope(self) -> IncidentScope:
        """Return it as it is stored: each name once."""
        lists = {name: list(dict.fromkeys(values)) for name, values in self.model_dump().items()}
        return IncidentScope.model_validate(lists)


class IncidentRequest(Contract):
    """A declaration; with ``version``, an amendment, in which whatever is absent stays as it is."""

    scope: ScopeRequest | None = Field(None, description="Empty lists match everything of their kind.")
    severity: Severity | None = Field(None, description="`major` when absent.")
    messages: Annotated[dict[Locale, str], Field(max_length=_MAX_LOCALES)] | None = Field(
        None, description="What customers read, by locale. Either this or `template`."
    )
    template: Name | None = Field(None, description="A pre-built message instead, in every language that it has.")
    variables: Annotated[dict[Name, Variable], Field(max_length=_MAX_NAMES)] | None = None
    queue: Name | None = Field(None, description="Who takes people in scope; `crisis` when absent.")
    staffing: Annotated[int, Field(strict=True, ge=0, le=10_000)] | None = Field(
        None, description="People who work on that queue during the incident; shown to operators."
    )
    expires_at: Time | None = Field(None, description="When it ends by itself; 4 hours from now when absent.")
    version: Annotated[int, Field(strict=True, ge=1)] | None = Field(
        None, description="The version that is amended or confirmed; absent to declare."
    )
    why: Annotated[str, Field(max_length=MAX_WHY_CHARACTERS)] | None = Field(
        None, description="For the audit trail; redacted on entry."
    )
    confirm: StrictBool = Field(
        False, description="Confirms a proposal, as it stands in `version`; nothing else changes."
    )

    @field_validator("expires_at", mode="after")
    @classmethod
    def _ends(cls, expires_at: datetime | None) -> datetime | None:
        if expires_at is None:
            message = "an incident always ends; leave expires_at out for four hours from now"
            raise ValueError(message)
        return expires_at

    @model_validator(mode="after")
    def _speaks_with_one_voice(self) -> Self:
        if self.messages is not None and (self.template is not None or self.variables is not None):
            message = "send either messages, or template with its variables"
            raise ValueError(message)
        if self.confirm and (self.version is None or self.model_fields_set - {"confirm", "version", "why"}):
            message = "confirm needs version, and takes nothing but why beside it"
            raise ValueError(message)
        return self


class AuditEntry(LenientContract):
    """One change of an incident: who, when, what and why."""

    at: Time
    version: int
    change: IncidentChange
    by: str = Field(description="Keyed hash of the token's subject; `policy` or `schedule` where no person did it.")
    fields: list[str] = Field([], description="What an amendment changed.")
    why: str = ""


class SweepReport(LenientContract):
    """What the last pass over the open hand-overs did for an incident."""

    rerouted: int = 0
    returned: int = 0
    told: int = 0
    finished_at: Time | None = None


class IncidentRecord(Incident):
    """An incident as it is stored, and as operators read it."""

    state: IncidentState
    template: str | None = None
    variables: dict[str, str] = {}
    staffing: int | None = None
    origin: str | None = Field(None, description="The alarm or event that proposed it.")
    ended_at: Time | None = None
    audit: list[AuditEntry] = []
    request_hash: str = Field("", description="What the same declaration, sent again, must match.")
    sweep: SweepReport = SweepReport()
    degraded: list[str] = Field([], description="`announce`: the bus did not take it; the schedule catches up.")

    def active(self) -> Incident:
        """Return what turns read of it."""
        return Incident.model_validate(self.model_dump(include=set(Incident.model_fields)))


class IncidentPage(LenientContract):
    """Every incident that is open or proposed, and those that ended within the life of a record; newest first."""

    items: list[IncidentRecord]
    next: str | None = None


class IncidentChanged(LenientContract):
    """An incident was declared, amended, proposed or has ended: the detail of the four events on the bus."""

    version: int = 1
    incident_id: Identifier
    incident_version: int
    state: IncidentState
    cause: IncidentCause
    lane: str = "crisis"
    severity: Severity
    scope: IncidentScope
    queue: str
    changed_at: Time
    expires_at: Time


class Followup(LenientContract):
    """A customer who was promised something during an incident."""

    incident_id: str
    session_id: str
    kind: FollowupKind
    customer: str | None = Field(None, description="Keyed reference, where the session knows it.")
    handoff_id: str | None = None
    queue: str | None = Field(None, description="Where the hand-over went with this promise.")
    channel: Channel | None = None
    locale: str = "en-US"
    promised_at: Time
    say: str = Field("", description="What is still to be told at once; empty once it is told.")


class FollowupPage(LenientContract):
    """A page of those customers."""

    items: list[Followup]
    next: str | None = None


class SweepState(LenientContract):
    """How far a pass over the open hand-overs has come; what one page of it hands on to the next."""

    run: str = Field(description="The pass's name: one at a time works, and may be tried again.")
    phase: SweepPhase = SweepPhase.move
    generation: int | None = Field(None, description="How often incidents had changed when the pass began.")
    queue: int = Field(0, description="Number of the queue that is being gone through.")
    start: str | None = Field(None, description="Where the next page of that queue starts.")
    reports: dict[str, SweepReport] = Field({}, description="What was done so far, by incident.")


class TurnMark(LenientContract):
    """What is kept of a turn for two hours, so that a preview can count: where it stood, nothing of whose it was.

    Products and region are the caller's own words, so they are kept as hashes, and compared as such.
    """

    intent: str
    journey: str | None = None
    products: list[str] = []
    region: str | None = None
    channel: Channel


class TurnsTouched(LenientContract):
    """How many turns of the last hour a scope matches."""

    window_seconds: int = 3600
    matching: int
    total: int
    exact: bool = Field(description="False: scaled up from `sampled` turns that were looked at.")
    sampled: int


class HandoffsTouched(LenientContract):
    """How many open hand-overs a scope matches, by the queue that they would leave."""

    matching: int
    total: int
    exact: bool = Field(description="False: there are more than were looked at.")
    leaving: dict[str, int] = {}


class Preview(LenientContract):
    """What would happen, before anything does."""

    turns: TurnsTouched
    handoffs: HandoffsTouched
    gaining: dict[str, int] = Field(description="Hand-overs that each queue would get at once.")
    messages: dict[str, str] = Field(description="What a customer would read, by locale.")
    expires_at: Time
    needs_confirmation: bool = Field(False, description="A second person would have to confirm it.")
    overridden_by: list[str] = Field([], description="Active incidents that are more specific for a part of it.")
    warnings: list[str] = []
