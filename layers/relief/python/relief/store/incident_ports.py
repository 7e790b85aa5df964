"""What incident mode asks of a store: records, previews, follow-up lists and the passes over open hand-overs."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from relief.contracts.handoff import Handoff
from relief.contracts.incident import Followup, Incident, IncidentRecord, SweepReport, SweepState, TurnMark
from relief.store.items import StoredContext
from relief.store.writes import Write


class WaitingHandoff(NamedTuple):
    """An open hand-over and its session, read together."""

    handoff: Handoff
    context: StoredContext


class IncidentStore(Protocol):
    """Reads and changes incidents."""

    def list_records(self, now: datetime) -> list[IncidentRecord]:
        """Return every incident's record that has not expired."""

    def find_record(self, incident_id: str, now: datetime) -> IncidentRecord | None:
        """Return an incident's record; ``None`` when there is none."""

    def list_active(self, now: datetime) -> list[Incident]:
        """Return the active incidents as turns read them."""

    def save(self, record: IncidentRecord, seen_version: int) -> bool:
        """Write a record's next version (seen 0: the first); ``False`` when somebody else was first."""

    def is_swept(self, since: datetime) -> bool:
        """Tell whether a pass that ended ``since`` has seen the last change; as good as swept before the first one."""

    def list_followups(
        self, incident_id: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[Followup], str | None]:
        """Return a page of an incident's follow-up list, and where the next page starts.

        Every customer comes once, whether or not they are told meanwhile; who is promised something more meanwhile
        may come again, with the newer promise.
        """


class PreviewStore(Protocol):
    """What a preview counts."""

    def list_open(self, queue: str, limit: int, start: str | None, now: datetime) -> tuple[list[Handoff], str | None]:
        """Return a page of a queue's waiting hand-overs, and where the next page starts."""

    def read_marks(self, bucket: int, shard: int, limit: int) -> list[tuple[str, int, TurnMark]]:
        """Return at most so many marks of ten minutes' turns, by key: the key, when, and where the turn stood."""


class SweepStore(Protocol):
    """What the passes over open hand-overs need."""

    def list_active(self, now: datetime) -> list[Incident]:
        """Return the active incidents as turns read them."""

    def read_generation(self) -> int:
        """Return how often incidents have changed."""

    def note_swept(self, generation: int, now: datetime) -> None:
        """Note that a pass has seen this many changes to their end, now."""

    def take_lease(self, run: str, until: datetime, now: datetime) -> bool:
        """Let one run at a time work; ``False`` while another has the lease. Taking it again prolongs it."""

    def release_lease(self, run: str) -> None:
        """Let the next run work."""

    def read_waiting(
        self, queue: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[WaitingHandoff], str | None]:
        """Return a page of a queue's waiting hand-overs with their sessions, and where the next page starts."""

    def read_again(self, handoff_id: str, session_id: str, now: datetime) -> WaitingHandoff | None:
        """Return a hand-over and its session as they stand; ``None`` when it does not wait any more."""

    def commit(self, writes: Sequence[Write]) -> bool:
        """Run the writes as one transaction; ``False`` when somebody else was first, and nothing was written."""

    def read_untold(self, incident_id: str, limit: int, now: datetime) -> list[Followup]:
        """Return some of those customers who are still to be told at once."""

    def mark_told(self, followups: Sequence[Followup]) -> None:
        """Note that these customers were told."""

    def note_sweep(self, incident_id: str, report: SweepReport) -> None:
        """Keep what a pass did for an incident with its record."""


class SweepStarter(Protocol):
    """Starts passes over the open hand-overs."""

    def start(self, state: SweepState) -> bool:
        """Start a pass; ``False`` when one of this name was started before."""
