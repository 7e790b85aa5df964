"""Amazon Connect: flows that ask for a decision, and rules of Contact Lens that have heard something."""

from datetime import UTC, datetime
from typing import Any

from relief.api.services import load_services
from relief.integrations.adapters.connect import answer_connect
from relief.integrations.adapters.contact_lens import take_rule_event
from relief.observability import logger


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Answer a flow with a flat map; take a rule's event, which nobody waits for."""
    turns, now = load_services().turns, datetime.now(UTC)
    if "detail-type" not in event:
        return answer_connect(event, turns, context.aws_request_id, now)
    response = take_rule_event(event, turns, now)
    return {"relief_action": response.action.value if response else "ignored"}
