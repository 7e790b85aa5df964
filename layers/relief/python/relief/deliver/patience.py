"""Messages whose desks asked to be left alone come back when that time is over.

A message is received five times before it is put aside. So that a desk which says "in two seconds" is given no less
time to recover than one that says nothing, a wait is only ever longer than the queue's own visibility timeout.
"""

import math
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

import boto3
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import BotoCoreError, ClientError

from relief.observability import logger
from relief.settings import Settings
from relief.store.dynamodb import QUICK

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

QUEUE_SECONDS: Final = 60
"""The visibility timeout of the template's queues: after so long a message comes back by itself."""

_SPENT_SECONDS: Final = 10
"""Of which the function may have spent as many by now."""


class Patience(Protocol):
    """Keeps messages back."""

    def keep_back(self, record: SQSRecord, seconds: float) -> None:
        """Let a message come back after so many seconds, and no sooner than by itself."""


class QueuePatience:
    """Keeps messages back in the queues that they came from."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._urls = {url.rpartition("/")[2]: url for url in settings.handoff_queue_urls.values()}

    @cached_property
    def _queues(self) -> "SQSClient":
        return boto3.client("sqs", config=QUICK)

    def keep_back(self, record: SQSRecord, seconds: float) -> None:
        """Let a message come back after so many seconds, and no sooner than by itself.

        When the queue does not take that, the message comes back earlier, and what is noted of its delivery keeps the
        desk from being asked.
        """
        url = self._urls.get(record.event_source_arn.rpartition(":")[2])
        if url is None or seconds <= QUEUE_SECONDS - _SPENT_SECONDS:
            return
        # A second more, for clocks that differ.
        invisible = max(QUEUE_SECONDS, math.ceil(seconds) + 1)
        try:
            self._queues.change_message_visibility(
                QueueUrl=url, ReceiptHandle=record.receipt_handle, VisibilityTimeout=invisible
            )
        except (BotoCoreError, ClientError):
            logger.exception("A message could not be kept back.")
