"""Turns of a session, what is remembered of it, and its erasure."""

from datetime import UTC, datetime
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from relief.api import catalogue
from relief.api.access import allow_export, allow_turn, allow_view
from relief.api.requests import parse_document
from relief.api.routes.exchange import Exchange, answer
from relief.api.services import load_services
from relief.api.sessions import ExportQuery, ViewQuery
from relief.contracts.stored import Erasure

exchange = Exchange()
router = exchange.router


def _erased(erasure: Erasure) -> Response[str]:
    return answer(erasure, HTTPStatus.OK if erasure.complete else HTTPStatus.ACCEPTED)


@router.post("/v1/sessions/<session_id>/turns")
def accept_turn(session_id: str) -> Response[str]:
    """Take one customer turn and answer with one decision."""
    exchange.require_scope(catalogue.ACCEPT_TURN)
    allow_turn(exchange.caller, session_id)
    return answer(load_services().turns.accept(session_id, exchange.body, datetime.now(UTC)))


@router.post("/v1/sessions/<session_id>/outcome")
def take_outcome(session_id: str) -> Response[str]:
    """Take how a session ended."""
    exchange.require_scope(catalogue.TAKE_OUTCOME)
    allow_turn(exchange.caller, session_id)
    return answer(load_services().outcomes.take(session_id, exchange.body, datetime.now(UTC)))


@router.get("/v1/sessions/<session_id>/context")
def read_context(session_id: str) -> Response[str]:
    """Show what a role may see of a session."""
    exchange.require_scope(catalogue.READ_CONTEXT)
    asked = parse_document(exchange.query, ViewQuery)
    view = allow_view(exchange.caller, session_id, asked.view)
    return answer(load_services().sessions.view(session_id, view, datetime.now(UTC)))


@router.get("/v1/sessions/<session_id>/export")
def export_session(session_id: str) -> Response[str]:
    """Hand out everything that is stored about a session."""
    allow_export(exchange.caller, session_id)
    asked = parse_document(exchange.query, ExportQuery)
    return answer(load_services().sessions.export(session_id, asked, datetime.now(UTC)))


@router.delete("/v1/sessions/<session_id>")
def erase_session(session_id: str) -> Response[str]:
    """Erase a session."""
    exchange.require_scope(catalogue.ERASE_SESSION)
    return _erased(load_services().sessions.erase_session(session_id, datetime.now(UTC)))


@router.delete("/v1/customers/.+")
def erase_customer() -> Response[str]:
    """Erase a customer. Their reference may hold any character, so it is taken as the gateway reads it."""
    exchange.require_scope(catalogue.ERASE_CUSTOMER)
    reference = exchange.event.path_parameters.get("customer_ref", "")
    return _erased(load_services().sessions.erase_customer(reference, datetime.now(UTC)))
