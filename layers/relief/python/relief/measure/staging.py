"""What happens beside a gold conversation: incidents that begin and end, and what a person's desk reports."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from relief.contracts.incident import Incident, Locale, ScopeRequest
from relief.contracts.model import Contract, Identifier, Name, Time
from relief.contracts.ownership import MAX_NOTE_CHARACTERS, HandoffEvent
from relief.contracts.vocabulary import HandoffEventKind, Severity

GIVES_BACK = frozenset({HandoffEventKind.returned, HandoffEventKind.resolved, HandoffEventKind.abandoned})
"""Events after which the conversation is the bot's again."""


class StagedIncident(Contract):
    """An incident that is declared. It lasts until it is ended, or the conversation is over."""

    incident_id: Identifier
    scope: ScopeRequest = ScopeRequest()
    severity: Severity = Severity.major
    messages: Annotated[dict[Locale, str], Field(min_length=1)]
    queue: Name = "crisis"

    def active(self, declared_at: Time, expires_at: Time) -> Incident:
        """Return it as turns read it."""
        return Incident(
            incident_id=self.incident_id,
            scope=self.scope.scope(),
            severity=self.severity,
            messages=self.messages,
            queue=self.queue,
            declared_at=declared_at,
            expires_at=expires_at,
        )


class DeskReport(Contract):
    """What the desk reports of the hand-over that is open."""

    kind: HandoffEventKind
    slot: Name | None = None
    note: Annotated[str, Field(max_length=MAX_NOTE_CHARACTERS)] | None = None

    def event(self, event_id: str) -> HandoffEvent:
        """Return it as the API takes it.

        Raises:
            ValueError: ``asked`` without a slot, or a slot without ``asked``.
        """
        return HandoffEvent(event_id=event_id, kind=self.kind, at=None, slot=self.slot, note=self.note)


class StagedEvent(Contract):
    """One thing that happens just before a turn, counted from 1: exactly one of the three fields beside it."""

    before_turn: Annotated[int, Field(ge=1)]
    declare: StagedIncident | None = None
    end: Identifier | None = Field(None, description="The incident that ends.")
    desk: DeskReport | None = None

    @property
    def gives_back(self) -> bool:
        """Whether the conversation is the bot's again afterwards."""
        return self.desk is not None and self.desk.kind in GIVES_BACK

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(one is not None for one in (self.declare, self.end, self.desk)) != 1:
            message = "is one thing: declare, end, or desk"
            raise ValueError(message)
        if self.desk is not None:
            self.desk.event("e")
        return self
