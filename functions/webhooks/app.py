"""Webhooks of other systems behind API Gateway."""

from typing import Any

from relief.api.webhooks import app
from relief.observability import logger


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request."""
    return app.resolve(event, context)
