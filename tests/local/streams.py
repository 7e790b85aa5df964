"""Streams of tables: what was committed to a table, brought to the functions that follow it.

moto keeps stream records of transactions that it undoes, and brings records to functions in containers only. Here a
record is made when an operation has succeeded, and waits for its consumer as a message waits in a queue.
"""

import contextlib
import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from moto.backends import get_backend
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import StreamShard
from moto.events.models import EventPattern

from tests.local import cloud
from tests.local.errors import LocalStackError
from tests.local.functions import Functions, ThrottledError
from tests.local.message_queues import ReceivedMessage

Change = tuple[StreamShard, Item | None, Item | None]
"""A table's shard, the item before and the item after."""

NAME: Final = "stream of "
_LISTENERS: Final = "local_stack_listeners"
_MOST_ATTEMPTS: Final = 5
"""How often a batch is tried before it is given up, as a source's MaximumRetryAttempts says on AWS."""


_running: Final = threading.Event()
_running.set()


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """Keep every follower from its next batch until the context ends, for tests that count what a turn does."""
    _running.clear()
    try:
        yield
    finally:
        _running.set()


@dataclass
class _Waiting:
    record: dict[str, Any]
    not_before: float = 0.0
    attempts: int = 0


@dataclass(frozen=True)
class Batching:
    """How a stream's event source mapping gathers records before it calls its function."""

    size: int
    """BatchSize: so many records are a full batch."""
    window_seconds: float
    """MaximumBatchingWindowInSeconds: how long the oldest record waits for others to fill the batch."""


class TableStream:
    """A table's stream as one consumer sees it: in order, in batches, and again from a record that failed."""

    def __init__(
        self, table_name: str, patterns: Iterable[str], batching: Batching, lock: AbstractContextManager[object]
    ) -> None:
        """Begin to listen.

        Raises:
            LocalStackError: The table has no stream, or a filter looks at more than the kind of event and the keys.
        """
        self.name = NAME + table_name
        self._patterns = [EventPattern(one, json.loads(one)) for one in patterns]
        self._batching = batching
        if any("Image" in one for one in patterns):
            message = f"Filters of the {self.name} may look at eventName and Keys only."
            raise LocalStackError(message)
        self._arrival = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._closed = False
        with lock:
            table = get_backend("dynamodb")[cloud.ACCOUNT][cloud.REGION].get_table(table_name)
            if table.stream_shard is None:
                message = f"The table {table_name} has no StreamSpecification."
                raise LocalStackError(message)
            table.stream_shard.__dict__.setdefault(_LISTENERS, []).append(self)

    def __len__(self) -> int:
        """Return how many records have not been dealt with."""
        return len(self._waiting)

    def offer(self, change: Change) -> None:
        """Take in what was committed, unless no filter lets it through."""
        shard, before, after = change
        name = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
        item = after or before
        if item is None:
            return
        attributes = item.to_json()["Attributes"]
        table = shard.table
        keys = {key: attributes[key] for key in (table.hash_key_attr, table.range_key_attr) if key}
        event: dict[str, Any] = {"eventName": name, "dynamodb": {"Keys": keys}}
        if self._patterns and not any(one.matches_event(event) for one in self._patterns):
            return
        if after is not None:
            event["dynamodb"]["NewImage"] = attributes
        with self._arrival:
            self._waiting.append(_Waiting(event, not_before=time.monotonic() + self._batching.window_seconds))
            if len(self._waiting) in (1, self._batching.size):
                self._arrival.notify_all()

    def wait(self) -> bool:
        """Wait until a batch is full or its window is over (True), or the stream is closed for this consumer (False)."""
        with self._arrival:
            while not self._closed:
                pause = self._pause()
                if pause is not None and pause <= 0:
                    return True
                self._arrival.wait(pause)
        return False

    def _pause(self) -> float | None:
        """Return in how many seconds the next batch is due; ``None``: once a record arrives."""
        if not self._waiting:
            return None
        first = self._waiting[0]
        if not first.attempts and len(self._waiting) >= self._batching.size:
            return 0
        return first.not_before - time.monotonic()

    def hurry(self) -> None:
        """Bring what waits for its window to end now, for whoever looks at what the follower makes of it."""
        with self._arrival:
            for one in self._waiting:
                if not one.attempts:
                    one.not_before = 0
            self._arrival.notify_all()

    def close(self) -> None:
        """End :meth:`wait`."""
        with self._arrival:
            self._closed = True
            self._arrival.notify_all()

    def receive(self, count: int) -> list[ReceivedMessage]:
        """Return the oldest records, at most `count`; they stay until they are deleted."""
        _running.wait()
        with self._arrival:
            batch = list(self._waiting)[:count]
        return [
            ReceivedMessage(str(place), str(place), json.dumps(one.record), "", {}, {})
            for place, one in enumerate(batch)
        ]

    def delete(self, receipt_handle: str) -> None:
        """Forget the oldest record, which was dealt with."""
        with self._arrival:
            self._waiting.popleft()

    def release(self, receipt_handle: str, seconds: float) -> None:
        """Let the oldest records come again after so many seconds, or give the first up that came too often."""
        with self._arrival:
            first = self._waiting[0]
            first.attempts += 1
            first.not_before = time.monotonic() + seconds
            if first.attempts > _MOST_ATTEMPTS:
                self._waiting.popleft()


def deliver(changes: Iterable[Change]) -> None:
    """Bring what was committed to whoever listens to its table."""
    for change in changes:
        for listener in change[0].__dict__.get(_LISTENERS, ()):
            listener.offer(change)


def feed_function(functions: Functions, name: str, *, reports_failures: bool) -> Any:
    """Return what a stream's event source mapping does with a batch: from the first failure on, it comes again."""

    def consume(messages: list[ReceivedMessage]) -> set[str]:
        handles = [message.message_id for message in messages]
        event = {"Records": [_record(message) for message in messages]}
        try:
            invocation = functions.invoke(name, json.dumps(event).encode())
        except ThrottledError:
            return set(handles)
        if invocation.error:
            return set(handles)
        answer = json.loads(invocation.payload) or {}
        failed = [one["itemIdentifier"] for one in answer.get("batchItemFailures", [])] if reports_failures else []
        return set(handles[min(handles.index(one) for one in failed) :]) if failed else set()

    return consume


def _record(message: ReceivedMessage) -> dict[str, Any]:
    record = json.loads(message.body)
    return {
        "eventID": uuid.uuid4().hex,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": cloud.REGION,
        **record,
        "dynamodb": {**record["dynamodb"], "SequenceNumber": message.message_id, "StreamViewType": "NEW_IMAGE"},
    }
