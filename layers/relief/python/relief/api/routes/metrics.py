"""Figures: what customers went through."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response

from relief.api import catalogue
from relief.api.routes.exchange import Exchange, answer_with_json
from relief.api.services import load_services

exchange = Exchange()
router = exchange.router


@router.get("/v1/metrics")
def read_metrics() -> Response[str]:
    """Show figures with the formulas that they come from."""
    exchange.require_scope(catalogue.READ_METRICS)
    figures = load_services().metrics.read(exchange.query, datetime.now(UTC))
    return answer_with_json(figures.model_dump_json(by_alias=True))
