"""Messages whose desks asked to be left alone come back when that time is over.

A message is received five times before it is put aside. So that a desk which says "in two seconds" is given no less
time to recover than one that says nothing, a wait is only ever longer than the queue's own visibility timeout.
"""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import boto3
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from relief.observability import logger
from relief.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import ChangeMessageVisibilityBatchRequestEntryTypeDef

QUEUE_SECONDS: Final = 60
"""The visibility timeout of the template's queues: after so long a message comes back by itself."""

_SPENT_SECONDS: Final = 10
"""Of which the function may have spent as many by now."""

# What comes last in the function must not outlive it.
_BRIEF: Final = Config(connect_timeout=0.4, read_timeout=0.8, retries={"total_max_attempts": 1, "mode": "standard"})


class Wait(NamedTuple):
    """A message, and how long the desks that it is for asked to be left alone, seconds."""

    record: SQSRecord
    seconds: float


class Patience(Protocol):
    """Keeps messages back."""

    def keep_back(self, waits: Sequence[Wait]) -> None:
        """Let messages of one queue come back after so many seconds each, and no sooner than by themselves."""


class QueuePatience:
    """Keeps messages back in the queue that they came from."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        # All queues of an installation have the same URL up to their names.
        self._base = next((url.rpartition("/")[0] for url in settings.handoff_queue_urls.values()), "")

    @cached_property
    def _queues(self) -> "SQSClient":
        return boto3.client("sqs", config=_BRIEF)

    def keep_back(self, waits: Sequence[Wait]) -> None:
        """Let messages of one queue come back after so many seconds each, and no sooner than by themselves.

        When the queue does not take that, they come back earlier, and what is noted of their deliveries keeps the desk
        from being asked.
        """
        long = [wait for wait in waits if wait.seconds > QUEUE_SECONDS - _SPENT_SECONDS]
        if not long or not self._base:
            return
        entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
            {
                "Id": str(number),
                "ReceiptHandle": wait.record.receipt_handle,
                # A second more, for clocks that differ.
                "VisibilityTimeout": max(QUEUE_SECONDS, math.ceil(wait.seconds) + 1),
            }
            for number, wait in enumerate(long)
        ]
        url = f"{self._base}/{long[0].record.event_source_arn.rpartition(':')[2]}"
        try:
            refused = self._queues.change_message_visibility_batch(QueueUrl=url, Entries=entries).get("Failed", [])
        except (BotoCoreError, ClientError):
            logger.exception("Messages could not be kept back.")
            return
        if refused:
            logger.warning("some messages could not be kept back", messages=len(refused))
