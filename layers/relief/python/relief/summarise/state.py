"""The Summarise state."""

from pydantic import ValidationError

from relief.contracts.context import DetectedTurn, SessionContext
from relief.contracts.states import DetectOutput, SummariseInput, SummariseOutput
from relief.remember.absorb import absorb_turn, undetected
from relief.settings import Settings
from relief.store.items import StoredContext, load_context
from relief.summarise.compose import compose_summary


def run_summarise(state: SummariseInput, settings: Settings) -> SummariseOutput:
    """Return the summary for the hand-over that was decided."""
    _, context, _ = absorb_state(state, settings)
    return SummariseOutput(summary=compose_summary(context, state.decided, settings.desk_language))


def absorb_state(state: SummariseInput, settings: Settings) -> tuple[StoredContext, SessionContext, DetectedTurn]:
    """Return what was stored, the context with this turn in it, and what was detected, if it was."""
    stored = load_context(state.context.item, state.received_at)
    try:
        detected = DetectOutput.model_validate(state.detect).detected
    except ValidationError:
        detected = undetected(stored.context)
    now = state.received_at
    earlier = load_context(state.context.earlier_item, now).context
    context = absorb_turn(stored.context, state.session_id, state.turn, detected, now, settings, earlier)
    return stored, context, detected
