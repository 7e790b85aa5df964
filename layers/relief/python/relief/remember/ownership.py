"""Who owns a conversation: bot, offered, queued, human or returned. One table, and what a step in it changes.

Everything here is pure. A hand-over's record says how far it is; the session's context says who owns the
conversation, which is what every turn is decided on. Both change together or not at all (``relief.store.ownership``).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from relief.contracts.context import OpenHandoff, Progress, SessionContext
from relief.contracts.handoff import Handoff
from relief.contracts.ownership import HandoffEvent, PersonReport
from relief.contracts.vocabulary import HandoffEventKind as Kind
from relief.contracts.vocabulary import HandoffState as State
from relief.contracts.vocabulary import Owner, WaitingNews
from relief.remember.ledger import PERSON, note_question
from relief.settings import Settings

_ENDS: Final = {Kind.resolved: State.resolved, Kind.returned: State.returned, Kind.abandoned: State.abandoned}
_WAITING: Final = {
    Kind.offered: State.offered,
    Kind.accepted: State.accepted,
    # Whoever asks the customer something has the conversation, whether or not the desk has said so.
    Kind.asked: State.accepted,
    **_ENDS,
}
TRANSITIONS: Final[Mapping[State, Mapping[Kind, State]]] = {
    State.requested: _WAITING,
    State.queued: _WAITING,
    State.offered: {**_WAITING, Kind.requeued: State.queued},
    State.accepted: {Kind.asked: State.accepted, Kind.requeued: State.queued, **_ENDS},
}
"""From a state, by a kind of event, to the next state. What is not in it is late or means nothing, and is ignored."""

OWNERS: Final[Mapping[State, Owner]] = {
    State.requested: Owner.queued,
    State.queued: Owner.queued,
    State.offered: Owner.offered,
    State.accepted: Owner.human,
    State.returned: Owner.returned,
    State.resolved: Owner.bot,
    State.abandoned: Owner.bot,
    State.undeliverable: Owner.bot,
}
"""Whose the conversation is while its hand-over is in a state."""

_LEASED: Final = frozenset({Owner.offered, Owner.human})


class Step(NamedTuple):
    """What one event leads to. ``context`` is ``None`` when the session has moved on without this hand-over."""

    handoff: Handoff
    context: SessionContext | None


def take_event(
    handoff: Handoff, context: SessionContext | None, event: HandoffEvent, now: datetime, settings: Settings
) -> Step | None:
    """Return what an event changes; ``None`` when it is late: an older one, or one that the hand-over is past."""
    # A desk whose clock is ahead must not make everything that follows look late.
    at = min(event.at or now, now)
    state = TRANSITIONS.get(handoff.state, {}).get(event.kind)
    if state is None or (handoff.changed_at is not None and at < handoff.changed_at):
        return None
    concerned = _concerned(context, handoff)
    note = event.note if concerned is None or concerned.store_context else None
    moved = _move(handoff, state, at, note or "", now, settings)
    if concerned is None:
        return Step(moved, None)
    if event.kind is Kind.asked and event.slot is not None:
        slots = note_question(concerned.slots, event.slot, PERSON, concerned.turn)
        concerned = concerned.model_copy(update={"slots": slots})
    return Step(moved, _own(concerned, moved, now, settings))


def lapse_offer(
    handoff: Handoff, context: SessionContext | None, lease_until: datetime, now: datetime, settings: Settings
) -> Step | None:
    """Put an offer that nobody accepted back into its queue; ``None`` when that offer is not open any more."""
    if handoff.state is not State.offered or handoff.lease_until != lease_until or lease_until > now:
        return None
    back = handoff.model_copy(update={"state": State.queued, "lease_until": None})
    concerned = _concerned(context, handoff)
    return Step(back, None if concerned is None else _own(concerned, back, now, settings))


def settle_lease(context: SessionContext, now: datetime) -> SessionContext:
    """Return the context as it stands now: an offer or a person's ownership that has run out is queued again.

    The turn that notices it puts the record back too, so nothing hangs on a reminder that may be late.
    """
    handoff = context.handoff
    if handoff is None or handoff.lease_until is None or handoff.lease_until > now or context.owner not in _LEASED:
        return context
    return context.model_copy(update={"owner": Owner.queued, "handoff": _back_in_queue(handoff)})


def _move(handoff: Handoff, state: State, at: datetime, note: str, now: datetime, settings: Settings) -> Handoff:
    report = None
    if state in _ENDS.values():
        report = PersonReport(handoff_id=handoff.handoff_id, queue=handoff.queue, ended=state, at=at, note=note)
    lease = _lease_seconds(handoff, state, settings)
    return handoff.model_copy(
        update={
            "state": state,
            "changed_at": at,
            "lease_until": None if lease is None else now + timedelta(seconds=lease),
            "report": report,
        }
    )


def _lease_seconds(handoff: Handoff, state: State, settings: Settings) -> int | None:
    """Return how long a state holds without another event: an offer for moments, a person as long as a session."""
    if state is State.offered:
        return settings.offer_seconds
    if state is State.accepted:
        return settings.session_hours * 3600 if handoff.realtime else settings.slow_session_hours * 3600
    return None


def _concerned(context: SessionContext | None, handoff: Handoff) -> SessionContext | None:
    """Return the context if this hand-over is the one that it has open."""
    if context is None or context.handoff is None or context.handoff.handoff_id != handoff.handoff_id:
        return None
    return context


def _own(context: SessionContext, handoff: Handoff, now: datetime, settings: Settings) -> SessionContext:
    """Return the context with the hand-over's new state in it; the session lives on for as long as after a turn."""
    lives = now + timedelta(seconds=settings.session_seconds(context.channel))
    changes: dict[str, object] = {
        "owner": OWNERS[handoff.state],
        "expires_at": max(context.expires_at, lives),
    }
    if handoff.report is not None:
        # A person has dealt with it: what failed stays known, but nothing counts towards the next hand-over.
        progress = Progress(issue=context.progress.issue)
        changes |= {"handoff": None, "colleague": handoff.report, "progress": progress}
    elif context.handoff is not None:
        current = context.handoff
        if handoff.state is State.queued:
            changes["handoff"] = _back_in_queue(current)
        else:
            changes["handoff"] = current.model_copy(
                update={"state": handoff.state, "lease_until": handoff.lease_until, "news": None}
            )
    return context.model_copy(update=changes)


def _back_in_queue(handoff: OpenHandoff) -> OpenHandoff:
    told = [one for one in handoff.told if one is not WaitingNews.back_in_queue]
    news = WaitingNews.back_in_queue
    return handoff.model_copy(update={"state": State.queued, "lease_until": None, "news": news, "told": told})
