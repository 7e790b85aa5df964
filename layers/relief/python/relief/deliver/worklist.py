"""What comes out of the hand-over queues: hand-overs for the work list, moves of those, and reminders of offers."""

import json
from datetime import datetime
from typing import NamedTuple

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from relief.contracts.events import HANDOFF_CHANGED, OFFER_LAPSED, BusEnvelope, ChangeEnvelope, LapseEnvelope
from relief.observability import logger
from relief.route.desk import Desk
from relief.store.delivery import Whole
from relief.store.ports import HandoffStore


class Received(NamedTuple):
    """What a queue message was."""

    fresh: bool
    """Whether there was something left to do for it."""

    handoff_id: str | None = None
    """The hand-over that it brings or that has moved, which is on the work list now unless it was erased."""


def receive_record(record: SQSRecord, store: HandoffStore, desk: Desk, now: datetime) -> Received:
    """Take one queue message.

    Raises:
        ValidationError, ValueError: the message is none of ours; it goes back to the queue and on to its
            dead-letter queue.
    """
    body = json.loads(record.body)
    if isinstance(body, dict) and body.get("detail-type") == OFFER_LAPSED:
        return Received(_put_back(LapseEnvelope.model_validate(body), desk, now))
    if isinstance(body, dict) and body.get("detail-type") == HANDOFF_CHANGED:
        return Received(fresh=False, handoff_id=ChangeEnvelope.model_validate(body).detail.handoff_id)
    envelope = BusEnvelope.model_validate_json(record.body)
    fresh = _put_on_worklist(envelope, store, now)
    return Received(fresh, envelope.detail.handoff.handoff_id)


def _put_on_worklist(envelope: BusEnvelope, store: HandoffStore, now: datetime) -> bool:
    """Put a hand-over on the work list; ``False`` when it was there already, was erased, or somebody is awaited."""
    announced = envelope.detail.handoff
    handoff = announced.whole()
    if handoff is None:
        fresh = store.queue_handoff(announced)
    else:
        fresh = store.receive_handoff(Whole(handoff, envelope.detail.expires_at, envelope.detail.ownership), now)
    logger.info(
        "hand-over received" if fresh else "hand-over received again, or erased",
        handoff_id=announced.handoff_id,
        queue=envelope.detail.queue,
        lane=envelope.detail.lane.value,
    )
    return fresh


def _put_back(envelope: LapseEnvelope, desk: Desk, now: datetime) -> bool:
    """Put an offer that nobody accepted back into its queue; ``False`` when somebody did, or it is gone."""
    lapsed = desk.lapse(envelope.detail, now)
    logger.info("offer lapsed" if lapsed else "offer taken in time", handoff_id=envelope.detail.handoff_id)
    return lapsed
