"""Advance the session context by one detected turn. Pure: nothing is stored here."""

from collections import Counter
from typing import TypeVar

from relief.contracts.context import (
    MAX_HISTORY,
    MAX_SLOTS,
    MAX_STEPS,
    MAX_VIEWED,
    DetectedTurn,
    SessionContext,
    SlotRecord,
    StepRecord,
    StoredValue,
)
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import StepOutcome, TelemetryKind

_Entry = TypeVar("_Entry")


def remember_observation(context: SessionContext, turn: TurnRequest, detected: DetectedTurn) -> SessionContext:
    """Return the context with this turn's observation, steps, questions, facts and scores; the oldest are evicted."""
    number = context.turn + 1
    observation = detected.observation.model_copy(update={"turn": number})
    frustration = detected.signals.frustration.score
    facts = _newest({**_without(context.facts, turn.facts), **turn.facts}, MAX_SLOTS)
    return context.model_copy(
        update={
            "turn": number,
            "history": [*context.history, observation][-MAX_HISTORY:],
            "steps": _steps(context, turn, number),
            "viewed": _viewed(context, turn),
            "slots": _slots(context, turn, number),
            "facts": facts,
            "last_signals": detected.signals.scores(),
            "first_frustration": frustration if context.first_frustration is None else context.first_frustration,
            "peak_frustration": max(context.peak_frustration, frustration),
        }
    )


def _steps(context: SessionContext, turn: TurnRequest, number: int) -> dict[str, StepRecord]:
    """Record the step that the bot took before this turn. A success clears its failures."""
    bot = turn.bot
    if bot is None or bot.step is None:
        return context.steps
    outcome = bot.outcome or StepOutcome.pending
    record = context.steps.get(bot.step, StepRecord())
    failed = outcome in {StepOutcome.failed, StepOutcome.refused}
    taken = StepRecord(
        attempts=record.attempts + 1,
        failures=record.failures + failed,
        last_outcome=outcome,
        last_turn=number,
    )
    steps = {**context.steps, bot.step: taken}
    while len(steps) > MAX_STEPS:
        del steps[min(steps, key=lambda name: steps[name].last_turn)]
    return steps


def _viewed(context: SessionContext, turn: TurnRequest) -> dict[str, int]:
    """Count on how often each step was looked at. Whoever writes starts anew: silence is what the count is for."""
    if turn.text and turn.text.strip():
        return {}
    seen = Counter(item.target for item in turn.telemetry if item.kind is TelemetryKind.step_viewed and item.target)
    if not seen:
        return context.viewed
    others = {step: times for step, times in context.viewed.items() if step not in seen}
    totals = {step: times + context.viewed.get(step, 0) for step, times in seen.items()}
    return _newest({**others, **totals}, MAX_VIEWED)


def _slots(context: SessionContext, turn: TurnRequest, number: int) -> dict[str, SlotRecord]:
    """Record what the bot asked before this turn, and what this turn answers."""
    slots = dict(context.slots)
    for name in turn.bot.asked if turn.bot else []:
        record = slots.get(name, SlotRecord())
        slots[name] = record.model_copy(update={"asked": record.asked + 1, "last_turn": number})
    for name in turn.facts:
        record = slots.get(name, SlotRecord())
        slots[name] = record.model_copy(update={"answered": True, "last_turn": number})
    while len(slots) > MAX_SLOTS:
        del slots[min(slots, key=lambda name: slots[name].last_turn)]
    return slots


def _without(facts: dict[str, StoredValue], renewed: dict[str, StoredValue]) -> dict[str, StoredValue]:
    """Drop the facts that are stated anew, so that they count as the newest."""
    return {name: value for name, value in facts.items() if name not in renewed}


def _newest(entries: dict[str, _Entry], limit: int) -> dict[str, _Entry]:
    return dict(list(entries.items())[-limit:])
