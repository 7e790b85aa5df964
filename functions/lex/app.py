"""Amazon Lex V2: the code hook of a bot."""

from datetime import UTC, datetime
from typing import Any

from relief.api.services import load_services
from relief.integrations.adapters.lex import answer_lex
from relief.observability import logger


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer a code hook with a dialog action."""
    return answer_lex(event, load_services().turns, datetime.now(UTC))
