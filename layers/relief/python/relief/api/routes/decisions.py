"""Decisions, explained."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response

from relief.api import catalogue
from relief.api.routes.exchange import Exchange, answer
from relief.api.services import load_services
from relief.errors import NotFound

exchange = Exchange()
router = exchange.router


@router.get("/v1/decisions/<decision_id>")
def read_decision(decision_id: str) -> Response[str]:
    """Explain a decision in full."""
    exchange.require_scope(catalogue.READ_DECISION)
    record = load_services().table.find_decision(decision_id, datetime.now(UTC))
    if record is None:
        message = "There is no such decision, or its time to live has passed."
        raise NotFound(message)
    return answer(record)
