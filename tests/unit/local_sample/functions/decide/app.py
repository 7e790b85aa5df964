"""The decide function of the sample: a person is needed when the text says so."""

import time
from typing import Any


def lambda_handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Return the action; the text "slow" takes longer than the function's timeout of one second."""
    text = event.get("text", "")
    if text == "slow":
        time.sleep(1.5)
    if "person" in text:
        return {"action": "escalate", "queue": "general"}
    return {"action": "answer"}
