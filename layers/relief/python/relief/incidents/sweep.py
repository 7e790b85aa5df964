"""One pass over the open hand-overs, in pages: each moves once, each customer is told, whatever is interrupted.

A pass is set off by every change of an incident, and every minute while one is open. One runs at a time; a change that
comes meanwhile makes it start over. A move, and the note that the customer is still to be told, are one transaction;
telling comes after it.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

from relief.contracts.incident import Followup, Incident, SweepReport, SweepState
from relief.contracts.vocabulary import FollowupKind, SweepPhase
from relief.incidents.settle import Move, change_of, followup_of, move_writes, settle_handoff
from relief.observability import logger
from relief.route.tables import load_table
from relief.settings import Settings
from relief.store.incident_ports import SweepStore, WaitingHandoff
from relief.store.ports import Announcer

BUDGET_SECONDS: Final = 4.0
"""Time that one invocation works before it hands on; its function ends after ten seconds."""

LEASE_SECONDS: Final = 30
"""How long a pass that was killed keeps others out; longer than any invocation takes."""

PAGE: Final = 50
_AT_ONCE: Final = 8
"""Moves side by side; each waits for the table most of its time."""

_TOLD_AT_ONCE: Final = 10
"""Customers who are told before it is noted. A pass that is killed between the two tells them again: same change_id."""

_ATTEMPTS: Final = 5
"""How often a move is tried that loses a race against a turn or a desk; the next pass finds what is left."""


class Sweeper:
    """Settles open hand-overs, bound to one installation."""

    def __init__(
        self,
        settings: Settings,
        store: SweepStore,
        announcer: Announcer,
        clock: Callable[[], float] = time.monotonic,
        budget_seconds: float = BUDGET_SECONDS,
    ) -> None:
        """Keep the ports; nothing is called yet. ``clock`` is in seconds and only ever goes forward."""
        self._settings = settings
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._budget_seconds = budget_seconds

    def work(self, state: SweepState, now: datetime, incident_ids: Callable[[], Sequence[str]]) -> SweepState:
        """Go on with a pass for as long as one invocation may; return where the next goes on.

        ``incident_ids`` names every incident on record, whose customers may still have to be told.
        """
        if not self._store.take_lease(state.run, now + timedelta(seconds=LEASE_SECONDS), now):
            return state.model_copy(update={"phase": SweepPhase.busy})
        incidents = self._store.list_active(now)
        deadline = self._clock() + self._budget_seconds
        while True:
            if state.generation is None:
                state = state.model_copy(update={"generation": self._store.read_generation()})
                incidents = self._store.list_active(now)
            if state.phase is SweepPhase.move:
                state = self._move_page(state, incidents, now, deadline)
            else:
                state = self._finish(self._tell_left(state, incident_ids(), now), now)
            if state.phase is SweepPhase.done or self._clock() >= deadline:
                return state

    def _move_page(
        self, state: SweepState, incidents: Sequence[Incident], now: datetime, deadline: float
    ) -> SweepState:
        """Go through a page; when time is up in the middle of it, the next invocation reads what is left of it."""
        queues = sorted(load_table().queues)
        if state.queue >= len(queues):
            return state.model_copy(update={"phase": SweepPhase.tell})
        waiting, following = self._store.read_waiting(queues[state.queue], PAGE, state.start, now)
        moves: list[Move] = []
        seen = 0
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while seen < len(waiting) and (not moves or self._clock() < deadline):
                batch = waiting[seen : seen + _AT_ONCE]
                moves += [
                    one for one in pool.map(lambda one: self._move(one, incidents, now), batch) if one is not None
                ]
                seen += len(batch)
        told = self._tell([followup_of(one, now) for one in moves if one.say])
        reports = dict(state.reports)
        for move in moves:
            _count(reports, move.incident_id, **{_DONE[move.kind]: 1})
        for followup in told:
            _count(reports, followup.incident_id, told=1)
        if seen < len(waiting):
            return state.model_copy(update={"reports": reports})
        further = {"start": following} if following else {"start": None, "queue": state.queue + 1}
        return state.model_copy(update={"reports": reports, **further})

    def _move(self, waiting: WaitingHandoff, incidents: Sequence[Incident], now: datetime) -> Move | None:
        """Move one hand-over if it has to; ``None`` when it has not, or somebody else got there first."""
        current: WaitingHandoff | None = waiting
        for _ in range(_ATTEMPTS):
            move = settle_handoff(current, incidents, now) if current else None
            if current is None or move is None:
                return None
            if self._store.commit(move_writes(move, current, now, self._settings)):
                return move
            current = self._store.read_again(waiting.handoff.handoff_id, waiting.handoff.session_id, now)
        logger.warning("A hand-over is left to the next pass.", handoff_id=waiting.handoff.handoff_id)
        return None

    def _tell(self, followups: Sequence[Followup]) -> list[Followup]:
        """Tell customers through the bus, and note it; return those whom the bus took."""
        told: list[Followup] = []
        for start in range(0, len(followups), _TOLD_AT_ONCE):
            batch = followups[start : start + _TOLD_AT_ONCE]
            taken = self._announcer.publish_all([change_of(one) for one in batch])
            noted = [one for one, was_taken in zip(batch, taken, strict=True) if was_taken]
            self._store.mark_told(noted)
            told += noted
        return told

    def _tell_left(self, state: SweepState, incident_ids: Sequence[str], now: datetime) -> SweepState:
        """Tell those whom an interrupted pass has moved and not told."""
        reports = dict(state.reports)
        for incident_id in incident_ids:
            while left := self._store.read_untold(incident_id, PAGE, now):
                told = self._tell(left)
                _count(reports, incident_id, told=len(told))
                if len(told) < len(left):
                    logger.warning("Some customers could not be told yet; the next pass tries again.")
                    break
        return state.model_copy(update={"reports": reports})

    def _finish(self, state: SweepState, now: datetime) -> SweepState:
        """End the pass, or start over when an incident has changed since it began."""
        if self._store.read_generation() == state.generation:
            for incident_id, report in state.reports.items():
                self._store.note_sweep(incident_id, report.model_copy(update={"finished_at": now}))
            self._store.note_swept(state.generation or 0, now)
            self._store.release_lease(state.run)
            # Whoever was turned away until the release counted a change before, so it shows now.
            if self._store.read_generation() == state.generation or not self._store.take_lease(
                state.run, now + timedelta(seconds=LEASE_SECONDS), now
            ):
                return state.model_copy(update={"phase": SweepPhase.done})
        return SweepState(run=state.run, generation=None, reports=state.reports)


_DONE: Final = {FollowupKind.rerouted: "rerouted", FollowupKind.returned: "returned"}


def _count(reports: dict[str, SweepReport], incident_id: str, **more: int) -> None:
    before = reports.get(incident_id, SweepReport())
    reports[incident_id] = before.model_copy(update={name: getattr(before, name) + n for name, n in more.items()})
