"""moto's queues as their consumers see them."""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from moto.backends import get_backend
from moto.sqs.models import Message, Queue

from tests.local import cloud

# Receipts of deleted messages that a queue remembers before the oldest are forgotten; moto alone forgets none.
_REMEMBERED_RECEIPTS: Final = 1000


@dataclass(frozen=True)
class ReceivedMessage:
    """A message that a consumer has received and must delete or release."""

    message_id: str
    receipt_handle: str
    body: str
    md5: str
    attributes: dict[str, str]
    """The system's own attributes, named as in SQS."""
    message_attributes: dict[str, Any]


class MessageQueue:
    """A queue as its consumer sees it: waiting for messages costs nothing until one arrives."""

    def __init__(self, name: str, lock: AbstractContextManager[object]) -> None:
        self.name = name
        self._lock = lock
        self._queue = find_queue(name)
        self._closed = False
        self._invisible_until: dict[str, float] = {}
        self.arn: str = self._queue.queue_arn

    def __len__(self) -> int:
        """Return how many messages there are, those in flight included, those whose time has not come excluded."""
        now = time.time() * 1000
        return sum(message.delayed_until <= now for message in list(self._queue._messages))

    def wait(self) -> bool:
        """Wait until a message can be received (True) or the queue is closed for this consumer (False)."""
        arrival = self._queue._messages_lock
        with arrival:
            while not self._closed:
                if self._queue.messages:
                    return True
                # Messages in flight or delayed become visible without anybody saying so.
                arrival.wait(self._seconds_to_next())
        return False

    def _seconds_to_next(self) -> float | None:
        moments = [max(message.visible_at, message.delayed_until) for message in self._queue._messages]
        return max(0.001, min(moments) / 1000 - time.time()) if moments else None

    def close(self) -> None:
        """End :meth:`wait`."""
        with self._queue._messages_lock:
            self._closed = True
            self._queue._messages_lock.notify_all()

    def receive(self, count: int) -> list[ReceivedMessage]:
        """Return at most `count` messages; they stay invisible for the queue's visibility timeout."""
        with self._lock:
            backend = get_backend("sqs")[cloud.ACCOUNT][cloud.REGION]
            queue: Any = self._queue  # moto sets the attribute by name
            received = backend.receive_message(self.name, count, 0, int(queue.visibility_timeout))
            self._invisible_until |= {str(message.receipt_handle): message.visible_at for message in received}
        return [_received(message) for message in received]

    def delete(self, receipt_handle: str) -> None:
        """Delete a message that was dealt with."""
        with self._lock:
            self._invisible_until.pop(receipt_handle, None)
            self._queue.delete_message(receipt_handle)
            if len(self._queue.deleted_messages) > _REMEMBERED_RECEIPTS:
                self._queue.deleted_messages.clear()

    def release(self, receipt_handle: str, seconds: float) -> None:
        """Let a message that was not dealt with come back after at most so many seconds.

        One whose visibility the consumer has changed keeps what the consumer gave it, as on AWS.
        """
        with self._lock:
            given = self._invisible_until.pop(receipt_handle, None)
            for message in self._queue._messages:
                if message.had_receipt_handle(receipt_handle) and message.visible_at == given:
                    message.visible_at = min(message.visible_at, (time.time() + seconds) * 1000)


def find_queue(name: str) -> Queue:
    """Return moto's queue of this physical name."""
    queue: Queue = get_backend("sqs")[cloud.ACCOUNT][cloud.REGION].get_queue(name)
    return queue


def _received(message: Message) -> ReceivedMessage:
    attributes = {
        "ApproximateReceiveCount": str(message.approximate_receive_count),
        "ApproximateFirstReceiveTimestamp": str(message.approximate_first_receive_timestamp),
        "SenderId": str(message.sender_id),
        "SentTimestamp": str(message.sent_timestamp),
    }
    optional = {
        "MessageGroupId": message.group_id,
        "MessageDeduplicationId": message.deduplication_id,
        "SequenceNumber": message.sequence_number,
    }
    return ReceivedMessage(
        message_id=message.id,
        receipt_handle=str(message.receipt_handle),
        body=message.body,
        md5=message.body_md5,
        attributes=attributes | {name: value for name, value in optional.items() if value},
        message_attributes=message.message_attributes,
    )
