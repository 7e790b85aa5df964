"""How sure the conversation is of what the customer wants."""

from typing import Final

from relief.contracts.context import SessionContext

_SURE: Final = 0.5


def is_sure_of_goal(context: SessionContext) -> bool:
    """Tell whether any turn was sure of the goal; a guess does not outweigh the journey that the caller named."""
    return any(one.confidence >= _SURE for one in context.history if one.intent == context.goal)
