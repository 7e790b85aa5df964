"""Erase a session or a customer: every record, and the entries that lead to them. A tombstone is all that stays."""

import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple

from relief.contracts.stored import Erasure
from relief.store.keys import (
    Key,
    contacts_key,
    customer_tombstone_key,
    latest_key,
    listing_key,
    session_partition,
    tombstone_key,
)
from relief.store.ports import ErasureStore

BUDGET_SECONDS = 5.0
"""Time for one request, which leaves the api function enough to finish what has been begun and to answer."""

_AT_ONCE = 8
"""Sessions of a customer that are erased side by side; each waits for the table most of its time."""


class _Erased(NamedTuple):
    """What became of one session."""

    records: int
    complete: bool
    customers: frozenset[str] = frozenset()


class Forgetter:
    """Erases within a time budget; what did not fit is said to remain, and the same request goes on with it."""

    def __init__(
        self,
        store: ErasureStore,
        clock: Callable[[], float] = time.monotonic,
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        """Keep the store; ``clock`` is in seconds and only ever goes forward."""
        self._store = store
        self._clock = clock
        self._budget_seconds = budget_seconds

    def forget_session(self, session_id: str, now: datetime) -> Erasure:
        """Erase everything of one session. Erasing what is not there is no error."""
        session = session_partition(session_id)
        erased = self._forget(session, now, self._clock() + self._budget_seconds)
        self._unlink(session, erased.customers)
        return Erasure(
            erased_at=now,
            complete=erased.complete,
            sessions=int(erased.complete and erased.records > 0),
            records=erased.records,
            sessions_left=int(not erased.complete),
        )

    def forget_customer(self, references: Sequence[str], mark: str, now: datetime) -> Erasure:
        """Erase every session of a customer.

        Args:
            references: Every keyed reference that the customer's sessions may be listed under.
            mark: What the tombstone is kept under; it leads to none of the references.
            now: The time of the request.
        """
        deadline = self._clock() + self._budget_seconds
        self._store.leave_tombstone(customer_tombstone_key(mark), now)
        sessions = records = 0
        for reference in references:
            while self._clock() < deadline and (listed := self._store.list_sessions(reference)):
                results = self._forget_listed(reference, listed, now, deadline)
                sessions += sum(one.complete for one in results)
                records += sum(one.records for one in results)
        self._store.delete([key(reference) for reference in references for key in (latest_key, contacts_key)])
        left = sum(self._store.count_sessions(reference) for reference in references)
        return Erasure(erased_at=now, complete=left == 0, sessions=sessions, records=records, sessions_left=left)

    def _forget_listed(self, reference: str, listed: list[str], now: datetime, deadline: float) -> list[_Erased]:
        def forget(session: str) -> _Erased:
            if self._clock() >= deadline:
                return _Erased(0, complete=False)
            erased = self._forget(session, now, deadline, (listing_key(reference, session),))
            self._unlink(session, erased.customers - {reference})
            return erased

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(forget, listed))

    def _forget(self, session: str, now: datetime, deadline: float, listings: Sequence[Key] = ()) -> _Erased:
        """Erase one session's partition, and then the entries that led to it.

        The tombstone comes first: from then on a hand-over under way is not recorded anew. Keys are listed again until
        none is left, because a turn under way may have added to them.
        """
        self._store.leave_tombstone(tombstone_key(session), now)
        customers: set[str] = set()
        erased = 0
        while (found := self._store.list_keys(session)).keys:
            self._store.delete(found.keys)
            erased += len(found.keys)
            customers |= found.customers
            if self._clock() >= deadline:
                return _Erased(erased, complete=False)
        also = {*listings, *(listing_key(customer, session) for customer in customers)}
        if also:
            self._store.delete(sorted(also))
        return _Erased(erased, complete=True, customers=frozenset(customers))

    def _unlink(self, session: str, customers: Iterable[str]) -> None:
        for customer in customers:
            self._store.unlink_session(customer, session)
