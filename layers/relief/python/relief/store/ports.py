"""What the edges need from storage, the workflow engine and the bus. Tests hand in fakes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from relief.contracts.archive import ArchivedDecision
from relief.contracts.context import SessionContext
from relief.contracts.events import HandoffChanged, Lapse
from relief.contracts.handoff import Handoff, HandoffNotice
from relief.contracts.incident import (
    IncidentChanged,
)
from relief.contracts.outcome import RecordedOutcome
from relief.contracts.ownership import EventRecord
from relief.contracts.policy import ActivePolicy, PolicyChange, StoredPolicy
from relief.contracts.queues import QueueRecord
from relief.contracts.review import ReviewItem
from relief.contracts.states import DecisionRecord, Fallback, TurnExecution, TurnKeys, TurnOutcome
from relief.contracts.stored import StoredRecord
from relief.contracts.targets import DeliveryRecord
from relief.store.delivery import Whole
from relief.store.items import StoredContext
from relief.store.keys import Key
from relief.store.writes import Write


class WorkflowUnavailable(Exception):
    """The turn workflow could not be started, did not end in time, or ended without an answer."""


class ModelUnavailable(Exception):
    """The model did not answer; the message is the error's code, nothing of what was asked."""


class Before(NamedTuple):
    """What is known before a turn starts: its decision, if it was posted before, and the customer's last session."""

    decision: DecisionRecord | None = None
    session: str | None = None
    """The last session's partition."""


class DecisionStore(Protocol):
    """Reads decision records."""

    def find_before(self, decision_id: str, customers: Sequence[str], now: datetime) -> Before:
        """Return what is stored of this turn and of its customer, who may be known under several keys."""


class DecisionArchive(Protocol):
    """Keeps decisions for long, without whose they were."""

    def keep(self, decisions: Sequence[ArchivedDecision]) -> list[bool]:
        """Archive decisions; tell of each whether it was taken."""


class HandoffStore(Protocol):
    """Reads and moves hand-overs."""

    def find_handoff(self, handoff_id: str, now: datetime) -> Handoff | None:
        """Return a hand-over by its identifier."""

    def list_handoffs(
        self, queue: str, state: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[Handoff], str | None]:
        """Return a page of one queue's work list, first things first, and where the next page starts."""

    def queue_handoff(self, notice: HandoffNotice) -> bool:
        """Put a recorded hand-over on the work list; ``False`` when it was there already, or its record is gone."""

    def receive_handoff(self, whole: Whole, now: datetime) -> bool:
        """Put a hand-over on the work list that may not be recorded; ``False`` when nothing is left to do for it."""


class Standing(NamedTuple):
    """Where a hand-over and its session stand, and what was already taken of the event that came."""

    handoff: Handoff | None
    context: StoredContext
    taken: EventRecord | None


class OwnershipStore(Protocol):
    """Reads and changes who owns a conversation."""

    def read_standing(self, handoff_id: str, event_id: str, now: datetime) -> Standing:
        """Return hand-over, session and event in one consistent reading."""

    def commit(self, writes: Sequence[Write]) -> bool:
        """Run the writes as one transaction; ``False`` when somebody else was first, and nothing was written."""


class Announcer(Protocol):
    """Puts incidents' changes, and what affected customers are told, on the bus."""

    def announce_incident(self, kind: str, change: IncidentChanged) -> bool:
        """Put an incident's change on the bus; ``False`` when it does not take it."""

    def publish_all(self, changes: Sequence[HandoffChanged]) -> list[bool]:
        """Put changes of hand-overs on the bus, ten at a time; tell of each whether it was taken."""


class QueueRecords(Protocol):
    """Reads and writes the recent past of the queues."""

    def read(self, queue: str, capacity: int | None, now: datetime, *, realtime: bool) -> QueueRecord | None:
        """Return a queue's recent past; ``None`` when it cannot be read. Counts who waits only up to ``capacity``."""

    def note_wait(self, handoff: HandoffNotice, taken_at: datetime) -> bool:
        """Write down how long a customer waited; ``False`` when it could not be."""


class Messenger(Protocol):
    """Tells others what became of a hand-over, and reminds us of an offer."""

    def publish(self, change: HandoffChanged) -> bool:
        """Put a change on the bus; ``False`` when it does not take it."""

    def remind(self, queue: str, lapse: Lapse, seconds: int) -> None:
        """Have a reminder come back after so many seconds, at most 900."""


class Requester(Protocol):
    """Asks the bus for a person."""

    def request(self, detail: str) -> bool:
        """Put a request, as JSON, on the bus; ``False`` when it does not take it."""


class SessionStore(Protocol):
    """Reads what is stored about one session."""

    def find_context(self, session_id: str, now: datetime) -> SessionContext | None:
        """Return the session's context; ``None`` when there is none or it has expired."""

    def find_handoff(self, handoff_id: str, now: datetime) -> Handoff | None:
        """Return a hand-over by its identifier."""

    def list_decisions(self, session_id: str, now: datetime) -> list[DecisionRecord]:
        """Return every decision of the session, oldest first."""

    def list_session_handoffs(self, session_id: str, now: datetime) -> list[Handoff]:
        """Return every hand-over of the session, oldest first."""

    def read_records(
        self, session_id: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[StoredRecord], str | None]:
        """Return a page of everything that is stored about the session, and where the next page starts."""


