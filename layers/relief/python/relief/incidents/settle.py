"""Where an open hand-over belongs while incidents are active, and back where it came from when they are over.

Pure, and about the end state: it compares where a hand-over waits with where the active incidents want it. So it does
not matter which change set a pass off, how often it runs, or where an earlier one was interrupted.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from relief.contracts.context import SessionContext
from relief.contracts.events import HandoffChanged
from relief.contracts.handoff import Handoff, HandoffOrigin
from relief.contracts.incident import Followup, Incident
from relief.contracts.model import format_time
from relief.contracts.ownership import EventRecord
from relief.contracts.vocabulary import FollowupKind, HandoffState, Lane, Owner, WaitingNews
from relief.decide.incidents import match_incident, message_for, settle_priority
from relief.decide.journeys import choose_journey
from relief.decide.policy import load_policy
from relief.remember.consent import keep_what_is_allowed
from relief.remember.fit import write_context
from relief.remember.record import MAX_INCIDENTS_TOLD
from relief.route.assign import SAFETY_FIRST
from relief.route.tables import load_table, name_team
from relief.route.waiting_words import waiting_words_for
from relief.settings import Settings
from relief.store.incident_ports import WaitingHandoff
from relief.store.writes import Write, put_event, put_followup, reroute_handoff


class Move(NamedTuple):
    """What becomes of one hand-over."""

    handoff: Handoff
    context: SessionContext | None
    incident_id: str
    kind: FollowupKind
    say: str
    """What the customer is told at once; empty where nothing changes for them."""


def facts_of(handoff: Handoff) -> dict[str, Any]:
    """Return what a scope is matched with, as a turn of this conversation would have it."""
    summary = handoff.summary
    return {
        "intent": summary.intent,
        "journey": handoff.journey or choose_journey(None, summary.intent).name,
        "products": summary.account.products,
        "region": summary.account.region,
        "channel": summary.channel,
    }


def settle_handoff(waiting: WaitingHandoff, incidents: Sequence[Incident], now: datetime) -> Move | None:
    """Return how a waiting hand-over moves; ``None`` when it waits where it belongs."""
    handoff = waiting.handoff
    wanted = match_incident(incidents, **facts_of(handoff))
    if wanted is None:
        return _bring_back(waiting, now) if handoff.incident_id is not None else None
    if handoff.incident_id == wanted.incident_id and handoff.queue == _target(handoff, wanted):
        return None
    return _take_in(waiting, wanted, now)


def move_writes(move: Move, waiting: WaitingHandoff, now: datetime, settings: Settings) -> list[Write]:
    """Return the one transaction of a move: hand-over, session, history, and what the customer is still to be told."""
    before, after = waiting.handoff, move.handoff
    event = EventRecord(
        event_id=f"{move.incident_id}:{move.kind.value}:{format_time(now)}",
        handoff_id=after.handoff_id,
        kind=move.kind.value,
        at=now,
        received_at=now,
        state=after.state,
    )
    writes = [reroute_handoff(after, before, settings), put_event(event, settings)]
    if move.context is not None:
        writes.append(write_context(keep_what_is_allowed(move.context), waiting.context.version, settings))
    return writes + put_followup(followup_of(move, now), settings)


def followup_of(move: Move, now: datetime) -> Followup:
    """Return the entry of the follow-up list that a move leaves."""
    summary = move.handoff.summary
    return Followup(
        incident_id=move.incident_id,
        session_id=move.handoff.session_id,
        kind=move.kind,
        customer=summary.identity.customer,
        handoff_id=move.handoff.handoff_id,
        queue=move.handoff.queue,
        channel=summary.channel,
        locale=summary.locale,
        promised_at=now,
        say=move.say,
    )


def change_of(followup: Followup) -> HandoffChanged:
    """Return the event that tells a customer of a move. Every copy of it has the same ``change_id``."""
    return HandoffChanged(
        handoff_id=followup.handoff_id or "",
        session_id=followup.session_id,
        queue=followup.queue or "",
        lane=Lane.normal if followup.kind is FollowupKind.returned else Lane.crisis,
        cause=followup.kind.value,
        state=HandoffState.queued,
        owner=Owner.queued,
        changed_at=followup.promised_at,
        say=followup.say,
        change_id=f"{followup.incident_id}:{followup.kind.value}:{format_time(followup.promised_at)}",
    )


def _take_in(waiting: WaitingHandoff, incident: Incident, now: datetime) -> Move:
    handoff = waiting.handoff
    origin = handoff.origin or HandoffOrigin(
        queue=handoff.queue,
        lane=handoff.lane,
        skills=handoff.skills,
        priority=handoff.priority,
        eta_seconds=handoff.eta_seconds,
    )
    points = round(origin.priority + load_policy().priority.incident)
    queue = _target(handoff, incident)
    moved = _place(handoff, queue, now).model_copy(
        update={
            "lane": Lane.crisis,
            "priority": settle_priority(points, [handoff.reason]),
            "incident_id": incident.incident_id,
            "origin": origin,
        }
    )
    locale = handoff.summary.locale
    context = _concerned(waiting)
    # A turn or an earlier move may have told of it: then the new team is all that is news.
    told = incident.incident_id in (context.incidents_told if context is not None else [handoff.incident_id])
    elsewhere = queue != handoff.queue
    said = [] if told else [message_for(incident, locale)]
    if elsewhere:
        said.append(waiting_words_for(locale).rerouted_pushed.format(team=name_team(queue, locale)))
    if context is not None:
        context = _follow(context, moved, _news_of(context, told=told, elsewhere=elsewhere))
        others = [one for one in context.incidents_told if one != incident.incident_id]
        context = context.model_copy(update={"incidents_told": [*others, incident.incident_id][-MAX_INCIDENTS_TOLD:]})
    return Move(moved, context, incident.incident_id, FollowupKind.rerouted, " ".join(said))


def _news_of(context: SessionContext, *, told: bool, elsewhere: bool) -> WaitingNews | None:
    """Return what the next turn has to say of a move into an incident: all of it, the new team alone, or nothing."""
    # What no turn has said yet is still to be said in full, for channels that cannot push.
    unsaid = context.handoff is not None and context.handoff.news is WaitingNews.rerouted
    if not told or unsaid:
        return WaitingNews.rerouted
    return WaitingNews.moved if elsewhere else None


def _bring_back(waiting: WaitingHandoff, now: datetime) -> Move:
    handoff = waiting.handoff
    table = load_table()
    usual = table.intents.get(handoff.summary.intent, table.fallback)
    origin = handoff.origin or HandoffOrigin(queue=usual, lane=Lane.normal, priority=handoff.priority)
    moved = _place(handoff, origin.queue, now).model_copy(
        update={"lane": origin.lane, "priority": origin.priority, "incident_id": None, "origin": None}
    )
    context = _concerned(waiting)
    elsewhere = moved.queue != handoff.queue
    if context is not None:
        context = _follow(context, moved, WaitingNews.returned_to_team if elsewhere else None)
    locale = handoff.summary.locale
    words = waiting_words_for(locale).returned_to_team_pushed
    said = words.format(team=name_team(moved.queue, locale)) if elsewhere else ""
    return Move(moved, context, handoff.incident_id or "", FollowupKind.returned, said)


def _target(handoff: Handoff, incident: Incident) -> str:
    """Return the queue that an incident wants a hand-over in. Safety and security stay with their own people."""
    if handoff.reason in SAFETY_FIRST:
        return handoff.origin.queue if handoff.origin else handoff.queue
    return incident.queue if incident.queue in load_table().queues else load_table().fallback


def _place(handoff: Handoff, queue: str, now: datetime) -> Handoff:
    """Return a hand-over in another queue, with that queue's skills and a waiting time that starts now."""
    if queue == handoff.queue:
        return handoff
    table = load_table()
    known, before = table.queues[queue], table.queues.get(handoff.queue)
    own = [skill for skill in handoff.skills if before is not None and skill not in before.skills]
    usual = known.realtime_seconds if handoff.realtime else known.reply_seconds
    waited = max(0, round((now - handoff.requested_at).total_seconds()))
    return handoff.model_copy(update={"queue": queue, "skills": [*known.skills, *own], "eta_seconds": waited + usual})


def _concerned(waiting: WaitingHandoff) -> SessionContext | None:
    """Return the session if this hand-over is the one that it has open."""
    context = waiting.context.context
    if context is None or context.handoff is None or context.handoff.handoff_id != waiting.handoff.handoff_id:
        return None
    return context


def _follow(context: SessionContext, moved: Handoff, news: WaitingNews | None) -> SessionContext:
    """Return the session with the hand-over's new place in it, and what its next turn has to say."""
    current = context.handoff
    if current is None:
        return context
    stale = {WaitingNews.overdue, WaitingNews.rerouted, WaitingNews.moved, WaitingNews.returned_to_team}
    names = ("queue", "priority", "lane", "skills", "eta_seconds", "incident_id", "origin")
    changes = {name: getattr(moved, name) for name in names}
    changes |= {"news": news or current.news, "told": [one for one in current.told if one not in stale]}
    return context.model_copy(update={"handoff": current.model_copy(update=changes)})
