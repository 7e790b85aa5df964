"""Versioned prompts."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response

from relief.api import catalogue
from relief.api.access import allow_turn
from relief.api.routes.exchange import Exchange, answer
from relief.api.services import load_services

exchange = Exchange()
router = exchange.router


@router.get("/v1/prompts/<name>")
def render_prompt(name: str) -> Response[str]:
    """Render a prompt with a session's redacted context."""
    exchange.require_scope(catalogue.RENDER_PROMPT)
    if "session_id" in exchange.query:  # without one there is nothing to allow, and the service says what is missing
        allow_turn(exchange.caller, exchange.query["session_id"])
    return answer(load_services().prompts.render(name, exchange.query, datetime.now(UTC)))
