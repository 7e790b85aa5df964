"""Put delivered hand-overs on the work list."""

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from relief.contracts.events import BusEnvelope
from relief.observability import logger
from relief.store.ports import HandoffStore


def receive_record(record: SQSRecord, store: HandoffStore) -> bool:
    """Take one queue message; ``False`` when its hand-over was on the work list already, or was erased since.

    Raises:
        ValidationError: the message is not a hand-over; it goes back to the queue and on to its
            dead-letter queue.
    """
    envelope = BusEnvelope.model_validate_json(record.body)
    announced = envelope.detail.handoff
    whole = announced.whole()
    fresh = store.receive_handoff(whole, envelope.detail.expires_at) if whole else store.queue_handoff(announced)
    logger.info(
        "hand-over received" if fresh else "hand-over received again, or erased",
        handoff_id=announced.handoff_id,
        queue=envelope.detail.queue,
        lane=envelope.detail.lane.value,
    )
    return fresh
