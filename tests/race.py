"""Two writers race on one session: nothing is lost, nobody is handed over twice, one person gets it.

Both writers of a race have read the session before either writes, so that every race is a real collision. They run
the stages and the desk as the functions do, on a table with its conditions, without HTTP and workflow in between.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from relief.contracts.decision import TurnResponse
from relief.contracts.events import HandoffChanged, Lapse
from relief.contracts.ownership import HandoffEvent
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, Owner
from relief.route.desk import Desk, Signed
from relief.settings import Settings
from relief.store.keys import context_key, session_partition
from relief.store.ownership import OwnershipTable
from relief.store.ports import Standing
from relief.store.writes import Write
from tests.pipeline import Session

RACES_A_CYCLE: Final = 4
TURNS_A_CYCLE: Final = 5
SESSION: Final = "raced-for"


class Silence:
    """A bus that nobody listens to."""

    def publish(self, change: HandoffChanged) -> bool:
        return True

    def remind(self, queue: str, lapse: Lapse, seconds: int) -> None:
        return None


class Colliding:
    """The table, for one writer of a race: after the first reading it waits until the other has read as well."""

    def __init__(self, table: OwnershipTable, both_have_read: threading.Barrier) -> None:
        self._table = table
        self._wait: Callable[[], object] = both_have_read.wait

    def read_standing(self, handoff_id: str, event_id: str, now: datetime) -> Standing:
        standing = self._table.read_standing(handoff_id, event_id, now)
        self._meet()
        return standing

    def commit(self, writes: Sequence[Write]) -> bool:
        return self._table.commit(writes)

    def _meet(self) -> None:
        wait, self._wait = self._wait, lambda: None
        wait()


@dataclass
class Arena:
    """One session in a table, and what became of every writer. ``client`` is one of DynamoDB."""

    client: Any
    settings: Settings
    answers: list[TurnResponse] = field(default_factory=list)
    applied: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    numbers: int = 0

    def __post_init__(self) -> None:
        """Make what writers write with."""
        self.table = OwnershipTable(self.settings)

    def turn(self, text: str) -> Callable[[threading.Barrier], None]:
        """Return a writer that takes a turn, as the workflow does: lost races are loaded and decided again."""
        self.numbers += 1
        request = TurnRequest.model_validate({"turn_id": f"t{self.numbers}", "channel": "web_chat", "text": text})

        def write(both_have_read: threading.Barrier) -> None:
            session = Session(SESSION, datetime.now(UTC))
            meet: Callable[[], object] = both_have_read.wait
            while True:
                session.item = self.load()
                meet()
                meet = _go_on
                answer = session.take(request)
                if self.table.commit([_named(one, self.settings.table_name) for one in session.writes]):
                    self.answers.append(answer)
                    return
                self.lost["turn"] += 1

        return write

    def event(self, kind: str, handoff_id: str) -> Callable[[threading.Barrier], None]:
        """Return a writer that reports an event."""
        self.numbers += 1
        event = HandoffEvent.model_validate({"event_id": f"e{self.numbers}", "kind": kind})

        def write(both_have_read: threading.Barrier) -> None:
            desk = Desk(self.settings, Colliding(self.table, both_have_read), Silence())
            answer = desk.take(handoff_id, Signed(event), datetime.now(UTC))
            self.applied[kind] += answer.applied

        return write

    def race(self, *writers: Callable[[threading.Barrier], None]) -> None:
        """Let two writers loose at the same time."""
        both_have_read = threading.Barrier(len(writers), timeout=30)
        for one in [self.pool.submit(writer, both_have_read) for writer in writers]:
            one.result(timeout=60)

    def load(self) -> dict[str, Any] | None:
        """Read the session's context as the workflow does."""
        key = context_key(SESSION).typed()
        answer = self.client.get_item(TableName=self.settings.table_name, Key=key, ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def owner(self) -> Owner:
        """Return whose the session is."""
        item = self.load()
        assert item is not None
        return Owner(item["owner"]["S"])

    def run(self, races: int) -> None:
        """Hand over, accept, talk and return, each in a race, over and over; then look at what is left."""
        cycles = races // RACES_A_CYCLE
        with ThreadPoolExecutor(2) as self.pool:
            for _ in range(cycles):
                self.cycle()
        self.check(cycles)

    def cycle(self) -> None:
        """Run four races, in which the session goes from the bot to a person and back."""
        self.race(self.turn("I want a human"), self.turn("get me a person please"))
        handoff = self.answers[-1].handoff
        assert handoff is not None
        assert self.owner() is Owner.queued
        self.race(self.event("accepted", handoff.handoff_id), self.event("accepted", handoff.handoff_id))
        assert self.owner() is Owner.human
        self.race(self.turn("are you there?"), self.turn("hello?"))
        assert [answer.action for answer in self.answers[-2:]] == [Action.hold, Action.hold]
        self.race(self.turn("thanks so far"), self.event("returned", handoff.handoff_id))
        assert self.owner() is Owner.returned
        # Whichever came first, the bot spoke only if the person had given the conversation back.
        last = self.answers[-1]
        assert (last.action is Action.hold) is (last.owner is Owner.human)

    def check(self, cycles: int) -> None:
        """Check that every turn is remembered, and that each hand-over was requested, taken and returned once."""
        turns = TURNS_A_CYCLE * cycles
        kinds = Counter(key.partition("#")[0] for key in self.stored_keys())
        assert sorted(answer.turn for answer in self.answers) == list(range(1, turns + 1))
        assert kinds["DECISION"] == turns
        assert kinds["HANDOFF"] == cycles
        assert self.applied == {"accepted": cycles, "returned": cycles}
        assert kinds["EVENT"] == 2 * cycles
        # Of two writers who have both read the same version, one always has to begin again.
        assert self.lost["turn"] >= 2 * cycles

    def stored_keys(self) -> list[str]:
        """Return the sort keys of everything that is stored of the session."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.settings.table_name,
            KeyConditionExpression="pk = :session",
            ExpressionAttributeValues={":session": {"S": session_partition(SESSION)}},
            ProjectionExpression="sk",
            ConsistentRead=True,
        )
        return [item["sk"]["S"] for page in pages for item in page["Items"]]


def _go_on() -> None:
    """Wait for nobody."""


def _named(write: dict[str, Any], table: str) -> dict[str, Any]:
    """Return a write of the pipeline's to the stack's own table."""
    return {kind: {**details, "TableName": table} for kind, details in write.items()}
