"""The Summarise state."""

from pydantic import ValidationError

from relief.contracts.context import DetectedTurn, SessionContext
from relief.contracts.states import DetectOutput, SummariseInput, SummariseOutput
from relief.contracts.vocabulary import Part
from relief.remember.absorb import absorb_turn, undetected
from relief.settings import Settings
from relief.store.items import StoredContext, load_context
from relief.summarise.compose import compose_summary
from relief.summarise.drafter import Drafter


def run_summarise(state: SummariseInput, settings: Settings, drafter: Drafter | None = None) -> SummariseOutput:
    """Return the summary for the hand-over that was decided; ``drafter`` words it where one is given."""
    _, context, _ = absorb_state(state, settings)
    composed = compose_summary(context, state.decided, settings.desk_language)
    if drafter is None:
        return SummariseOutput(summary=composed)
    drafted = drafter.draft(context, composed)
    degraded = [Part.drafting] if drafted.refused else []
    return SummariseOutput(summary=drafted.summary, degraded=degraded, prompt=drafted.prompt)


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
