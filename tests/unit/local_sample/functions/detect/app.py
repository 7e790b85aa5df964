"""The detect function of the sample: scores a text by its length."""

from typing import Any


def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Return a score; the text "crash" raises, as a handler with a defect would."""
    text = event.get("text", "")
    if text == "crash":
        message = "cannot score this text"
        raise ValueError(message)
    return {"score": min(len(text) / 100, 1.0), "left_ms": context.get_remaining_time_in_millis()}
