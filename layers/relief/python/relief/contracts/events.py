"""Events on the bus. Rules match ``detail.queue`` and ``detail.lane``; nothing raw travels here."""

from relief.contracts.handoff import AnnouncedHandoff
from relief.contracts.model import LenientContract
from relief.contracts.vocabulary import Lane

EVENT_SOURCE = "relief"
HANDOFF_REQUESTED = "HandoffRequested"


class HandoffRequested(LenientContract):
    """A conversation needs a person. The desk reads the summary from the record, under ``handoff.handoff_id``."""

    version: int = 1
    queue: str
    lane: Lane
    priority: int
    handoff: AnnouncedHandoff
    expires_at: int


class BusEnvelope(LenientContract):
    """The part of an EventBridge event that consumers read."""

    source: str
    detail: HandoffRequested
