"""Take what desks report of hand-overs, and put back what nobody accepted: read, step, commit, tell."""

import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from relief.contracts.events import HandoffChanged, Lapse
from relief.contracts.handoff import Handoff
from relief.contracts.ownership import EventRecord, HandoffEvent, HandoffEventAnswer
from relief.contracts.vocabulary import HandoffEventKind, HandoffState, Ignored, Part
from relief.errors import EventConflict, NotFound, Unavailable
from relief.remember.consent import keep_what_is_allowed
from relief.remember.fit import write_context
from relief.remember.ownership import OWNERS, Step, lapse_offer, take_event
from relief.route.waiting_words import waiting_words_for
from relief.settings import Settings
from relief.store.ports import Messenger, OwnershipStore, QueueRecords, Standing
from relief.store.writes import Write, move_handoff, put_event

LAPSED: Final = "lapsed"
"""The cause of a change that no desk reported: nobody accepted the offer in time."""

_ATTEMPTS: Final = 20
"""How often a lost race against turns and other events is run again."""

_GRACE_SECONDS: Final = 1
"""How much later than the offer's end its reminder comes, because clocks differ: one that is early is spent."""

_LONGEST_PAUSE_SECONDS: Final = 0.05
_AWAITED: Final = frozenset({HandoffState.requested, HandoffState.queued, HandoffState.offered})


class Signed(NamedTuple):
    """An event with what the api function adds: who reported it, and what the same event must match."""

    event: HandoffEvent
    agent: str | None = None
    request_hash: str = ""


class Desk:
    """Everything that moves a hand-over on, bound to one installation."""

    def __init__(
        self,
        settings: Settings,
        store: OwnershipStore,
        messenger: Messenger,
        queues: QueueRecords | None = None,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Keep the ports; nothing is called yet.

        ``queues`` is told how long customers waited; ``pause`` waits so many seconds between lost races.
        """
        self._settings = settings
        self._store = store
        self._messenger = messenger
        self._queues = queues
        self._pause = pause

    def take(self, handoff_id: str, signed: Signed, now: datetime) -> HandoffEventAnswer:
        """Return what became of an event. The same event again, or one that comes too late, changes nothing.

        Raises:
            NotFound: there is no such hand-over.
            EventConflict: ``event_id`` was used for another event of this hand-over.
            Unavailable: the race for the session was lost over and over.
        """
        event = signed.event
        for _ in range(_ATTEMPTS):
            standing = self._store.read_standing(handoff_id, event.event_id, now)
            handoff = _require(standing)
            if standing.taken is not None:
                return _repeat(standing.taken, signed, handoff)
            step = take_event(handoff, standing.context.context, event, now, self._settings)
            if step is None:
                return _answer(handoff, event.event_id, Ignored.late)
            if event.kind is HandoffEventKind.offered and step.handoff.lease_until is not None:
                # Before the offer is written: a reminder too many does nothing, one too few would strand a customer.
                lapse = Lapse(handoff_id=handoff_id, lease_until=step.handoff.lease_until)
                self._messenger.remind(handoff.queue, lapse, self._settings.offer_seconds + _GRACE_SECONDS)
            record = _record(handoff_id, signed, step, now)
            if self._store.commit([*self._writes(step, handoff, standing), put_event(record, self._settings)]):
                if step.handoff.state is HandoffState.accepted and handoff.state in _AWAITED and self._queues:
                    self._queues.note_wait(handoff, now)
                degraded = self._tell(step, handoff, event.kind.value, now)
                return _answer(step.handoff, event.event_id, None, degraded)
            self._pause(random.uniform(0, _LONGEST_PAUSE_SECONDS))  # noqa: S311 - spreads rivals, keeps no secret
        message = "The conversation is changing too fast. Send the same event again."
        raise Unavailable(message)

    def lapse(self, lapse: Lapse, now: datetime) -> bool:
        """Put an offer back into the queue that nobody accepted; ``False`` when there is nothing to put back."""
        for _ in range(_ATTEMPTS):
            standing = self._store.read_standing(lapse.handoff_id, LAPSED, now)
            handoff = standing.handoff
            if handoff is None:
                return False
            step = lapse_offer(handoff, standing.context.context, lapse.lease_until, now, self._settings)
            if step is None:
                return False
            if self._store.commit(self._writes(step, handoff, standing)):
                self._tell(step, handoff, LAPSED, now)
                return True
            self._pause(random.uniform(0, _LONGEST_PAUSE_SECONDS))  # noqa: S311 - as above
        message = "The conversation is changing too fast; the reminder comes again."
        raise Unavailable(message)

    def _writes(self, step: Step, handoff: Handoff, standing: Standing) -> list[Write]:
        writes = [move_handoff(step.handoff, handoff.state, self._settings)]
        if step.context is not None:
            kept = keep_what_is_allowed(step.context)
            writes.append(write_context(kept, standing.context.version, self._settings))
        return writes

    def _tell(self, step: Step, before: Handoff, cause: str, now: datetime) -> list[Part]:
        """Tell the bus; that it is down changes nothing of what was written, and the next turn tells the customer."""
        moved = step.handoff
        back = moved.state is HandoffState.queued and before.state is not HandoffState.queued
        words = waiting_words_for(moved.summary.locale)
        change = HandoffChanged(
            handoff_id=moved.handoff_id,
            session_id=moved.session_id,
            queue=moved.queue,
            lane=moved.lane,
            cause=cause,
            state=moved.state,
            owner=OWNERS[moved.state],
            changed_at=now,
            say=words.back_in_queue_pushed if back else "",
        )
        return [] if self._messenger.publish(change) else [Part.announce]


def _require(standing: Standing) -> Handoff:
    if standing.handoff is None:
        message = "There is no such hand-over, or its time to live has passed."
        raise NotFound(message)
    return standing.handoff


def _repeat(taken: EventRecord, signed: Signed, handoff: Handoff) -> HandoffEventAnswer:
    if taken.request_hash and signed.request_hash and taken.request_hash != signed.request_hash:
        message = "This event_id was posted before with another body. Send a new event_id for a new event."
        raise EventConflict(message)
    return _answer(handoff, taken.event_id, Ignored.duplicate)


def _record(handoff_id: str, signed: Signed, step: Step, now: datetime) -> EventRecord:
    event = signed.event
    allowed = step.context is None or step.context.store_context
    return EventRecord(
        event_id=event.event_id,
        handoff_id=handoff_id,
        kind=event.kind.value,
        at=event.at or now,
        received_at=now,
        state=step.handoff.state,
        agent=signed.agent,
        slot=event.slot,
        note=(event.note or "") if allowed else "",
        request_hash=signed.request_hash,
    )


def _answer(
    handoff: Handoff, event_id: str, ignored: Ignored | None, degraded: list[Part] | None = None
) -> HandoffEventAnswer:
    return HandoffEventAnswer(
        handoff_id=handoff.handoff_id,
        event_id=event_id,
        applied=ignored is None,
        ignored=ignored,
        state=handoff.state,
        owner=OWNERS[handoff.state],
        lease_until=handoff.lease_until,
        degraded=degraded or [],
    )
