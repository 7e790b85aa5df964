"""The work list, and what desks report of hand-overs."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response

from relief.api import catalogue
from relief.api.catalogue import HandoffPage
from relief.api.requests import parse_document
from relief.api.routes.exchange import Exchange, answer
from relief.api.services import load_services
from relief.api.worklist import WorklistQuery
from relief.errors import NotFound

exchange = Exchange()
router = exchange.router


@router.get("/v1/handoffs")
def list_handoffs() -> Response[str]:
    """List one queue's hand-overs, first things first."""
    exchange.require_scope(catalogue.LIST_HANDOFFS)
    asked = parse_document(exchange.query, WorklistQuery)
    items, following = load_services().table.list_handoffs(
        asked.queue, asked.state.value, asked.limit, asked.start(), datetime.now(UTC)
    )
    return answer(HandoffPage(items=items, next=asked.encode(following)))


@router.get("/v1/handoffs/<handoff_id>")
def read_handoff(handoff_id: str) -> Response[str]:
    """Show one hand-over."""
    exchange.require_scope(catalogue.READ_HANDOFF)
    handoff = load_services().table.find_handoff(handoff_id, datetime.now(UTC))
    if handoff is None:
        message = "There is no such hand-over, or its time to live has passed."
        raise NotFound(message)
    return answer(handoff)


@router.post("/v1/handoffs/<handoff_id>/events")
def take_handoff_event(handoff_id: str) -> Response[str]:
    """Take what a desk reports of a hand-over."""
    exchange.require_scope(catalogue.TAKE_HANDOFF_EVENT)
    return answer(load_services().handoffs.take_event(handoff_id, exchange.body, datetime.now(UTC)))


@router.post("/v1/handoffs/<handoff_id>/feedback")
def take_handoff_feedback(handoff_id: str) -> Response[str]:
    """Take the verdict of the person who took over."""
    exchange.require_scope(catalogue.TAKE_HANDOFF_FEEDBACK)
    return answer(load_services().handoffs.take_feedback(handoff_id, exchange.body, datetime.now(UTC)))