class OutcomeStore(Protocol):
    """Records how sessions end."""

    def has_session(self, session_id: str, now: datetime) -> bool:
        """Tell whether anything is stored about the session, besides how it ended."""

    def find_outcome(self, session_id: str, now: datetime) -> RecordedOutcome | None:
        """Return how the session ended, as far as it was reported."""

    def record_outcome(self, record: RecordedOutcome) -> bool:
        """Record how a session ended; ``False`` when a later end is known."""


class SessionKeys(NamedTuple):
    """Keys of records of one session, and the customers that those records say it is listed under."""

    keys: tuple[Key, ...]
    customers: frozenset[str]


class ErasureStore(Protocol):
    """Finds and deletes what an erasure concerns."""

    def leave_tombstone(self, key: Key, erased_at: datetime) -> None:
        """Note that something was erased."""

    def list_keys(self, session: str) -> SessionKeys:
        """Return some keys of a session's partition, tombstone excluded; none when nothing is left."""

    def list_sessions(self, customer: str) -> list[str]:
        """Return some partitions that are listed under a customer; none when nothing is left."""

    def count_sessions(self, customer: str) -> int:
        """Return how many sessions are listed under a customer."""

    def unlink_session(self, customer: str, session: str) -> None:
        """Take a session out of what is kept beside the customer's listings: the last session, the contacts."""

    def delete(self, keys: Sequence[Key]) -> None:
        """Delete records; those that are gone already are no error."""


class Delivery(NamedTuple):
    """A hand-over as it is stored, and what became of its delivery to one target so far."""

    handoff: Handoff | None
    record: DeliveryRecord | None


class DeliveryStore(Protocol):
    """Claims and outcomes of deliveries."""

    def read(self, handoff_id: str, target: str, now: datetime) -> Delivery:
        """Return hand-over and delivery in one consistent reading; no hand-over when it was erased or has expired."""

    def write(self, record: DeliveryRecord, now: datetime) -> bool:
        """Write the next version of a delivery; ``False`` when somebody else was first, or the hand-over is erased."""


class PolicyUnavailable(Exception):
    """The policy in force could not be read."""


class PolicyReading(NamedTuple):
    """What is stored of the policy in force, and how reviewers agree with one judgement."""

    active: ActivePolicy | None
    """``None``: no policy was ever put in force, so the shipped one is."""
    counts: dict[str, tuple[int, int]]
    """Verdicts and those that agree, by journey."""


class PolicyReader(Protocol):
    """Reads the policy in force, quickly or not at all."""

    def read_in_force(self, judgement: str, now: datetime) -> PolicyReading:
        """Return the policy in force and the agreement with a judgement.

        Raises:
            PolicyUnavailable: the table does not answer in time, or what it holds cannot be read.
        """


class PolicyStore(PolicyReader, Protocol):
    """Reads and changes the versions of the policy."""

    def find_version(self, version: str, now: datetime) -> StoredPolicy | None:
        """Return a stored version."""

    def list_versions(self, limit: int, start: str | None, now: datetime) -> tuple[list[StoredPolicy], str | None]:
        """Return a page of the stored versions, and where the next page starts."""

    def list_changes(self, limit: int, now: datetime) -> list[PolicyChange]:
        """Return the last entries of the audit trail, newest first."""

    def switch(self, active: ActivePolicy, outgoing: StoredPolicy, change: PolicyChange) -> bool:
        """Put a version in force, with its audit entry; ``False`` when somebody else was first."""


class Reviewed(NamedTuple):
    """A decision, its review if it is before reviewers, and when both expire."""

    decision: DecisionRecord
    review: ReviewItem | None
    expires_at: datetime


class ReviewStore(Protocol):
    """Reads and judges what is put before reviewers."""

    def find_review(self, decision_id: str, now: datetime) -> Reviewed | None:
        """Return a decision with its review, in one consistent reading; ``None`` when there is no such decision."""

    def list_reviews(
        self, journey: str, state: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[ReviewItem], str | None]:
        """Return a page of a journey's reviews, first things first, and where the next page starts."""

    def commit(self, writes: Sequence[Write]) -> bool:
        """Run the writes as one transaction; ``False`` when somebody else was first, and nothing was written."""


class TurnWorkflow(Protocol):
    """Runs the turn workflow."""

    def run(self, execution: TurnExecution) -> TurnOutcome:
        """Return the workflow's outcome.

        Raises:
            WorkflowUnavailable: there is no outcome to be had.
        """


class DraftingModel(Protocol):
    """A language model that answers by calling a tool."""

    def answer(self, system: str, user: str, tool: str, schema: dict[str, Any]) -> Any:  # noqa: ANN401 - unchecked yet
        """Return what the model calls the tool with; ``None`` when it answers otherwise.

        Raises:
            ModelUnavailable: there is no answer to be had in time.
        """


class LastResort(Protocol):
    """What the api function can still do when the workflow itself is down."""

    def take_ownership(self, keys: TurnKeys, fallback: Fallback) -> int | None:
        """Mark the session as handed over; returns the turn's number, ``None`` when it already was."""

    def record(self, fallback: Fallback) -> None:
        """Record decision and hand-over."""

    def announce(self, fallback: Fallback) -> None:
        """Tell the bus, or failing that the queue itself, of the hand-over."""
