"""Which question is left to ask: the ledger of slots read against a journey."""

from typing import Final

from relief.contracts.context import SessionContext
from relief.decide.journeys import Journey, Slot

TOPIC: Final = "topic"
"""The slot of the question what the conversation is about."""


def find_open_slot(journey: Journey, context: SessionContext) -> tuple[str, Slot] | None:
    """Return the first slot that is neither known nor was asked for, by anyone."""
    for name, slot in journey.slots.items():
        record = context.slots.get(name)
        if name not in context.facts and (record is None or (record.asked == 0 and not record.answered)):
            return name, slot
    return None


def may_ask_topic(context: SessionContext) -> bool:
    """Tell whether nobody told, asked or was to ask yet what the conversation is about."""
    record = context.slots.get(TOPIC)
    told = TOPIC in context.facts or (record is not None and bool(record.asked or record.answered))
    return not told and f"slot:{TOPIC}" not in context.proposed
