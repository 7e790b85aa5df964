"""What a turn leaves for those who run an incident: whom something was promised, and a mark to count by."""

from datetime import datetime
from hashlib import sha256

from relief.contracts.context import SessionContext
from relief.contracts.handoff import Handoff
from relief.contracts.incident import Followup, TurnMark
from relief.contracts.states import Decided
from relief.contracts.vocabulary import FollowupKind
from relief.remember.record import is_told_now
from relief.settings import Settings
from relief.store.keys import label_hash
from relief.store.writes import Write, put_followup, put_mark


def note_turn_for_operators(
    context: SessionContext,
    allowed: SessionContext,
    decided: Decided,
    handoff: Handoff | None,
    request_hash: str,
    now: datetime,
    settings: Settings,
) -> list[Write]:
    """Return the writes beside a turn's own. ``allowed`` is what may be kept of ``context``.

    Every key is its own, so that turns never wait for one another here. Turns of customers who did not agree to
    storage are not counted.
    """
    writes = []
    followup = _promise(context, allowed, decided, handoff, now)
    if followup is not None:
        writes += put_followup(followup, settings)
    token = sha256(f"{request_hash}\n{context.session_id}\n{context.turn}".encode()).hexdigest()
    if allowed.store_context and int(token[-8:], 16) % settings.counted_turns == 0:
        writes.append(put_mark(_mark(context, decided), token, now, settings))
    return writes


def _promise(
    context: SessionContext, allowed: SessionContext, decided: Decided, handoff: Handoff | None, now: datetime
) -> Followup | None:
    incident = decided.incident
    opened = handoff is not None and handoff.turn == context.turn and handoff.incident_id is not None
    if incident is None or not (opened or is_told_now(context, decided)):
        return None
    return Followup(
        incident_id=incident.incident_id,
        session_id=context.session_id,
        kind=FollowupKind.queued if opened else FollowupKind.told,
        customer=allowed.customer.ref,
        handoff_id=handoff.handoff_id if handoff else None,
        channel=context.channel,
        locale=context.locale,
        promised_at=now,
    )


def _mark(context: SessionContext, decided: Decided) -> TurnMark:
    return TurnMark(
        intent=context.goal or decided.intent.name,
        journey=decided.journey,
        products=[label_hash(one) for one in context.customer.products],
        region=label_hash(context.customer.region) if context.customer.region else None,
        channel=context.channel,
    )
