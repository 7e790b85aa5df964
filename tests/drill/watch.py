"""Who hears of changes during a game day: a channel that reads the bus, as one that pushes to customers would."""

import itertools
import json
import time
from collections import Counter
from collections.abc import Collection
from typing import Any, Final

from tests.local.message_queues import ReceivedMessage
from tests.local.sources import Consumer, Sources
from tests.local.stack import LocalStack

_numbers = itertools.count(1)
_WAIT_SECONDS: Final = 30.0


class Listener:
    """A channel that pushes: it reads every change of a hand-over that has something to say, and knows copies."""

    def __init__(self, stack: LocalStack) -> None:
        """Subscribe to the bus."""
        self._name = name = f"drill-listener-{next(_numbers)}"
        queues, events = stack.client("sqs"), stack.client("events")
        self._events = events
        url = queues.create_queue(QueueName=name)["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = {"source": ["relief"], "detail-type": ["HandoffChanged"]}
        (self._bus,) = _bus_names(events)
        events.put_rule(Name=name, EventBusName=self._bus, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, EventBusName=self._bus, Targets=[{"Id": "listener", "Arn": arn}])
        self._said: list[dict[str, Any]] = []
        self._queue = stack._moto.queue(name)
        # Read at once: to send to a queue takes moto longer the more is in it.
        self._source = Sources([Consumer(self._queue, 10, self._read)], redelivery_seconds=1)
        self._source.start()

    def _read(self, messages: list[ReceivedMessage]) -> set[str]:
        self._said += [json.loads(one.body)["detail"] for one in messages]
        return set()

    def stop(self) -> None:
        """Unsubscribe, read what is left, and listen no more."""
        # A queue that goes on being written to and is not read makes each event dearer than the last.
        self._events.remove_targets(Rule=self._name, EventBusName=self._bus, Ids=["listener"])
        deadline = time.monotonic() + _WAIT_SECONDS
        while len(self._queue) and time.monotonic() < deadline:
            time.sleep(0.02)
        self._source.stop(1)

    def heard(self, cause: str, sessions: Collection[str]) -> int:
        """Return how many of these sessions were told of a change of this cause so far."""
        return len({one["session_id"] for one in list(self._said) if one["cause"] == cause} & set(sessions))

    def told(self, cause: str) -> Counter[str]:
        """Return how often each session was told of a change of this cause, copies of one change counted once."""
        return Counter(session for session, _ in self._changes(cause))

    def copies(self, cause: str) -> int:
        """Return how many events were copies of another one."""
        return sum(bool(one["say"]) and one["cause"] == cause for one in self._said) - len(self._changes(cause))

    def _changes(self, cause: str) -> set[tuple[str, str]]:
        return {(one["session_id"], one["change_id"]) for one in self._said if one["say"] and one["cause"] == cause}


def _bus_names(events: Any) -> list[str]:
    return [one["Name"] for one in events.list_event_buses()["EventBuses"] if one["Name"] != "default"]
