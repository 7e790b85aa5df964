"""The classifier of the sample, which has no model and says so."""

from typing import Any


def lambda_handler(_event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Raise, as an image without its model would."""
    message = "no model"
    raise FileNotFoundError(message)
