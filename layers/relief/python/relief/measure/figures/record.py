"""Take facts into ledgers and counters, each exactly once: read, absorb, and commit the difference."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final, Protocol

from relief.errors import Unavailable
from relief.measure.figures.contacts import Contacts, forget_old_contacts, note_contact, tally_contacts
from relief.measure.figures.facts import AnyFact
from relief.measure.figures.ledger import Document, absorb, new_ledger
from relief.measure.figures.tally import ALL, Counts, Tallies, add, subtract, tally_session

_ATTEMPTS: Final = 20
_PAUSE_SECONDS: Final = 0.02
_TIDY_EVERY_SECONDS: Final = 20.0
_MOST_SESSIONS: Final = 8
_MOST_WRITES: Final = 90
"""DynamoDB takes 100 in a transaction."""


@dataclass
class Held:
    """A document as it was read, with the version that a conditional write must still find; 0: there is none."""

    document: Document
    version: int = 0


@dataclass
class Change:
    """What one transaction writes: ledger and contacts at their next version, and what is added to the counters."""

    session: str
    ledger: Held
    recorded_at: datetime
    contacts: dict[str, Held] = field(default_factory=dict)
    tallies: Tallies = field(default_factory=dict)


class FigureStore(Protocol):
    """Keeps ledgers, contacts and counters."""

    def read_ledger(self, session: str) -> tuple[Held | None, datetime | None]:
        """Return a session's ledger, and when the session was last erased."""

    def read_contacts(self, customer: str) -> Held | None:
        """Return a customer's contacts."""

    def commit(self, changes: Sequence[Change]) -> bool:
        """Write changes as one transaction; ``False`` when somebody else was first, and nothing was written."""

    def tidy(self) -> None:
        """Do what keeps reading cheap; what cannot be done now is left for the next time."""


class Recorder:
    """Records facts. Ledger and counters change in one transaction, so a fact that comes again finds itself there."""

    def __init__(
        self,
        store: FigureStore,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep the store; ``pause`` waits so many seconds between lost races, ``clock`` tells seconds."""
        self._store = store
        self._pause = pause
        self._clock = clock
        self._tidied_at = clock()

    def record(self, facts: Iterable[AnyFact]) -> Counts:
        """Take in facts of any sessions; return what they added to the counters over all sessions.

        Raises:
            Unavailable: the race for a session was lost over and over. What was committed stays; the same facts again
                do no harm.
        """
        added: Counts = Counts()
        by_session = attrgetter("session")
        together: list[tuple[Change, list[AnyFact]]] = []
        for session, grouped in groupby(sorted(facts, key=by_session), key=by_session):
            own = list(grouped)
            change = self._prepare(session, own)
            if change is None:
                continue
            if not _fit([one for one, _ in together], change):
                added.update(self._commit(together))
                together = []
                change = self._prepare(session, own) or change
            together.append((change, own))
        added.update(self._commit(together))
        self._tidy_if_due()
        return added

    def _tidy_if_due(self) -> None:
        if self._clock() - self._tidied_at >= _TIDY_EVERY_SECONDS:
            self._store.tidy()
            self._tidied_at = self._clock()

    def _commit(self, together: Sequence[tuple[Change, Sequence[AnyFact]]]) -> Counts:
        """Commit several sessions' changes at once; after a lost race, one by one."""
        changes = [change for change, _ in together]
        if changes and self._store.commit(changes):
            return _over_all(changes)
        added: Counts = Counts()
        for change, facts in together:
            added.update(self._record_session(change.session, facts))
        return added

    def _record_session(self, session: str, facts: Sequence[AnyFact]) -> Counts:
        for attempt in range(_ATTEMPTS):
            change = self._prepare(session, facts)
            if change is None:
                return Counts()
            if self._store.commit([change]):
                return _over_all([change])
            self._pause(_PAUSE_SECONDS * attempt)
        message = "A session's figures are changing too fast. The same facts can be recorded again."
        raise Unavailable(message)

    def _prepare(self, session: str, facts: Sequence[AnyFact]) -> Change | None:
        """Return what the facts change; ``None`` when all are known, or were erased."""
        held, erased_at = self._store.read_ledger(session)
        held = held or Held(new_ledger())
        before, customer_before = tally_session(held.document), _customer(held.document)
        ledger = json.loads(json.dumps(held.document))
        fresh = [fact for fact in facts if erased_at is None or fact.recorded_at > erased_at]
        if not any([absorb(ledger, fact) for fact in fresh]):  # noqa: C419 - every fact, not only up to the first
            return None
        latest = max(fact.recorded_at for fact in fresh)
        change = Change(session, Held(ledger, held.version), latest, tallies=subtract(tally_session(ledger), before))
        for customer in {customer_before, _customer(ledger)} - {None}:
            self._note(change, str(customer), stays=customer == _customer(ledger))
        return change

    def _note(self, change: Change, customer: str, *, stays: bool) -> None:
        """Bring a customer's contacts up to date; ``stays``: the session is still known to be theirs."""
        held = self._store.read_contacts(customer) or Held({})
        contacts: Contacts = dict(held.document)
        changed = note_contact(contacts, change.session, change.ledger.document if stays else new_ledger())
        if changed:
            change.tallies = add(change.tallies, subtract(tally_contacts(contacts), tally_contacts(held.document)))
            change.contacts[customer] = Held(forget_old_contacts(contacts), held.version)


def _customer(ledger: Document) -> str | None:
    held = ledger["last"].get("customer")
    return str(held[1]) if held else None


def merge_tallies(changes: Iterable[Change]) -> Tallies:
    """Return what several changes add to the counters together."""
    total: Tallies = {}
    for change in changes:
        total = add(total, change.tallies)
    return {cell: counts for cell, counts in total.items() if any(counts.values())}


def _over_all(changes: Iterable[Change]) -> Counts:
    total: Counts = Counts()
    for cell, counts in merge_tallies(changes).items():
        if cell.dimension == ALL:
            total.update(counts)
    return total


def _fit(changes: Sequence[Change], another: Change) -> bool:
    """Tell whether a change can go into the same transaction: nothing may be written twice in one."""
    if len(changes) >= _MOST_SESSIONS or any(one.contacts.keys() & another.contacts.keys() for one in changes):
        return False
    everything = [*changes, another]
    documents = sum(2 + len(one.contacts) for one in everything)
    return documents + len(merge_tallies(everything)) <= _MOST_WRITES
