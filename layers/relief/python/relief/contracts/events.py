"""Events on the bus. Rules match ``detail.queue`` and ``detail.lane``; nothing raw travels here."""

from typing import Literal

from pydantic import Field

from relief.contracts.handoff import AnnouncedHandoff
from relief.contracts.model import LenientContract, Time
from relief.contracts.vocabulary import HandoffState, Lane, Owner

EVENT_SOURCE = "relief"
HANDOFF_REQUESTED = "HandoffRequested"
HANDOFF_CHANGED = "HandoffChanged"
OFFER_LAPSED = "OfferLapsed"
INCIDENT_PROPOSED = "IncidentProposed"
INCIDENT_DECLARED = "IncidentDeclared"
INCIDENT_AMENDED = "IncidentAmended"
INCIDENT_RESOLVED = "IncidentResolved"
ALARM_CHANGED = "CloudWatch Alarm State Change"
HEALTH_EVENT = "AWS Health Event"


class HandoffRequested(LenientContract):
    """A conversation needs a person. The desk reads the summary from the record, under ``handoff.handoff_id``."""

    version: int = 1
    queue: str
    lane: Lane
    priority: int
    handoff: AnnouncedHandoff
    expires_at: int
    ownership: str = Field(
        "",
        description="With a hand-over that travels whole: what marks its session as handed over, as the attributes of "
        "an update, JSON. Nobody knows whether that could be written.",
    )


class BusEnvelope(LenientContract):
    """The part of an EventBridge event that consumers read."""

    source: str
    detail: HandoffRequested


class HandoffChanged(LenientContract):
    """A hand-over has moved on. Channels that can push tell the customer ``say`` at once, where there is one."""

    version: int = 1
    handoff_id: str
    session_id: str
    queue: str
    lane: Lane
    cause: str = Field(description="Kind of the desk's event, or `lapsed`: nobody accepted in time.")
    state: HandoffState
    owner: Owner
    changed_at: Time
    say: str = ""
    change_id: str = Field(
        "", description="Where set, the same for every copy of this change: EventBridge may deliver more than one."
    )


class ChangeEnvelope(LenientContract):
    """An EventBridge event of such a change, as far as consumers read it."""

    kind: Literal["HandoffChanged"] = Field(alias="detail-type")
    detail: HandoffChanged


class Lapse(LenientContract):
    """A reminder to look whether an offer was accepted; it travels through the hand-over's own queue, delayed."""

    handoff_id: str
    lease_until: Time


class LapseEnvelope(LenientContract):
    """A queue message that carries such a reminder."""

    kind: Literal["OfferLapsed"] = Field(alias="detail-type")
    detail: Lapse
