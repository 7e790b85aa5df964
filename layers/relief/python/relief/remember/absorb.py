"""Take a turn into the session's context, before anything is decided on it."""

from datetime import datetime, timedelta

from relief.contracts.context import (
    MAX_POINTERS,
    MAX_SLOTS,
    CustomerState,
    DetectedTurn,
    Observation,
    Progress,
    SessionContext,
    StoredValue,
)
from relief.contracts.signals import Intent, Signals
from relief.contracts.turn import NOT_KEPT, TurnRequest
from relief.contracts.vocabulary import Action, EvidenceCode, Source, StepOutcome
from relief.detect.remember import remember_observation
from relief.remember.ledger import note_turn, recall_session
from relief.remember.ownership import settle_lease
from relief.settings import Settings

# Words that show that the customer stands where they stood before.
_STUCK = frozenset(
    {
        EvidenceCode.REPEATED_MESSAGE,
        EvidenceCode.REPHRASED,
        EvidenceCode.ALREADY_DONE,
        EvidenceCode.ASKED_AGAIN,
        EvidenceCode.BOT_REPEATED,
    }
)
_STUCK_BEHAVIOUR = frozenset({EvidenceCode.SAME_STEP_AGAIN, EvidenceCode.STEP_FAILED, EvidenceCode.RAGE_CLICKS})
_FAILED = frozenset({StepOutcome.failed, StepOutcome.refused})
_UNSETTLED_INTENTS = frozenset({"", "out_of_scope", "feedback_praise", "complaint"})
_SURE_OF_INTENT = 0.5
_SURE_OF_ANOTHER_INTENT = 0.75


def new_context(session_id: str, turn: TurnRequest, now: datetime, settings: Settings) -> SessionContext:
    """Start the context of a session that is new, or whose memory has expired."""
    return SessionContext(
        session_id=session_id,
        created_at=now,
        updated_at=now,
        expires_at=now + timedelta(seconds=settings.session_seconds(turn.channel)),
        channel=turn.channel,
        locale=turn.locale,
        journey=turn.journey,
    )


def undetected(context: SessionContext | None) -> DetectedTurn:
    """Stand in for a detection that failed: last scores kept, nothing new claimed."""
    turn = (context.turn if context else 0) + 1
    goal = (context.goal if context else "") or "out_of_scope"
    scores = context.last_signals if context else {}
    signals = Signals.model_validate({name: {"score": score} for name, score in scores.items()})
    return DetectedTurn(
        signals=signals,
        intent=Intent(name=goal, confidence=0.0),
        observation=Observation(turn=turn, scores=signals.scores(), intent=goal),
    )


def absorb_turn(
    context: SessionContext | None,
    session_id: str,
    turn: TurnRequest,
    detected: DetectedTurn,
    now: datetime,
    settings: Settings,
    earlier: SessionContext | None = None,
) -> SessionContext:
    """Return the context with everything in it that this turn supplies.

    ``earlier`` is the same customer's last session; what was asked and answered there is taken over in the turn that
    first says who the customer is.
    """
    seen = settle_lease(context, now) if context else new_context(session_id, turn, now, settings)
    if earlier is not None and seen.customer.ref is None:
        seen = recall_session(seen, earlier)
    after = remember_observation(seen, turn, detected)
    goal = _goal(seen, detected)
    frustration = detected.signals.frustration.score
    return after.model_copy(
        update={
            "updated_at": now,
            "expires_at": now + timedelta(seconds=settings.session_seconds(turn.channel)),
            "channel": turn.channel,
            "locale": turn.locale,
            "journey": turn.journey or seen.journey,
            "store_context": seen.store_context if turn.consent is None else turn.consent.store_context,
            "customer": _customer(seen.customer, turn),
            "goal": goal,
            "facts": _merge(seen.facts, {name: one for name, one in turn.facts.items() if one != NOT_KEPT}),
            "recalled": [name for name in seen.recalled if name not in turn.facts],
            "slots": note_turn(seen.slots, turn, after.turn),
            "preferences": _merge(seen.preferences, turn.preferences),
            "evidence": _pointers(seen.evidence, turn),
            "progress": measure_progress(seen, turn, detected, goal),
            "first_frustration": frustration if seen.first_frustration is None else seen.first_frustration,
            "peak_frustration": max(seen.peak_frustration, frustration),
        }
    )


def _goal(seen: SessionContext, detected: DetectedTurn) -> str:
    """Return what the customer wants: the newest intent that is settled, else the earlier one."""
    intent = detected.intent
    needed = _SURE_OF_ANOTHER_INTENT if seen.goal and seen.journey else _SURE_OF_INTENT
    settled = intent.name not in _UNSETTLED_INTENTS and intent.confidence >= needed
    return intent.name if settled or not seen.goal else seen.goal


def _merge(old: dict[str, StoredValue], new: dict[str, StoredValue]) -> dict[str, StoredValue]:
    merged = {name: value for name, value in old.items() if name not in new} | new
    return dict(list(merged.items())[-MAX_SLOTS:])


def _pointers(old: list[str], turn: TurnRequest) -> list[str]:
    fresh = [f"{pointer.kind}:{pointer.ref}" for pointer in turn.evidence]
    return list(dict.fromkeys([*old, *fresh]))[-MAX_POINTERS:]


def _customer(old: CustomerState, turn: TurnRequest) -> CustomerState:
    if turn.customer is None:
        return old
    return old.model_copy(update=turn.customer.model_dump(exclude_none=True))


def measure_progress(seen: SessionContext, turn: TurnRequest, detected: DetectedTurn, goal: str) -> Progress:
    """Count what this turn says of the issue's progress.

    A step that succeeded or a fact that is new moves the issue; a failed or refused step, or words that
    repeat earlier ones, do not. A turn that says nothing either way changes nothing.
    """
    before = seen.progress
    if before.issue and goal != before.issue:
        before = Progress(human_requests=before.human_requests, stated_contacts=before.stated_contacts)
    codes = detected.signals.codes()
    outcome = turn.bot.outcome if turn.bot else None
    supplied = any(name not in seen.facts and not _is_answered(seen, name) for name in turn.facts)
    eased = EvidenceCode.GRATITUDE in codes and not codes & _STUCK and outcome not in _FAILED
    failed = outcome in _FAILED
    repeated = bool(codes & _STUCK or detected.signals.codes(Source.telemetry) & _STUCK_BEHAVIOUR)
    stuck = failed or (repeated and outcome is not StepOutcome.succeeded)
    if outcome is StepOutcome.succeeded or eased or (supplied and not failed):
        idle = 0
    else:
        idle = before.turns_without_progress + (1 if stuck else 0)
    return before.model_copy(
        update={
            "issue": goal,
            "turns": before.turns + 1,
            "turns_without_progress": idle,
            "failures": before.failures + (outcome is StepOutcome.failed),
            "refusals": before.refusals + (outcome is StepOutcome.refused),
            "human_requests": before.human_requests + (EvidenceCode.HUMAN_REQUEST in codes),
            "stated_contacts": max(before.stated_contacts, detected.stated_contacts),
        }
    )


def _is_answered(seen: SessionContext, slot: str) -> bool:
    record = seen.slots.get(slot)
    return record is not None and record.answered


def count_action(progress: Progress, action: Action) -> Progress:
    """Count the action that was decided: a changed strategy gets a fresh chance of two turns."""
    if action is Action.clarify:
        return progress.model_copy(update={"clarifications": progress.clarifications + 1})
    if action is Action.change_strategy:
        changes = progress.strategy_changes + 1
        return progress.model_copy(update={"strategy_changes": changes, "turns_without_progress": 0})
    return progress
