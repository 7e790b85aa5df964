"""Candidate policies, tried on recorded decisions."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response

from relief.api import catalogue
from relief.api.routes.exchange import Exchange, answer
from relief.api.services import load_services

exchange = Exchange()
router = exchange.router


@router.post("/v1/policies/replay")
def replay_policy() -> Response[str]:
    """Tell what a candidate policy would have decided otherwise."""
    exchange.require_scope(catalogue.REPLAY_POLICY)
    return answer(load_services().replays.replay(exchange.body, datetime.now(UTC)))
