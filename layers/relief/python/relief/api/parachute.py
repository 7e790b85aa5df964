"""Pack the parachute: the complete fail-open answer, prepared with the request.

Everything in it follows from the request alone, so that neither the workflow's last resort nor the api
function has to think when a part is down: they only execute what is prepared here.
"""

import json
from datetime import datetime

from relief.contracts.context import DetectedTurn, SessionContext
from relief.contracts.decision import NextMove, Reason, Versions
from relief.contracts.handoff import Handoff
from relief.contracts.queues import QueueStatus
from relief.contracts.states import Decided, DecideOutput, DecisionRecord, Fallback
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, HandoffState, Mode, Owner, Part, ReasonCode
from relief.decide.turn import COMPOSER_VERSION
from relief.remember.absorb import absorb_turn, undetected
from relief.remember.consent import keep_what_is_allowed
from relief.remember.finish import compose_response
from relief.remember.listing import list_session
from relief.route.assign import assign_queue
from relief.route.outlook import look_out
from relief.route.overflow import Placement, place
from relief.route.promise import promise_person
from relief.route.state import announce_handoff
from relief.route.tables import load_table
from relief.settings import Settings
from relief.store.items import dump_context, epoch_seconds, open_handoff
from relief.store.keys import decision_id, handoff_id
from relief.store.writes import Write, put_decision, put_handoff
from relief.summarise.compose import compose_summary

_UNKNOWN_VERSION = "unknown"
_PRIORITY = 50
_REASON = "Automation is not available, so a person takes over."
_INTENT_OF_QUEUE_UNKNOWN = "out_of_scope"


def pack_parachute(
    session_id: str, turn: TurnRequest, request_hash: str, now: datetime, settings: Settings
) -> Fallback:
    """Return the fail-open answer for a turn, with everything that its delivery needs."""
    blank = undetected(None)
    context = _context(session_id, turn, blank, now, settings)
    decided = _decide(context, blank)
    table = load_table()
    # Who waits cannot be counted now; opening hours and queues that nobody staffs are known without asking anybody.
    placed = place(
        assign_queue(context, decided, table),
        table,
        lambda one: look_out(one.queue, table, now, None, realtime=one.realtime),
    )
    handoff = _hand_over(context, turn, decided, placed, now, settings)
    spoken = promise_person(placed, turn.locale, table, ReasonCode.AUTOMATION_UNAVAILABLE, decided.next)
    response = compose_response(session_id, turn.turn_id, 0, decided.model_copy(update={"next": spoken}), handoff)
    record = DecisionRecord(
        decision_id=response.decision_id,
        session_id=session_id,
        decided_at=now,
        request_hash=request_hash,
        channel=turn.channel,
        journey=turn.journey,
        # Which part will be down is not known yet; that the workflow did not end as it should is certain.
        response=response.model_copy(update={"degraded": [Part.workflow]}),
    )
    marked = dump_context(_memory(context, handoff), 1)
    # Nobody knows whether the record can be written, so this hand-over travels whole.
    event = announce_handoff(handoff, settings, whole=True)
    pending = {"action": Action.hold, "next": decided.next, "handoff": None}
    ownership = {
        ":queued": marked["owner"],
        ":handoff": marked["handoff"],
        ":session": marked["session_id"],
        ":expires": marked["expires_at"],
        ":doc": marked["doc"],
        ":one": {"N": "1"},
        ":now": {"N": str(epoch_seconds(now))},
    }
    return Fallback(
        decide=DecideOutput(path="escalate", decided=decided).model_dump_json(),
        ownership=json.dumps(ownership, ensure_ascii=False),
        writes=json.dumps(_writes(context, record, handoff, now, settings), ensure_ascii=False),
        event=event.model_copy(update={"ownership": json.dumps(ownership, ensure_ascii=False)}).model_dump_json(),
        queue_url=settings.queue_url(handoff.queue),
        response=response.model_dump_json(),
        pending_response=response.model_copy(update=pending).model_dump_json(),
    )


def _memory(context: SessionContext, handoff: Handoff) -> SessionContext:
    """Return what a new session remembers of its turn, ownership apart.

    Without the customer's reference: this update cannot list the session under the customer, and what is not listed
    would not be erased with the customer.
    """
    anonymous = context.customer.model_copy(update={"ref": None})
    marked = {"customer": anonymous, "owner": Owner.queued, "handoff": open_handoff(handoff)}
    return keep_what_is_allowed(context.model_copy(update=marked))


def _writes(
    context: SessionContext, record: DecisionRecord, handoff: Handoff, now: datetime, settings: Settings
) -> list[Write]:
    allowed = keep_what_is_allowed(context)
    forget_at = None if allowed.store_context else allowed.expires_at
    _, listing = list_session(allowed, now, settings)
    decision = put_decision(record, settings, allowed.customer.ref, forget_at)
    return [decision, put_handoff(handoff, settings), *([listing] if listing else [])]


def _context(
    session_id: str, turn: TurnRequest, blank: DetectedTurn, now: datetime, settings: Settings
) -> SessionContext:
    context = absorb_turn(None, session_id, turn, blank, now, settings)
    named = turn.bot.intent.name if turn.bot and turn.bot.intent else _INTENT_OF_QUEUE_UNKNOWN
    return context.model_copy(update={"goal": named})


def _decide(context: SessionContext, blank: DetectedTurn) -> Decided:
    reason = Reason(code=ReasonCode.AUTOMATION_UNAVAILABLE, rule="fail-open", text=_REASON, margin=1.0)
    return Decided(
        action=Action.escalate,
        mode=Mode.human_takeover,
        owner=Owner.queued,
        signals=blank.signals,
        intent=blank.intent.model_copy(update={"name": context.goal}),
        reasons=[reason],
        next=NextMove(do_not_ask=list(context.facts)),
        priority=_PRIORITY,
        versions=Versions(policy=_UNKNOWN_VERSION, model=_UNKNOWN_VERSION, prompt=COMPOSER_VERSION),
    )


def _hand_over(
    context: SessionContext,
    turn: TurnRequest,
    decided: Decided,
    placed: Placement,
    now: datetime,
    settings: Settings,
) -> Handoff:
    assignment, outlook, instead_of = placed
    return Handoff(
        handoff_id=handoff_id(context.session_id, turn.turn_id),
        session_id=context.session_id,
        decision_id=decision_id(context.session_id, turn.turn_id),
        turn=0,
        queue=assignment.queue,
        lane=assignment.lane,
        skills=assignment.skills,
        priority=_PRIORITY,
        realtime=assignment.realtime and outlook.status is not QueueStatus.closed,
        state=HandoffState.requested,
        eta_seconds=outlook.eta_seconds,
        instead_of=instead_of,
        reason=ReasonCode.AUTOMATION_UNAVAILABLE,
        requested_at=now,
        summary=compose_summary(context, decided, settings.desk_language),
    )
