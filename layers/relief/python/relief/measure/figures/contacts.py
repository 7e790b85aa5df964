"""Repeated contacts: a customer who comes back with the same intent within seven days.

Whether a contact is a repeat depends on the customer's other sessions, so it is counted from a list of them, and what
that list adds to the counters is compared before and after each change. A session that is told of late can thereby
make a later one a repeat.
"""

from collections import Counter
from typing import Any, Final

from relief.measure.figures.ledger import Document
from relief.measure.figures.tally import Cell, Tallies, list_cells

WINDOW_MS: Final = 7 * 86_400_000
LATE_MS: Final = 30 * 86_400_000
"""How late a session may be told of and still be counted exactly."""

MAX_CONTACTS: Final = 200
Contacts = dict[str, list[Any]]
"""By session: when it began, in milliseconds, its intent, and the cells that it counts in."""


def note_contact(contacts: Contacts, session: str, ledger: Document) -> bool:
    """Bring a session's entry up to date; ``False`` when nothing changed.

    A session without a known intent is no contact about anything.
    """
    intent = ledger["last"].get("intent")
    if "first" not in ledger or intent is None:
        return contacts.pop(session, None) is not None
    entry = [ledger["first"][0][0], intent[1], [list(cell) for cell in list_cells(ledger)]]
    if contacts.get(session) == entry:
        return False
    contacts[session] = entry
    return True


def tally_contacts(contacts: Contacts) -> Tallies:
    """Return what a customer's contacts add to the cells of their sessions."""
    tallies: Tallies = {}
    last_of: dict[str, int] = {}
    for at, intent, cells in sorted(contacts.values()):
        before = last_of.get(intent)
        last_of[intent] = at
        repeated = before is not None and at - before <= WINDOW_MS
        for cell in cells:
            counts = tallies.setdefault(Cell(*cell), Counter())
            counts["contacts"] += 1
            counts["repeats"] += repeated
    return tallies


def forget_old_contacts(contacts: Contacts) -> Contacts:
    """Return the contacts that a later fact may still concern; what the others added to the counters stays."""
    newest = max((entry[0] for entry in contacts.values()), default=0)
    kept = {name: entry for name, entry in contacts.items() if newest - entry[0] <= WINDOW_MS + LATE_MS}
    latest = sorted(kept, key=lambda name: kept[name][0])[-MAX_CONTACTS:]
    return {name: kept[name] for name in latest}
