"""Erasure, on a store in memory: complete, in pages, within its time, and safe to repeat."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

from relief.remember.forget import Forgetter
from relief.store.keys import Key, context_key, customer_partition, listing_key, session_partition, tombstone_key
from relief.store.ports import SessionKeys

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
PAGE = 3


class FakeStore:
    """A table as far as an erasure sees it: keys, and the customer that a record names."""

    def __init__(self) -> None:
        """Start empty. Sessions are erased side by side, so what walks over the records walks over a copy."""
        self.records: dict[Key, str | None] = {}
        self.tombstones: dict[Key, datetime] = {}
        self.late: list[Key] = []
        self.log: list[str] = []
        self.unlinked: list[tuple[str, str]] = []

    def add_session(self, session_id: str, customer: str | None = None, decisions: int = 2) -> None:
        """Put a session of some turns into the table."""
        partition = session_partition(session_id)
        self.records[context_key(session_id)] = customer
        for number in range(decisions):
            self.records[Key(partition, f"DECISION#{number:04d}")] = customer
        if customer is not None:
            self.records[listing_key(customer, partition)] = None

    def leave_tombstone(self, key: Key, erased_at: datetime) -> None:
        """Note that something was erased."""
        self.log.append("tombstone")
        self.tombstones[key] = erased_at

    def list_keys(self, session: str) -> SessionKeys:
        """Return a page of a partition's keys."""
        found = sorted(key for key in list(self.records) if key.pk == session)[:PAGE]
        customers = frozenset(one for one in (self.records[key] for key in found) if one)
        return SessionKeys(tuple(found), customers)

    def list_sessions(self, customer: str) -> list[str]:
        """Return a page of the partitions that are listed under a customer."""
        return sorted(key.sk for key in list(self.records) if key.pk == customer_partition(customer))[:PAGE]

    def count_sessions(self, customer: str) -> int:
        """Return how many there are."""
        return sum(key.pk == customer_partition(customer) for key in self.records)

    def unlink_session(self, customer: str, session: str) -> None:
        """Note that an entry need not lead to a session any more."""
        self.unlinked.append((customer, session))

    def delete(self, keys: Sequence[Key]) -> None:
        """Delete records; a turn that is under way writes its own just afterwards."""
        self.log.append("delete")
        for key in keys:
            self.records.pop(key, None)
        while self.late:
            self.records[self.late.pop()] = None


def test_a_session_is_erased_to_the_last_record_and_entry() -> None:
    """Given a session of more than a page, when it is erased, then nothing but the tombstone is left, written first."""
    store = FakeStore()
    store.add_session("s-1", "k1.a", decisions=7)
    store.add_session("s-2", "k1.a")
    erased = Forgetter(store).forget_session("s-1", NOW)
    assert (erased.complete, erased.sessions, erased.records) == (True, 1, 8)
    assert store.log[0] == "tombstone"
    assert store.tombstones == {tombstone_key(session_partition("s-1")): NOW}
    assert not [key for key in store.records if session_partition("s-1") in key]
    assert store.list_sessions("k1.a") == [session_partition("s-2")]


def test_erasing_what_is_not_there_is_no_error() -> None:
    """Given an empty table, then a session and a customer are erased twice, and there is nothing to do."""
    forgetter = Forgetter(FakeStore())
    for _ in range(2):
        assert forgetter.forget_session("s-1", NOW).records == 0
        assert forgetter.forget_customer(("k1.a",), "mark", NOW).complete


def test_what_a_turn_under_way_adds_is_erased_too() -> None:
    """Given a turn that writes between listing and deleting, then its record is found in the next round."""
    store = FakeStore()
    store.add_session("s-1")
    store.late = [Key(session_partition("s-1"), "DECISION#late")]
    assert Forgetter(store).forget_session("s-1", NOW).complete
    assert store.records == {}


def test_every_session_of_a_customer_is_erased_under_every_key() -> None:
    """Given sessions listed under an old and the new key, then all of them go, and other customers' stay."""
    store = FakeStore()
    for number in range(8):
        store.add_session(f"old-{number}", "k1.a")
        store.add_session(f"new-{number}", "k2.a")
    store.add_session("other", "k2.b")
    erased = Forgetter(store).forget_customer(("k2.a", "k1.a"), "mark", NOW)
    assert (erased.complete, erased.sessions, erased.records, erased.sessions_left) == (True, 16, 48, 0)
    assert {key.pk for key in store.records} == {session_partition("other"), customer_partition("k2.b")}


def test_a_session_that_changed_hands_is_taken_off_every_list() -> None:
    """Given a session listed under two customers, when one of them is erased, then the other's entry goes as well."""
    store = FakeStore()
    store.add_session("s-1", "k1.a")
    store.records[listing_key("k1.b", session_partition("s-1"))] = None
    store.records[Key(session_partition("s-1"), "DECISION#9999")] = "k1.b"
    assert Forgetter(store).forget_customer(("k1.b",), "mark", NOW).complete
    assert store.records == {}


def test_an_erasure_that_runs_out_of_time_goes_on_with_the_next_request() -> None:
    """Given 500 sessions and too little time, then what remains is said, and repeating the request ends it."""
    store = FakeStore()
    for number in range(500):
        store.add_session(f"s-{number}", "k1.a")
    ticks = itertools.count()
    forgetter = Forgetter(store, clock=lambda: float(next(ticks)), budget_seconds=300)
    first = forgetter.forget_customer(("k1.a",), "mark", NOW)
    assert not first.complete
    assert 0 < first.sessions_left == 500 - first.sessions
    for _ in range(20):
        last = forgetter.forget_customer(("k1.a",), "mark", NOW)
        if last.complete:
            break
    assert last.complete
    assert store.records == {}


def test_a_long_session_that_runs_out_of_time_says_so() -> None:
    """Given a session of many turns and too little time, then the rest remains for the next request."""
    store = FakeStore()
    store.add_session("s-1", "k1.a", decisions=40)
    ticks = itertools.count()
    forgetter = Forgetter(store, clock=lambda: float(next(ticks)), budget_seconds=5)
    first = forgetter.forget_session("s-1", NOW)
    assert (first.complete, first.sessions, first.sessions_left) == (False, 0, 1)
    while not forgetter.forget_session("s-1", NOW).complete:
        pass
    assert store.records == {}
