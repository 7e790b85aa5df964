"""How a session ended, as the caller reports it."""

from typing import Annotated

from pydantic import Field

from relief.contracts.model import Contract, LenientContract, Time
from relief.contracts.vocabulary import Outcome


class SessionOutcome(Contract):
    """The end of a session. A later report replaces an earlier one; the same again changes nothing."""

    outcome: Outcome
    at: Time | None = Field(None, description="When the session ended; the time of receipt when absent.")
    effort_score: Annotated[int, Field(strict=True, ge=1, le=7)] | None = Field(
        None, description="The customer's answer to 'It was easy to get my issue handled': 1 not at all, 7 very much."
    )


class RecordedOutcome(LenientContract):
    """An outcome as it is stored."""

    session_id: str
    received_at: Time
    outcome: Outcome
    at: Time
    effort_score: int | None = None
