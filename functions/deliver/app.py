"""Consume the hand-over queues."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from relief.deliver.worklist import receive_record
from relief.observability import logger
from relief.route.desk import Desk
from relief.settings import load_settings
from relief.store.bus import Bus
from relief.store.dynamodb import Table
from relief.store.ownership import OwnershipTable

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@lru_cache(maxsize=1)
def _ports() -> tuple[Table, Desk]:
    settings = load_settings()
    return Table(settings), Desk(settings, OwnershipTable(settings), Bus(settings))


def _receive(record: SQSRecord) -> None:
    receive_record(record, *_ports(), datetime.now(UTC))


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> Any:
    """Deliver a batch; what fails alone is tried again alone."""
    return process_partial_response(event=event, record_handler=_receive, processor=processor, context=context)
