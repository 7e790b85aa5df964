"""What may be kept of a session whose customer did not agree to storage."""

from relief.contracts.context import SessionContext

_PROMISED = (
    "session_id",
    "turn",
    "owner",
    "created_at",
    "updated_at",
    "expires_at",
    "channel",
    "locale",
    "journey",
    "steps",
    "slots",
    "proposed",
    "handoff",
    "handoffs",
    "incidents_told",
    "store_context",
)
"""What the promises need: one owner, one hand-over, no step or question again. Names of slots, never their values."""


def keep_what_is_allowed(context: SessionContext) -> SessionContext:
    """Return the context as it may be stored.

    Without consent nothing is left that identifies or describes the customer: no reference, account data, facts,
    preferences, pointers, intents, scores or sketches of what was said. It is a list of what stays, not of what
    goes, so that a field that is added later is not kept by oversight.
    """
    if context.store_context:
        return context
    kept = {name: getattr(context, name) for name in _PROMISED}
    return SessionContext(**kept, progress=context.progress.model_copy(update={"issue": ""}))
