"""What is remembered of a session: its views, its export and its erasure."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import Field

from relief.api.requests import parse_document
from relief.api.turns import SessionPath
from relief.contracts.model import Contract
from relief.contracts.stored import Erasure, SessionExport
from relief.contracts.views import AgentView, CustomerView, SupervisorView
from relief.contracts.vocabulary import View
from relief.errors import NotFound, Unavailable
from relief.observability import logger
from relief.privacy.references import ReferenceKeys
from relief.remember.forget import Forgetter
from relief.remember.ownership import settle_lease
from relief.settings import Settings
from relief.store.ports import SessionStore
from relief.summarise.agent_view import view_as_agent
from relief.summarise.customer_view import view_as_customer
from relief.summarise.supervisor_view import view_as_supervisor

_ERASED = "erased"
"""The purpose of the hash that a customer's tombstone is kept under."""


class ViewQuery(Contract):
    """Which view is asked for."""

    view: View | None = None


class ExportQuery(Contract):
    """Which page of an export is asked for."""

    limit: Annotated[int, Field(ge=1, le=100)] = 100
    next: Annotated[str, Field(max_length=64, pattern=r"^[A-Z]+(#[0-9a-z]+){0,2}$")] | None = None


class CustomerPath(Contract):
    """The customer's identifier in the path, as the caller sends it in ``customer.ref``."""

    customer_ref: Annotated[str, Field(min_length=1, max_length=128)]


class SessionService:
    """Everything that reading and erasing needs, bound to one installation."""

    def __init__(
        self,
        settings: Settings,
        keys: Callable[[], ReferenceKeys | None],
        store: SessionStore,
        forgetter: Forgetter,
    ) -> None:
        """Keep the ports; nothing is called yet. ``keys`` gives ``None`` while the keys cannot be had."""
        self._settings = settings
        self._keys = keys
        self._store = store
        self._forgetter = forgetter

    def view(self, session_id: str, view: View, now: datetime) -> AgentView | CustomerView | SupervisorView:
        """Return a role's view of a session.

        Raises:
            NotFound: nothing is remembered of the session.
        """
        session_id = _check(session_id)
        found = self._store.find_context(session_id, now)
        context = settle_lease(found, now) if found else None
        if view is View.supervisor:
            decisions = self._store.list_decisions(session_id, now)
            handoffs = self._store.list_session_handoffs(session_id, now)
            if context or decisions or handoffs:
                return view_as_supervisor(session_id, context, decisions, handoffs)
        if context is None:
            message = "Nothing is remembered of this session, or its time to live has passed."
            raise NotFound(message)
        if view is View.customer:
            return view_as_customer(context, max(self._settings.decision_seconds, self._settings.handoff_seconds))
        handoff = self._store.find_handoff(context.handoff.handoff_id, now) if context.handoff else None
        return view_as_agent(context, handoff, self._settings.desk_language)

    def export(self, session_id: str, query: ExportQuery, now: datetime) -> SessionExport:
        """Return a page of everything that is stored about a session.

        Raises:
            NotFound: nothing is stored about the session.
        """
        session_id = _check(session_id)
        records, following = self._store.read_records(session_id, query.limit, query.next, now)
        if not records and following is None and query.next is None:
            message = "Nothing is stored about this session, or its time to live has passed."
            raise NotFound(message)
        return SessionExport(session_id=session_id, exported_at=now, records=records, next=following)

    def erase_session(self, session_id: str, now: datetime) -> Erasure:
        """Erase everything of a session; what does not fit into one request remains for the next.

        Raises:
            Unavailable: the table does not answer.
        """
        checked = _check(session_id)
        erasure = _try(lambda: self._forgetter.forget_session(checked, now))
        logger.info("session erased", records=erasure.records, complete=erasure.complete)
        return erasure

    def erase_customer(self, customer_ref: str, now: datetime) -> Erasure:
        """Erase every session of a customer, whichever key they were listed under.

        Raises:
            Unavailable: the table does not answer, or the keys cannot be read, so that the customer cannot be found.
        """
        reference = parse_document({"customer_ref": customer_ref}, CustomerPath).customer_ref
        keys = self._keys()
        if keys is None:
            message = "The keys for customer references cannot be read, and nothing was erased. Try again."
            raise Unavailable(message)
        mark = keys.hash(reference, _ERASED)
        erasure = _try(lambda: self._forgetter.forget_customer(keys.candidates(reference), mark, now))
        logger.info("customer erased", sessions=erasure.sessions, complete=erasure.complete)
        return erasure


def _try(erase: Callable[[], Erasure]) -> Erasure:
    try:
        return erase()
    except (BotoCoreError, ClientError) as error:
        message = "The table does not answer. What has been erased stays erased; send the same request again."
        raise Unavailable(message) from error


def _check(session_id: str) -> str:
    return parse_document({"session_id": session_id}, SessionPath).session_id
