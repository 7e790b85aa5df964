"""The asked-and-answered ledger: what was asked, by whom, and what nobody need ask again."""

from typing import Final

from relief.contracts.context import MAX_SLOTS, SessionContext, SlotRecord
from relief.contracts.turn import TurnRequest

BOT: Final = "bot"
PERSON: Final = "person"
_ASKED_IN_VAIN: Final = 2
"""How often a question may go unanswered before nobody asks it again."""

_OF_ONE_CONVERSATION: Final = frozenset({"topic"})
"""Slots that say nothing about the next conversation: what it is about has to be asked anew."""

Slots = dict[str, SlotRecord]


def note_question(slots: Slots, slot: str, asked_by: str, turn: int) -> Slots:
    """Return the ledger with one more asking of a slot."""
    before = slots.get(slot, SlotRecord())
    changes = {"asked": before.asked + 1, "asked_by": asked_by, "last_turn": turn, "proposed_turn": 0}
    return _bounded({**slots, slot: before.model_copy(update=changes)})


def note_proposal(slots: Slots, slot: str, turn: int) -> Slots:
    """Return the ledger with a question that the bot is told to ask: it counts as asked, whether or not it says so."""
    asked = note_question(slots, slot, BOT, turn)
    return {**asked, slot: asked[slot].model_copy(update={"proposed_turn": turn})}


def note_turn(slots: Slots, turn: TurnRequest, number: int) -> Slots:
    """Return the ledger with what the bot asked before this turn, and what this turn answers.

    A question that was proposed in the turn before and is reported now is one question, not two.
    """
    for name in turn.bot.asked if turn.bot else []:
        record = slots.get(name)
        if record is not None and record.proposed_turn and record.proposed_turn == number - 1:
            slots = {**slots, name: record.model_copy(update={"last_turn": number, "proposed_turn": 0})}
        else:
            slots = note_question(slots, name, BOT, number)
    for name in turn.facts:
        record = slots.get(name, SlotRecord())
        slots = {**slots, name: record.model_copy(update={"answered": True, "last_turn": number})}
    return _bounded(slots)


def recall_session(context: SessionContext, earlier: SessionContext) -> SessionContext:
    """Return a session that begins with what the same customer was asked and answered in an earlier one.

    What this session knows by itself stays as it is. Counts start anew: a question that went unanswered then may be
    asked once more, one that was answered is not.
    """
    carried = {
        name: SlotRecord(asked=0, asked_by=record.asked_by, answered=record.answered or record.asked_by == PERSON)
        for name, record in earlier.slots.items()
        if name not in _OF_ONE_CONVERSATION
    }
    left = _OF_ONE_CONVERSATION | context.facts.keys()
    facts = {name: value for name, value in earlier.facts.items() if name not in left}
    return context.model_copy(
        update={
            "slots": _bounded({**carried, **context.slots}),
            "facts": dict(list({**facts, **context.facts}.items())[-MAX_SLOTS:]),
            "recalled": list(facts),
        }
    )


def list_do_not_ask(context: SessionContext) -> list[str]:
    """Return what neither the bot nor a person asks again.

    That is what is known, what was answered, what was asked in vain often enough, and what a person asked: the
    customer answers a person directly, so the bot that goes on later must take it for answered.
    """
    asked = [
        name
        for name, record in context.slots.items()
        if record.answered or record.asked >= _ASKED_IN_VAIN or (record.asked and record.asked_by == PERSON)
    ]
    return list(dict.fromkeys([*context.facts, *asked]))


def _bounded(slots: Slots) -> Slots:
    """Return the ledger within its bound; the slots that were touched longest ago are evicted."""
    if len(slots) <= MAX_SLOTS:
        return slots
    newest = sorted(slots, key=lambda name: slots[name].last_turn)[-MAX_SLOTS:]
    return {name: record for name, record in slots.items() if name in newest}
