"""The Route state: a decided hand-over becomes a person's work, once."""

from datetime import datetime

from pydantic import ValidationError

from relief.contracts.context import OpenHandoff, SessionContext
from relief.contracts.decision import NextMove
from relief.contracts.events import HandoffRequested
from relief.contracts.handoff import AnnouncedHandoff, Handoff, HandoffOrigin
from relief.contracts.queues import QueueStatus
from relief.contracts.states import Decided, Final, RouteInput, RouteOutput, SummariseOutput
from relief.contracts.summary import Summary
from relief.contracts.vocabulary import Action, HandoffState, Owner, Part, ReasonCode
from relief.decide.next_move import list_do_not_repeat
from relief.decide.policy import load_policy
from relief.decide.state import list_degraded
from relief.decide.texts import texts_for
from relief.remember.finish import finish_turn
from relief.remember.ledger import list_do_not_ask
from relief.route.assign import Assignment, assign_queue
from relief.route.outlook import Outlook, look_out
from relief.route.overflow import Placement, place
from relief.route.promise import promise_person
from relief.route.shadow import DEFAULT_PRIORITY
from relief.route.tables import RoutingTable, load_table
from relief.route.takeover import brings_danger, move_waiting, raise_waiting, tell_moved, tell_raised
from relief.route.wait import answer_waiting
from relief.settings import Settings
from relief.store.items import epoch_seconds, open_handoff
from relief.store.keys import decision_id, handoff_id
from relief.store.ports import QueueRecords
from relief.store.writes import put_handoff, refresh_handoff
from relief.summarise.compose import compose_summary
from relief.summarise.state import absorb_state


def run_route(state: RouteInput, settings: Settings, queues: QueueRecords | None = None) -> RouteOutput:
    """Return the finished turn of a hand-over, new or under way. ``queues`` knows how long people waited lately."""
    stored, context, _ = absorb_state(state, settings)
    decided = state.decided.model_copy(
        update={"degraded": list_degraded(state.decided.degraded, state.failed, unread=state.incidents.unavailable)}
    )
    summary, decided = _summary(state, context, decided, settings)
    under_way = context.handoff
    if context.owner is Owner.human:
        decided = decided.model_copy(update={"action": Action.hold, "owner": Owner.human, "next": _silent(context)})
    if under_way is not None and context.owner in {Owner.human, Owner.queued, Owner.offered}:
        moved = stored.context is not None and stored.context.owner is not context.owner
        return RouteOutput(
            final=_continue(state, context, stored.version, decided, summary, under_way, settings, queues, moved=moved)
        )
    return RouteOutput(final=_open(state, context, stored.version, decided, summary, settings, queues))


def _summary(
    state: RouteInput, context: SessionContext, decided: Decided, settings: Settings
) -> tuple[Summary, Decided]:
    """Return Summarise's summary, or compose it here when there is none to be had."""
    try:
        output = SummariseOutput.model_validate(state.summarise)
    except ValidationError:
        degraded = list(dict.fromkeys([*decided.degraded, Part.summarise]))
        summary = compose_summary(context, decided, settings.desk_language)
        return summary, decided.model_copy(update={"degraded": degraded})
    versions = decided.versions.model_copy(update={"prompt": output.prompt or decided.versions.prompt})
    degraded = list(dict.fromkeys([*decided.degraded, *output.degraded]))
    return output.summary, decided.model_copy(update={"degraded": degraded, "versions": versions})


def _silent(context: SessionContext) -> NextMove:
    return NextMove(do_not_ask=list_do_not_ask(context), do_not_repeat=list_do_not_repeat(context))


def _open(
    state: RouteInput,
    context: SessionContext,
    seen: int,
    decided: Decided,
    summary: Summary,
    settings: Settings,
    queues: QueueRecords | None,
) -> Final:
    table = load_table()
    placed, decided = _place(assign_queue(context, decided, table), decided, table, queues, state.received_at)
    assignment, outlook = placed.assignment, placed.outlook
    handoff = Handoff(
        handoff_id=handoff_id(state.session_id, state.turn.turn_id),
        session_id=state.session_id,
        decision_id=decision_id(state.session_id, state.turn.turn_id),
        turn=context.turn,
        queue=assignment.queue,
        lane=assignment.lane,
        skills=assignment.skills,
        priority=decided.priority or DEFAULT_PRIORITY,
        realtime=assignment.realtime and outlook.status is not QueueStatus.closed,
        state=HandoffState.requested,
        eta_seconds=outlook.eta_seconds,
        reason=decided.reasons[0].code,
        requested_at=state.received_at,
        summary=summary,
        instead_of=placed.instead_of,
        incident_id=decided.incident.incident_id if decided.incident else None,
        journey=decided.journey,
        origin=_origin(context, decided, table),
        degraded=[part.value for part in decided.degraded],
    )
    move = promise_person(placed, context.locale, table, handoff.reason, _silent(context))
    if decided.incident is not None and decided.incident.incident_id not in context.incidents_told:
        move = move.model_copy(update={"say": f"{decided.incident.message} {move.say}"})
    decided = decided.model_copy(update={"next": move, "owner": Owner.queued, "action": Action.escalate})
    final = finish_turn(
        context,
        seen,
        state.turn.turn_id,
        state.request_hash,
        decided,
        state.received_at,
        settings,
        handoff=handoff,
        opened=open_handoff(handoff),
        handoff_write=put_handoff(handoff, settings),
    )
    return _announced(final, handoff, settings)


