"""Incident mode: declare or amend, preview, list, resolve, and who was promised something."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response

from relief.api import catalogue
from relief.api.routes.exchange import Exchange, answer
from relief.api.services import load_services

exchange = Exchange()
router = exchange.router


@router.put("/v1/incidents/<incident_id>")
def put_incident(incident_id: str) -> Response[str]:
    """Declare, amend or confirm an incident."""
    exchange.require_scope(catalogue.PUT_INCIDENT)
    return answer(load_services().incidents.put(incident_id, exchange.body, exchange.caller, datetime.now(UTC)))


@router.get("/v1/incidents")
def list_incidents() -> Response[str]:
    """List incidents, open ones first."""
    exchange.require_scope(catalogue.LIST_INCIDENTS)
    return answer(load_services().incidents.list_all(exchange.query, datetime.now(UTC)))


@router.delete("/v1/incidents/<incident_id>")
def resolve_incident(incident_id: str) -> Response[str]:
    """End an incident, or withdraw a proposal."""
    exchange.require_scope(catalogue.RESOLVE_INCIDENT)
    service = load_services().incidents
    return answer(service.resolve(incident_id, exchange.query, exchange.caller, datetime.now(UTC)))


@router.post("/v1/incidents/preview")
def preview_incident() -> Response[str]:
    """Tell what an incident would touch; nothing changes."""
    exchange.require_scope(catalogue.PREVIEW_INCIDENT)
    return answer(load_services().incidents.preview(exchange.body, datetime.now(UTC)))


@router.get("/v1/incidents/<incident_id>/followups")
def list_followups(incident_id: str) -> Response[str]:
    """List the customers who were promised something."""
    exchange.require_scope(catalogue.LIST_FOLLOWUPS)
    return answer(load_services().incidents.list_followups(incident_id, exchange.query, datetime.now(UTC)))
