"""Incidents: the scope, the message and the lifetime of incident mode."""

from typing import Annotated

from pydantic import Field

from relief.contracts.model import LenientContract, Time
from relief.contracts.vocabulary import Channel, Severity


class IncidentScope(LenientContract):
    """What an incident touches. An empty list matches everything of its kind."""

    intents: list[str] = []
    journeys: list[str] = []
    products: list[str] = []
    regions: list[str] = []
    channels: list[Channel] = []


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
