"""Carry incidents out: events from their queue, the minute's tick, and the pages of a pass over open hand-overs."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from relief.contracts.incident import SweepState
from relief.incidents.services import make_watch
from relief.incidents.watch import IncidentWatch
from relief.observability import logger
from relief.settings import load_settings
from relief.stage_input import read_stage_input

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@lru_cache(maxsize=1)
def _watch() -> IncidentWatch:
    return make_watch(load_settings())


def _receive(record: SQSRecord) -> None:
    _watch().take(record.body, datetime.now(UTC))


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> Any:
    """Take a batch of events, go on with a pass, or look at the clock."""
    if "Records" in event:
        return process_partial_response(event=event, record_handler=_receive, processor=processor, context=context)
    if "run" in event:
        return _watch().sweep(read_stage_input(event, SweepState), datetime.now(UTC)).model_dump(mode="json")
    return _watch().tick(datetime.now(UTC))._asdict()
