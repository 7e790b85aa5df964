"""A table's stream is followed in batches, as the event source mapping of the template says."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.local import LocalStack
from tests.local.streams import Batching, TableStream

WINDOW = 60.0
FULL = 3


class Follower:
    """Follows a table of its own, and notes how many records came at once."""

    def __init__(self, stack: LocalStack, batching: Batching) -> None:
        """Create the table and begin to follow."""
        self.sizes: list[int] = []
        self._client: Any = stack.client("dynamodb")
        self._table = f"followed-{uuid4()}"
        self._client.create_table(
            TableName=self._table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        self.stream = TableStream(self._table, (), batching, contextlib.nullcontext())
        self._most = batching.size
        threading.Thread(target=self._work, daemon=True).start()

    def write(self, count: int) -> None:
        """Write so many items."""
        for _ in range(count):
            self._client.put_item(TableName=self._table, Item={"pk": {"S": str(uuid4())}})

    def heard(self, count: int, seconds: float = 5.0) -> bool:
        """Tell whether so many records have come within so many seconds."""
        deadline = time.monotonic() + seconds
        while sum(self.sizes) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        return sum(self.sizes) >= count

    def _work(self) -> None:
        while self.stream.wait():
            batch = self.stream.receive(self._most)
            for message in batch:
                self.stream.delete(message.receipt_handle)
            self.sizes.append(len(batch))


@pytest.fixture
def patient(running_sample: LocalStack) -> Iterator[Follower]:
    follower = Follower(running_sample, Batching(FULL, WINDOW))
    yield follower
    follower.stream.close()


def test_a_full_batch_comes_at_once_and_a_part_of_one_waits(patient: Follower) -> None:
    """Given a window of a minute, when a batch and a record more are written, then the batch comes and the rest waits."""
    patient.write(FULL + 1)
    assert patient.heard(FULL)
    assert not patient.heard(FULL + 1, seconds=0.2)
    assert patient.sizes == [FULL]
    assert len(patient.stream) == 1


def test_whoever_looks_need_not_wait_for_the_window(patient: Follower) -> None:
    """Given a record within its window, when somebody wants to see what becomes of it, then it comes at once."""
    patient.write(1)
    assert not patient.heard(1, seconds=0.2)
    patient.stream.hurry()
    assert patient.heard(1)


def test_a_part_of_a_batch_comes_when_its_window_is_over(running_sample: LocalStack) -> None:
    """Given a window of half a second, when two records are written, then they come together, not before its end."""
    follower = Follower(running_sample, Batching(FULL, 0.5))
    started = time.monotonic()
    follower.write(2)
    assert follower.heard(2)
    assert time.monotonic() - started >= 0.5
    assert follower.sizes == [2]
    follower.stream.close()
