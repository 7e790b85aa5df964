"""Events on the bus. Rules match ``detail.queue`` and ``detail.lane``; nothing raw travels here."""

from relief.contracts.handoff import Handoff
from relief.contracts.model import LenientContract
from relief.contracts.vocabulary import Lane

EVENT_SOURCE = "relief"
HANDOFF_REQUESTED = "HandoffRequested"


class HandoffRequested(LenientContract):
    """A conversation needs a person: everything that the receiving desk needs, and nothing more."""

    version: int = 1
    queue: str
    lane: Lane
    priority: int
    handoff: Handoff
    expires_at: int


class BusEnvelope(LenientContract):
    """The part of an EventBridge event that consumers read."""

    source: str
    detail: HandoffRequested
