"""Follow the table's stream: facts out of its records, into the figures, and on to CloudWatch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from relief.errors import ReliefError
from relief.measure.figures.publish import MetricSink, publish_counts
from relief.measure.figures.record import Recorder
from relief.measure.figures.stream import read_fact
from relief.observability import logger

_Record = Mapping[str, Any]


def follow(records: Sequence[_Record], recorder: Recorder, sink: MetricSink) -> dict[str, Any]:
    """Record a batch; the answer names the record from which on it must come again.

    A record that cannot be read comes again alone until the source gives it up to its dead-letter queue; the others of
    the batch come again with it, and find themselves recorded.
    """
    facts = []
    unreadable: list[str] = []
    for record in records:
        try:
            fact = read_fact(record["dynamodb"].get("NewImage"))
        except (KeyError, ValueError, ValidationError) as error:
            logger.error("A record of the stream cannot be read.", error_type=type(error).__name__)
            unreadable.append(record["dynamodb"]["SequenceNumber"])
            continue
        if fact is not None:
            facts.append(fact)
    try:
        added = recorder.record(facts)
    except (BotoCoreError, ClientError, ReliefError) as error:
        logger.error("A batch could not be recorded; it comes again.", error_type=type(error).__name__)
        unreadable = [record["dynamodb"]["SequenceNumber"] for record in records]
        added = Counter()
    publish_counts(added, len(records), sink)
    return {"batchItemFailures": [{"itemIdentifier": number} for number in unreadable[:1]]}
