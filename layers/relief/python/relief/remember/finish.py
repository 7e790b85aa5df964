"""Finish a turn: the answer to the caller, and the writes that make it last."""

import json
from datetime import datetime

from relief.contracts.context import OpenHandoff, SessionContext
from relief.contracts.decision import TurnResponse
from relief.contracts.handoff import Handoff
from relief.contracts.states import Decided, DecisionRecord, Final
from relief.contracts.vocabulary import StepOutcome
from relief.remember.consent import keep_what_is_allowed
from relief.remember.fit import write_context
from relief.remember.listing import list_session
from relief.remember.operators import note_turn_for_operators
from relief.remember.record import record_decision
from relief.remember.review import open_review
from relief.settings import Settings
from relief.store.keys import decision_id
from relief.store.review_items import put_review
from relief.store.writes import Write, decision_expiry, put_decision, put_latest

_FAILED = frozenset({StepOutcome.failed, StepOutcome.refused})


def compose_response(
    session_id: str, turn_id: str, number: int, decided: Decided, handoff: Handoff | None
) -> TurnResponse:
    """Return the caller's answer for a decision."""
    return TurnResponse(
        session_id=session_id,
        turn=number,
        decision_id=decision_id(session_id, turn_id),
        owner=decided.owner,
        action=decided.action,
        mode=decided.mode,
        signals=decided.signals,
        intent=decided.intent,
        reasons=decided.reasons,
        next=decided.next,
        handoff=handoff.view() if handoff else None,
        incident=decided.incident,
        enforced=decided.enforced,
        degraded=decided.degraded,
        versions=decided.versions,
    )


def finish_turn(
    context: SessionContext,
    seen_version: int,
    turn_id: str,
    request_hash: str,
    decided: Decided,
    now: datetime,
    settings: Settings,
    handoff: Handoff | None = None,
    opened: OpenHandoff | None = None,
    handoff_write: Write | None = None,
) -> Final:
    """Return the finished turn: response and transaction. ``context`` has the turn absorbed."""
    if context.colleague is not None or context.recalled:
        recalled = {name: context.facts[name] for name in context.recalled if name in context.facts}
        known = decided.next.model_copy(update={"colleague": context.colleague, "known": recalled})
        decided = decided.model_copy(update={"next": known})
    response = compose_response(context.session_id, turn_id, context.turn, decided, handoff)
    after, listing = list_session(keep_what_is_allowed(record_decision(context, decided, opened)), now, settings)
    allowed = after.store_context
    record = DecisionRecord(
        decision_id=response.decision_id,
        session_id=context.session_id,
        decided_at=now,
        request_hash=request_hash,
        response=response,
        channel=context.channel,
        journey=context.journey,
        retried=_is_retry(context),
        evaluated=decided.evaluated,
        facts=decided.facts if allowed else {},
        asked_queue=decided.queue,
        counterfactual=decided.counterfactual if allowed else None,
        rollout=decided.rollout,
    )
    decision = put_decision(record, settings, after.customer.ref, None if allowed else after.expires_at)
    # The order of the first two matters: the workflow tells from it which of them lost a race.
    writes = [write_context(after, seen_version, settings), decision]
    writes += [write for write in (handoff_write, listing) if write is not None]
    review = open_review(record, described=allowed)
    if review is not None:
        writes.append(
            put_review(review, decision_expiry(record, settings, None if allowed else after.expires_at), settings)
        )
    if after.listed is not None and listing is not None:
        writes.append(put_latest(context.session_id, after.listed, settings))
    writes += note_turn_for_operators(context, after, decided, handoff, request_hash, now, settings)
    return Final(response=response.model_dump_json(), writes=json.dumps(writes, ensure_ascii=False))


def _is_retry(context: SessionContext) -> bool:
    """Tell whether the step that the bot reports with this turn had failed or was refused before."""
    latest = context.history[-1] if context.history else None
    taken = context.steps.get(latest.step) if latest is not None and latest.step else None
    if latest is None or taken is None or latest.turn != context.turn:
        return False
    return taken.failures > (latest.outcome in _FAILED)
