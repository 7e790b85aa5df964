"""What the edges need from storage, the workflow engine and the bus. Tests hand in fakes."""

from datetime import datetime
from typing import Protocol

from relief.contracts.handoff import Handoff
from relief.contracts.states import DecisionRecord, Fallback, TurnExecution, TurnKeys, TurnOutcome


class WorkflowUnavailable(Exception):
    """The turn workflow could not be started, did not end in time, or ended without an answer."""


class DecisionStore(Protocol):
    """Reads decision records."""

    def find_decision(self, decision_id: str, now: datetime) -> DecisionRecord | None:
        """Return a decision by its identifier; ``None`` when there is none or it has expired."""


class HandoffStore(Protocol):
    """Reads and moves hand-overs."""

    def find_handoff(self, handoff_id: str, now: datetime) -> Handoff | None:
        """Return a hand-over by its identifier."""

    def list_handoffs(
        self, queue: str, state: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[Handoff], str | None]:
        """Return a page of one queue's work list, first things first, and where the next page starts."""

    def receive_handoff(self, handoff: Handoff, expires_at: int) -> bool:
        """Put a delivered hand-over on the work list; ``False`` when it was there already."""


class TurnWorkflow(Protocol):
    """Runs the turn workflow."""

    def run(self, execution: TurnExecution) -> TurnOutcome:
        """Return the workflow's outcome.

        Raises:
            WorkflowUnavailable: there is no outcome to be had.
        """


class LastResort(Protocol):
    """What the api function can still do when the workflow itself is down."""

    def take_ownership(self, keys: TurnKeys, fallback: Fallback) -> int | None:
        """Mark the session as handed over; returns the turn's number, ``None`` when it already was."""

    def record(self, fallback: Fallback) -> None:
        """Record decision and hand-over."""

    def announce(self, fallback: Fallback) -> None:
        """Tell the bus, or failing that the queue itself, of the hand-over."""
