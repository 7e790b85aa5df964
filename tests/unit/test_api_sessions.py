"""Reading and erasing sessions, with stores in memory."""

import base64
from datetime import UTC, datetime

import pytest

from relief.api.sessions import ExportQuery, SessionService
from relief.contracts.context import SessionContext
from relief.contracts.handoff import Handoff
from relief.contracts.states import DecisionRecord
from relief.contracts.stored import StoredRecord
from relief.contracts.vocabulary import View
from relief.errors import NotFound, RequestInvalid, Unavailable
from relief.privacy.references import ReferenceKeys
from relief.remember.forget import Forgetter
from relief.store.keys import customer_tombstone_key
from tests.pipeline import SETTINGS
from tests.unit.test_remember_forget import FakeStore

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
KEYS = ReferenceKeys.model_validate(
    {"current": "k2", "keys": {name: base64.b64encode(name.encode() * 16).decode() for name in ("k1", "k2")}}
)


class EmptySessions:
    """A store that holds nothing."""

    def find_context(self, session_id: str, now: datetime) -> SessionContext | None:
        return None

    def find_handoff(self, handoff_id: str, now: datetime) -> Handoff | None:
        return None

    def list_decisions(self, session_id: str, now: datetime) -> list[DecisionRecord]:
        return []

    def list_session_handoffs(self, session_id: str, now: datetime) -> list[Handoff]:
        return []

    def read_records(
        self, session_id: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[StoredRecord], str | None]:
        return [], None


def service(store: FakeStore, keys: ReferenceKeys | None = KEYS) -> SessionService:
    """The service on a table in memory."""
    return SessionService(SETTINGS, lambda: keys, EmptySessions(), Forgetter(store))


def test_a_customer_is_found_under_every_key() -> None:
    """Given sessions from before and after a change of keys, then erasing the customer finds both."""
    store = FakeStore()
    for number, reference in enumerate(KEYS.candidates("customer 7")):
        store.add_session(f"s-{number}", reference)
    erased = service(store).erase_customer("customer 7", NOW)
    assert (erased.complete, erased.sessions) == (True, 2)
    assert store.records == {}


def test_a_customers_tombstone_leads_to_nobody() -> None:
    """Given an erased customer, then the tombstone's key is neither their reference nor any hash of their sessions'."""
    store = FakeStore()
    service(store).erase_customer("customer 7", NOW)
    (key,) = store.tombstones
    assert key == customer_tombstone_key(KEYS.hash("customer 7", "erased"))
    for reference in ("customer 7", *KEYS.candidates("customer 7")):
        assert reference not in key.pk


def test_without_keys_nothing_is_claimed_to_be_erased() -> None:
    """Given keys that cannot be read, then the erasure of a customer is refused and nothing is touched."""
    store = FakeStore()
    store.add_session("s-1", "k1.a")
    with pytest.raises(Unavailable):
        service(store, None).erase_customer("customer 7", NOW)
    assert store.log == []


@pytest.mark.parametrize("view", list(View))
def test_an_unknown_session_is_not_found(view: View) -> None:
    """Given nothing stored, then views and export say so."""
    with pytest.raises(NotFound):
        service(FakeStore()).view("s-1", view, NOW)
    with pytest.raises(NotFound):
        service(FakeStore()).export("s-1", ExportQuery(), NOW)


def test_identifiers_are_checked() -> None:
    """Given identifiers that no turn could have had, then they are refused."""
    for call in (
        lambda: service(FakeStore()).erase_session("s 1", NOW),
        lambda: service(FakeStore()).view("", View.agent, NOW),
        lambda: service(FakeStore()).erase_customer("x" * 129, NOW),
        lambda: service(FakeStore()).erase_customer("", NOW),
    ):
        with pytest.raises(RequestInvalid):
            call()
