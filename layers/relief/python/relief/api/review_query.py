"""The query of the review queue."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Any, Final

from pydantic import Field, field_validator

from relief.contracts.model import Contract, Name
from relief.contracts.vocabulary import ReviewState

_START_KEYS: Final = {"pk", "sk", "queue_state", "rank"}


class ReviewQuery(Contract):
    """Which page of the review queue is asked for. Without a journey, one journey after the other is listed."""

    journey: Name | None = None
    state: ReviewState = ReviewState.open
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    next: Annotated[str, Field(max_length=1024)] | None = None

    @field_validator("next")
    @classmethod
    def _must_be_ours(cls, value: str | None) -> str | None:
        if value is None:
            return value
        decoded = _decode(value)
        start = decoded.get("start")
        whole = isinstance(start, dict) and set(start) == _START_KEYS
        if not isinstance(decoded.get("journey"), str) or not (start is None or whole):
            message = "is not the `next` of an earlier page"
            raise ValueError(message)
        return value

    def position(self) -> tuple[str | None, str | None]:
        """Return the journey to go on with, and where in it, in the store's own format."""
        if self.next is None:
            return None, None
        decoded = _decode(self.next)
        start = decoded["start"]
        return decoded["journey"], None if start is None else json.dumps(start)


def encode_position(journey: str, start: str | None) -> str:
    """Return a position as an opaque `next`."""
    return urlsafe_b64encode(json.dumps({"journey": journey, "start": json.loads(start or "null")}).encode()).decode()


def _decode(value: str) -> dict[str, Any]:
    try:
        decoded = json.loads(urlsafe_b64decode(value.encode()))
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
