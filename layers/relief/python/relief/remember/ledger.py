"""The asked-and-answered ledger: what was asked, by whom, and what nobody need ask again."""

from typing import Final

from relief.contracts.context import MAX_SLOTS, SessionContext, SlotRecord

BOT: Final = "bot"
PERSON: Final = "person"
_ASKED_IN_VAIN: Final = 2
"""How often a question may go unanswered before nobody asks it again."""


def note_question(slots: dict[str, SlotRecord], slot: str, asked_by: str, turn: int) -> dict[str, SlotRecord]:
    """Return the ledger with one more asking of a slot; the slots that were touched longest ago are evicted."""
    before = slots.get(slot, SlotRecord())
    asked = before.model_copy(update={"asked": before.asked + 1, "asked_by": asked_by, "last_turn": turn})
    after = {**slots, slot: asked}
    while len(after) > MAX_SLOTS:
        del after[min(after, key=lambda name: after[name].last_turn)]
    return after


def list_do_not_ask(context: SessionContext) -> list[str]:
    """Return what neither the bot nor a person asks again.

    That is what is known, what was answered, what was asked in vain often enough, and what a person asked: the
    customer answers a person directly, so the bot that goes on later must take it for answered.
    """
    asked = [
        name
        for name, record in context.slots.items()
        if record.answered or record.asked >= _ASKED_IN_VAIN or record.asked_by == PERSON
    ]
    return list(dict.fromkeys([*context.facts, *asked]))
