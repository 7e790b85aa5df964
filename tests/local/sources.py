"""Event sources: carries messages from queues to functions, and events from rules to functions and workflows."""

import json
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import uuid4

from tests.local import cloud
from tests.local.engine import ExecutionRefusedError
from tests.local.functions import Functions, ThrottledError
from tests.local.message_queues import ReceivedMessage

_log = logging.getLogger(__name__)

Consume = Callable[[list[ReceivedMessage]], set[str]]
"""Deals with a batch and returns the ids of the messages that failed."""


class StartsByArn(Protocol):
    """Starts the function or state machine with an ARN, and returns at once."""

    def __call__(self, arn: str, payload: str) -> object: ...


class Queue(Protocol):
    """What messages are received from, one batch after the other: a queue, or a table's stream."""

    name: str

    def __len__(self) -> int: ...

    def wait(self) -> bool:
        """Wait until a message can be received (True) or the queue is closed for this consumer (False)."""

    def receive(self, count: int) -> list[ReceivedMessage]:
        """Return at most `count` messages."""

    def delete(self, receipt_handle: str) -> None:
        """Delete a message that was dealt with."""

    def release(self, receipt_handle: str, seconds: float) -> None:
        """Let a message that was not dealt with come back after at most so many seconds."""

    def close(self) -> None:
        """End :meth:`wait`."""


@dataclass(frozen=True)
class Consumer:
    """A queue, and what becomes of its messages."""

    queue: Queue
    batch_size: int
    consume: Consume


class Sources:
    """The consumers of one stack, each on a thread that sleeps while its queue is empty."""

    def __init__(self, consumers: Iterable[Consumer], *, redelivery_seconds: float) -> None:
        """Prepare the consumers.

        Args:
            consumers: Which queues are consumed, and how.
            redelivery_seconds: After how many seconds a message that failed comes back at the latest. On AWS that is
                the queue's visibility timeout, which is minutes where a function may run long.
        """
        self._consumers = list(consumers)
        self._redelivery_seconds = redelivery_seconds
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to consume."""
        for consumer in self._consumers:
            thread = threading.Thread(
                target=self._work, args=(consumer,), name=f"consumer of {consumer.queue.name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def stop(self, timeout: float) -> None:
        """Stop consuming; a batch that takes longer than `timeout` seconds is left to itself."""
        for consumer in self._consumers:
            consumer.queue.close()
        for thread in self._threads:
            thread.join(timeout)

    def waiting(self) -> dict[str, int]:
        """Return how many messages are in each consumed queue that is not empty."""
        return {consumer.queue.name: len(consumer.queue) for consumer in self._consumers if len(consumer.queue)}

    def _work(self, consumer: Consumer) -> None:
        queue = consumer.queue
        while queue.wait():
            # Empty when all that was visible has gone to the dead-letter queue.
            messages = queue.receive(consumer.batch_size)
            if not messages:
                continue
            failed = consumer.consume(messages)
            for message in messages:
                if message.message_id in failed:
                    queue.release(message.receipt_handle, self._redelivery_seconds)
                else:
                    queue.delete(message.receipt_handle)


def feed_function(functions: Functions, name: str, queue_arn: str, *, reports_failures: bool) -> Consume:
    """Return what an SQS event source mapping does with a batch."""

    def consume(messages: list[ReceivedMessage]) -> set[str]:
        everything = {message.message_id for message in messages}
        event = {"Records": [_record(message, queue_arn) for message in messages]}
        try:
            invocation = functions.invoke(name, json.dumps(event).encode())
        except ThrottledError:
            return everything
        if invocation.error:
            _log.warning("%s failed for %d messages: %s", name, len(messages), invocation.payload.decode())
            return everything
        return _reported(json.loads(invocation.payload), everything) if reports_failures else set()

    return consume


def _reported(answer: Any, everything: set[str]) -> set[str]:
    """Return the failed messages that a function reports; an answer that makes no sense fails the whole batch."""
    if not answer:
        return set()
    try:
        failed = {failure["itemIdentifier"] for failure in answer.get("batchItemFailures") or []}
    except (AttributeError, KeyError, TypeError):
        return everything
    return min(failed, everything)


def _record(message: ReceivedMessage, queue_arn: str) -> dict[str, Any]:
    attributes = {
        name: {
            "dataType": value.get("DataType"),
            "stringValue": value.get("StringValue"),
            "stringListValues": [],
            "binaryListValues": [],
        }
        for name, value in message.message_attributes.items()
    }
    return {
        "messageId": message.message_id,
        "receiptHandle": message.receipt_handle,
        "body": message.body,
        "attributes": message.attributes,
        "messageAttributes": attributes,
        "md5OfBody": message.md5,
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": cloud.REGION,
    }


def start_target(start: StartsByArn, arn: str, fixed_input: str | None) -> Consume:
    """Return what a rule does with an event whose target is a function or a state machine."""

    def consume(messages: list[ReceivedMessage]) -> set[str]:
        for message in messages:
            try:
                start(arn, fixed_input or message.body)
            except (ExecutionRefusedError, LookupError) as error:
                _log.warning("%s could not be started: %s", arn, error)
        return set()

    return consume


def scheduled_event(rule: str) -> str:
    """Return the event that a schedule sends, as JSON."""
    return json.dumps(
        {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": cloud.ACCOUNT,
            "time": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "region": cloud.REGION,
            "resources": [f"arn:aws:events:{cloud.REGION}:{cloud.ACCOUNT}:rule/{rule}"],
            "detail": {},
        }
    )
