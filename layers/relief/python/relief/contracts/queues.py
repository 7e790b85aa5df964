"""What is known of a queue at the moment: how long people waited lately, and how many are waiting."""

from enum import StrEnum

from pydantic import Field

from relief.contracts.model import LenientContract, Time


class QueueStatus(StrEnum):
    """Whether a queue takes somebody now."""

    open = "open"
    closed = "closed"
    full = "full"


class InsteadOf(LenientContract):
    """The queue that a hand-over was meant for, and why another one has it."""

    queue: str
    status: QueueStatus


class RecentWait(LenientContract):
    """How long one customer waited for a person."""

    taken_at: Time
    seconds: int = Field(ge=0, description="From the request to the acceptance, seconds.")


class QueueRecord(LenientContract):
    """The recent past of a queue. Bounded: the newest waits overwrite older ones."""

    waits: list[RecentWait] = []
    waiting: int | None = Field(
        None, description="Hand-overs in the queue now, counted to its capacity; unknown: null."
    )


class CallbackWindow(LenientContract):
    """A time in which the team calls back; the customer's choice comes as the preference `callback_window`."""

    start: Time
    end: Time
    label: str = Field(description="In the customer's language, in the team's local time.")
