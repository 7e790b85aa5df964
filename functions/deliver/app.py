"""Consume the hand-over queues."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from relief.deliver.batch import load_batch
from relief.observability import logger

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> Any:
    """Deliver a batch; what fails alone is tried again alone."""
    outcomes = load_batch().take(SQSRecord(record) for record in event["Records"])

    def outcome(record: SQSRecord) -> None:
        outcomes[record.message_id].result()

    return process_partial_response(event=event, record_handler=outcome, processor=processor, context=context)
