"""Keep a session's memory within its budget, whatever callers put into it: the least useful goes first."""

import json
from collections.abc import Callable, Iterator
from typing import Final

from relief.contracts.context import MAX_CONTEXT_BYTES, Observation, SessionContext
from relief.settings import Settings
from relief.store.writes import Write, put_context

_WHOLE: Final = 4
"""Turns whose likeness is kept longest: repetition shows in the last few."""

_SHORT: Final = 60
"""Characters to which long values are cut before any is dropped."""


def write_context(context: SessionContext, seen_version: int, settings: Settings) -> Write:
    """Return the write of the session's next version, within ``MAX_CONTEXT_BYTES`` as JSON in UTF-8.

    A context is over its budget only when a caller sends dozens of long facts, preferences and pointers. Then go, until
    it fits: the likeness of older turns, pointers, preferences, the ends of long values, and older facts. Who owns the
    conversation, steps, the ledger and the scores always stay: what was supplied is never asked for again, even where
    its value could not be kept.
    """
    write = put_context(context, seen_version, settings)
    for shrink in _SHRINKS:
        if _size(write) < MAX_CONTEXT_BYTES:
            break
        for smaller in shrink(context):
            context = smaller
            write = put_context(context, seen_version, settings)
            if _size(write) < MAX_CONTEXT_BYTES:
                break
    return write


def _size(write: Write) -> int:
    return len(json.dumps(write["Put"]["Item"], ensure_ascii=False).encode())


def _forget_likeness(context: SessionContext) -> Iterator[SessionContext]:
    """Drop sketches and embeddings, those of the oldest turns first."""
    history = list(context.history)
    for index in range(max(0, len(history) - _WHOLE)):
        history[index] = _without_likeness(history[index])
        yield context.model_copy(update={"history": list(history)})


def _without_likeness(one: Observation) -> Observation:
    return one.model_copy(update={"sketch": "", "embedding": "", "bot_sketch": ""})


def _drop_pointers(context: SessionContext) -> Iterator[SessionContext]:
    for start in range(1, len(context.evidence) + 1):
        yield context.model_copy(update={"evidence": context.evidence[start:]})


def _drop_from(field: str) -> Callable[[SessionContext], Iterator[SessionContext]]:
    """Return what drops the oldest entries of a field, one by one."""

    def drop(context: SessionContext) -> Iterator[SessionContext]:
        entries = list(getattr(context, field).items())
        for start in range(1, len(entries) + 1):
            yield context.model_copy(update={field: dict(entries[start:])})

    return drop


def _cut_values(context: SessionContext) -> Iterator[SessionContext]:
    short = {name: one[:_SHORT] if isinstance(one, str) else one for name, one in context.facts.items()}
    yield context.model_copy(update={"facts": short})


_SHRINKS: Final = (_forget_likeness, _drop_pointers, _drop_from("preferences"), _cut_values, _drop_from("facts"))
