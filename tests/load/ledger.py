"""What was sent against what is stored and queued: nothing is lost, whatever the load.

A session that was checked is taken out of the table, so that memory shows what serving costs and not how much was kept:
moto has everything in memory.
"""

import queue
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from moto.backends import get_backend
from moto.dynamodb.models.dynamo_type import DynamoType

from relief.contracts.vocabulary import HandoffState
from relief.store.keys import event_key, session_partition
from tests.load.traffic import Finished
from tests.local import cloud
from tests.local.stack import LocalStack

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

_WAIT_SECONDS: Final = 5.0
"""How long after its end a session is looked at: what is on its way needs a moment."""

_MOST_NAMED: Final = 20


class Ledger:
    """Compares what clients were told with what a stack has."""

    def __init__(self, stack: LocalStack, table: str) -> None:
        """Keep the stack; ``table`` is the table's physical name."""
        self._stack = stack
        self._table = get_backend("dynamodb")[cloud.ACCOUNT][cloud.REGION].get_table(table)
        self._due: list[tuple[float, Finished]] = []
        self.counts: Counter[str] = Counter()
        self.lost: list[str] = []
        self.ended = False

    def take(self, finished: "Queue[Finished | None]") -> None:
        """Take what has been finished meanwhile, and check what has waited for long enough."""
        while True:
            try:
                one = finished.get_nowait()
            except queue.Empty:
                break
            if one is None:
                self.ended = True
            else:
                self._due.append((time.monotonic() + _WAIT_SECONDS, one))
        while self._due and self._due[0][0] <= time.monotonic():
            self._check(self._due.pop(0)[1])

    def close(self) -> None:
        """Check the rest, once everything under way has arrived."""
        self._stack.drain()
        for _, one in self._due:
            self._check(one)
        self._due = []
        self.counts["dead_letters"] = len(self._stack.messages("DeadLetterQueue"))

    def _check(self, session: Finished) -> None:
        partition = DynamoType({"S": session_partition(session.session_id)})
        with self._stack._moto.lock_for("dynamodb", ""):
            items = {str(key.value): item.to_json()["Attributes"] for key, item in self._items(partition).items()}
        self.counts["sessions"] += 1
        self.counts["turns"] += len(session.decisions)
        self.counts["failed_open"] += session.failed_open
        self.counts["hand_overs"] += len(session.handoffs)
        self.counts["events"] += len(session.events)
        for identifier in session.decisions:
            self._expect(f"DECISION#{identifier.rpartition('_')[2]}" in items, f"decision {identifier}")
        for identifier in session.handoffs:
            item = items.get(f"HANDOFF#{identifier.rpartition('_')[2]}")
            arrived = item is not None and item["state"]["S"] != HandoffState.requested.value
            self._expect(arrived, f"hand-over {identifier}")
        for handoff_id, event_id in session.events:
            key = event_key(handoff_id, event_id)
            self._expect(key is not None and key.sk in items, f"event {event_id} of {handoff_id}")
        turns = int(items.get("CONTEXT", {}).get("turn", {"N": "0"})["N"])
        # A turn that failed open after it was written all the same is counted twice; none may be missing.
        counted = f"turns of {session.session_id}: {turns} counted, {len(session.decisions)} answered"
        self._expect(turns >= len(session.decisions), counted)
        self.counts["counted_twice"] += max(0, turns - len(session.decisions))
        with self._stack._moto.lock_for("dynamodb", ""):
            self._forget(partition)

    def forget_marks(self) -> None:
        """Take out the marks of turns, which live for two hours: moto never deletes what has expired."""
        with self._stack._moto.lock_for("dynamodb", ""):
            for partition in [key for key in self._table.items if str(key.value).startswith("TURNS#")]:
                self._forget(partition)

    def _forget(self, partition: DynamoType) -> None:
        for key in list(self._items(partition)):
            self._table.delete_item(partition, key)

    def _items(self, partition: DynamoType) -> dict[Any, Any]:
        found: dict[Any, Any] = self._table.items.get(partition) or {}
        return found

    def _expect(self, holds: bool, what: str) -> None:  # noqa: FBT001 - the one thing that it is about
        if not holds:
            self.counts["lost"] += 1
            if len(self.lost) < _MOST_NAMED:
                self.lost.append(what)
