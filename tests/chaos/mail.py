"""Bus and queues in virtual time: the template's own rules, at-least-once delivery, redelivery and a dead-letter queue."""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.chaos.clock import Clock
from tests.chaos.troubles import Kind, Troubles

VISIBILITY_SECONDS: Final = 60
MOST_RECEIVES: Final = 5
_BATCH: Final = 10
_WEEK_SECONDS: Final = 7 * 86400


@dataclass
class Message:
    """A message of a queue."""

    number: int
    queue: str
    body: str
    visible_at: float
    receives: int = 0


@dataclass
class Mail:
    """All queues of a world. ``rules`` are the bus's: a pattern and the queue that it leads to."""

    clock: Clock
    rules: list[tuple[Mapping[str, Any], str]]
    deliver: Callable[[str, list[Message]], set[int]]
    """Gives a batch to its consumer; returns the numbers of the messages that failed."""
    troubles: Troubles
    waiting: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    """Everything that was ever put on bus or queues, for whoever looks for what must not be there."""
    redriven: int = 0
    delivered: int = 0
    _numbers: Any = field(default_factory=itertools.count)

    def publish(self, entry: Mapping[str, Any]) -> None:
        """Take an event: a copy goes to each queue whose rule matches."""
        event = {
            "version": "0",
            "id": f"event-{next(self._numbers)}",
            "source": entry["Source"],
            "detail-type": entry["DetailType"],
            "detail": json.loads(entry["Detail"]),
        }
        self.bodies.append(entry["Detail"])
        for pattern, queue in self.rules:
            if _matches(pattern, event):
                self.send(queue, json.dumps(event))

    def send(self, queue: str, body: str, delay: float = 0) -> None:
        """Put a message on a queue."""
        self.bodies.append(body)
        self.waiting.append(Message(next(self._numbers), queue, body, self.clock.elapsed + delay))

    def pump(self) -> None:
        """Give every message that is visible to its consumer, once."""
        ready = [one for one in self.waiting if one.visible_at <= self.clock.elapsed]
        if self.troubles.happens(Kind.reordering):
            self.troubles.chance.shuffle(ready)
        for queue in sorted({one.queue for one in ready}):
            messages = [one for one in ready if one.queue == queue]
            for start in range(0, len(messages), _BATCH):
                self._consume(queue, messages[start : start + _BATCH])

    def settle(self) -> None:
        """Let time pass until every queue is empty; what died is redriven, as an operator would."""
        deadline = self.clock.elapsed + _WEEK_SECONDS
        while self.waiting or self.dead:
            if not self.waiting:
                self.redriven += len(self.dead)
                self.waiting = [Message(one.number, one.queue, one.body, self.clock.elapsed) for one in self.dead]
                self.dead = []
            self.clock.elapsed = max(self.clock.elapsed, min(one.visible_at for one in self.waiting))
            if self.clock.elapsed > deadline:
                message = f"{len(self.waiting)} messages are never taken: {self.waiting[0].body[:200]}"
                raise TimeoutError(message)
            self.pump()

    def _consume(self, queue: str, messages: list[Message]) -> None:
        for one in messages:
            one.receives += 1
        failed = self.deliver(queue, messages)
        for one in messages:
            again = one.number not in failed and self.troubles.happens(Kind.duplicate)
            if one.number not in failed and not again:
                self.delivered += 1
                self.waiting.remove(one)
            elif one.receives >= MOST_RECEIVES and not again:
                self.waiting.remove(one)
                self.dead.append(one)
            else:
                one.visible_at = self.clock.elapsed + (1 if again else VISIBILITY_SECONDS)


def _matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Tell whether an event matches a pattern of lists of texts."""
    for name, wanted in pattern.items():
        found = event.get(name)
        if isinstance(wanted, Mapping):
            if not isinstance(found, Mapping) or not _matches(wanted, found):
                return False
        elif found not in wanted:
            return False
    return True
