"""A session's memory within its budget: whatever is sent, and as much of it as one likes."""

import base64
import json
from typing import Any

import pytest

from relief.contracts.context import MAX_CONTEXT_BYTES, MAX_HISTORY, SessionContext
from relief.contracts.vocabulary import Owner
from relief.remember.fit import write_context
from relief.store.items import load_context
from tests.pipeline import SETTINGS, START, Session

LIKENESS = {"sketch": "x" * 44, "bot_sketch": "y" * 44, "embedding": base64.b64encode(bytes(384)).decode()}


def stuffed(character: str, **fields: Any) -> dict[str, Any]:
    """Return a turn with as much in it as a request may hold, in characters of this kind."""
    many = {f"slot_{number}": character * 200 for number in range(30)}
    pointers = [{"kind": "upload", "ref": character * 250} for _ in range(20)]
    return {"facts": many, "preferences": many, "evidence": pointers, **fields}


def size(item: Any) -> int:
    """Return an item's size as the budget means it: JSON in UTF-8, bytes."""
    return len(json.dumps(item, ensure_ascii=False).encode())


def stored(session: Session) -> SessionContext:
    """Return what is remembered."""
    context = load_context(session.item, session.now).context
    assert context is not None
    return context


@pytest.mark.parametrize("character", ["a", "ü", "日", '"'])
def test_nothing_that_is_sent_makes_a_context_too_large(character: str) -> None:
    """Given turns that are as full as they may be, then the context keeps its budget, and its promises."""
    session = Session()
    for number in range(20):
        answer = session.say(f"and my bill number {number} is wrong too", **stuffed(character))
        assert size(session.item) < MAX_CONTEXT_BYTES
        assert {f"slot_{one}" for one in range(30)} <= set(answer.next.do_not_ask)
    context = stored(session)
    assert context.turn == 20
    assert len(context.slots) == 30
    assert context.facts, "there is room for some facts"


def test_with_a_classifier_an_ordinary_context_loses_no_value() -> None:
    """Given embeddings of every turn, then the likeness of old turns goes before anything that was supplied."""
    session = Session()
    facts = {f"slot_{number}": f"value {number} of usual length" for number in range(30)}
    for number in range(MAX_HISTORY):
        session.say(f"question number {number} about my bill", facts=facts)
    context = stored(session)
    history = [one.model_copy(update=LIKENESS) for one in context.history]
    write = write_context(context.model_copy(update={"history": history}), 1, SETTINGS)
    item = write["Put"]["Item"]
    after = load_context(item, START).context
    assert size(item) < MAX_CONTEXT_BYTES
    assert after is not None
    assert after.facts == facts
    assert all(one.embedding for one in after.history[-4:])
    assert [one.scores for one in after.history] == [one.scores for one in context.history]


def test_a_context_within_its_budget_is_written_as_it_is() -> None:
    """Given an ordinary context, then nothing is dropped from it."""
    session = Session()
    session.say("My bill is wrong", facts={"order_number": "A-1"}, preferences={"contact": "callback"})
    context = stored(session)
    again = load_context(write_context(context, 1, SETTINGS)["Put"]["Item"], session.now).context
    assert again == context
    assert context.owner is Owner.bot
