"""The query of the work list."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from pydantic import Field, field_validator

from relief.contracts.model import Contract, Name
from relief.contracts.vocabulary import HandoffState

_START_KEYS = {"pk", "sk", "queue_state", "rank"}


class WorklistQuery(Contract):
    """Which page of which queue is asked for."""

    queue: Name
    state: HandoffState = HandoffState.queued
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    next: Annotated[str, Field(max_length=1024)] | None = None

    @field_validator("next")
    @classmethod
    def _must_be_ours(cls, value: str | None) -> str | None:
        if value is not None and set(_decode(value)) != _START_KEYS:
            message = "is not the `next` of an earlier page"
            raise ValueError(message)
        return value

    def start(self) -> str | None:
        """Return where the page starts, in the store's own format."""
        return None if self.next is None else json.dumps(_decode(self.next))

    @staticmethod
    def encode(following: str | None) -> str | None:
        """Return the store's position as an opaque `next`."""
        return urlsafe_b64encode(following.encode()).decode() if following else None


def _decode(value: str) -> dict[str, dict[str, str]]:
    try:
        decoded = json.loads(urlsafe_b64decode(value.encode()))
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
