"""Ledgers, contacts and counters in memory: for simulations, and for recomputing what a table should hold."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from relief.measure.figures.record import Change, Held, merge_tallies
from relief.measure.figures.tally import Cell, Counts


class FiguresInMemory:
    """Figures of one process; nobody else writes, so no race is lost."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._ledgers: dict[str, Held] = {}
        self._contacts: dict[str, Held] = {}
        self._counts: dict[Cell, Counts] = {}

    def read_ledger(self, session: str) -> tuple[Held | None, datetime | None]:
        """Return a session's ledger; nothing is ever erased."""
        return self._ledgers.get(session), None

    def read_contacts(self, customer: str) -> Held | None:
        """Return a customer's contacts."""
        return self._contacts.get(customer)

    def commit(self, changes: Sequence[Change]) -> bool:
        """Keep changes; ``False``, and nothing is kept, when one rests on a version that is not the newest."""
        for change in changes:
            held = [(self._ledgers.get(change.session), change.ledger)]
            held += [(self._contacts.get(name), contacts) for name, contacts in change.contacts.items()]
            if any((before.version if before else 0) != after.version for before, after in held):
                return False
        for change in changes:
            self._ledgers[change.session] = Held(change.ledger.document, change.ledger.version + 1)
            for name, contacts in change.contacts.items():
                self._contacts[name] = Held(contacts.document, contacts.version + 1)
        for cell, counts in merge_tallies(changes).items():
            self._counts.setdefault(cell, Counter()).update(counts)
        return True

    def tidy(self) -> None:
        """Do nothing: a reading costs the same anyhow."""

    def read_counts(self, dimension: str, first: date, last: date) -> Iterable[tuple[Cell, Counts]]:
        """Yield the counters of a dimension's cells within the days."""
        for cell, counts in self._counts.items():
            if cell.dimension == dimension and first.isoformat() <= cell.day <= last.isoformat():
                yield cell, counts