def _announced(final: Final, handoff: Handoff, settings: Settings) -> Final:
    return final.model_copy(
        update={
            "announce": True,
            "event": announce_handoff(handoff, settings).model_dump_json(),
            "queue_url": settings.queue_url(handoff.queue, handoff.lane),
        }
    )


def _origin(context: SessionContext, decided: Decided, table: RoutingTable) -> HandoffOrigin | None:
    """Return where this hand-over would wait if there were no incident: that is where it goes when that is over."""
    if decided.incident is None:
        return None
    usual = assign_queue(context, decided.model_copy(update={"incident": None, "incident_queue": None}), table)
    return HandoffOrigin(
        queue=usual.queue,
        lane=usual.lane,
        skills=usual.skills,
        priority=max(1, round((decided.priority or DEFAULT_PRIORITY) - load_policy().priority.incident)),
    )


def _place(
    assignment: Assignment, decided: Decided, table: RoutingTable, queues: QueueRecords | None, now: datetime
) -> tuple[Placement, Decided]:
    """Return the place and what it can promise; without a queue's recent past, by the usual times, and that is said."""
    unread: list[str] = []

    def look(one: Assignment) -> Outlook:
        record = None
        if queues is not None:
            record = queues.read(one.queue, table.queues[one.queue].capacity, now, realtime=one.realtime)
            if record is None:
                unread.append(one.queue)
        return look_out(one.queue, table, now, record, realtime=one.realtime)

    placed = place(assignment, table, look)
    if unread:
        degraded = list(dict.fromkeys([*decided.degraded, Part.queues]))
        decided = decided.model_copy(update={"degraded": degraded})
    return placed, decided


def announce_handoff(handoff: Handoff, settings: Settings, *, whole: bool = False) -> HandoffRequested:
    """Return the event that tells the bus of a hand-over: a pointer to its record, or all of it."""
    return HandoffRequested(
        queue=handoff.queue,
        lane=handoff.lane,
        priority=handoff.priority,
        handoff=AnnouncedHandoff.model_validate(handoff.model_dump(exclude=None if whole else {"summary"})),
        expires_at=epoch_seconds(handoff.requested_at) + settings.handoff_seconds,
    )


def _continue(
    state: RouteInput,
    context: SessionContext,
    seen: int,
    decided: Decided,
    summary: Summary,
    under_way: OpenHandoff,
    settings: Settings,
    queues: QueueRecords | None,
    *,
    moved: bool,
) -> Final:
    """Bring the hand-over's summary up to date; it is announced again only if a danger moves it to another queue.

    ``moved``: a lease has run out, so its place on the work list changes with this turn.
    """
    decided = decided.model_copy(update={"owner": context.owner})
    table = load_table()
    assignment = assign_queue(context, decided, table)
    danger = context.owner is not Owner.human and brings_danger(decided, under_way)
    rerouted = danger and assignment.queue != under_way.queue
    if rerouted:
        placed, decided = _place(assignment, decided, table, queues, state.received_at)
        under_way = move_waiting(under_way, decided, placed, state.received_at).model_copy(
            update={
                "incident_id": decided.incident.incident_id if decided.incident else None,
                "origin": _origin(context, decided, table),
            }
        )
        said = tell_moved(under_way, _silent(context), context.locale)
        decided = decided.model_copy(update={"owner": Owner.queued, "next": said})
    elif danger:
        under_way = raise_waiting(under_way, decided)
        decided = decided.model_copy(update={"next": tell_raised(under_way, _silent(context), context.locale)})
    elif context.owner is not Owner.human:
        if decided.reasons[0].code is ReasonCode.AUTOMATION_UNAVAILABLE:
            # What the customer wants is not known; that somebody has the conversation already is.
            confirmed = texts_for(context.locale).pending_request.format(when="")
            decided = decided.model_copy(update={"next": _silent(context).model_copy(update={"say": confirmed})})
        decided, under_way = answer_waiting(decided, under_way, _silent(context), context.locale, state.received_at)
    handoff = Handoff(
        **under_way.model_dump(exclude={"reason_text"}),
        session_id=state.session_id,
        decision_id=under_way.handoff_id.replace("hnd_", "dec_", 1),
        summary=summary,
    )
    final = finish_turn(
        context,
        seen,
        state.turn.turn_id,
        state.request_hash,
        decided,
        state.received_at,
        settings,
        handoff=handoff,
        opened=under_way,
        handoff_write=refresh_handoff(handoff, settings, moved=moved or danger),
    )
    return _announced(final, handoff, settings) if rerouted else final
