"""Project a hand-over onto a flat map within a byte budget; what does not fit is left out by importance and named."""

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from relief.contracts.handoff import Handoff
from relief.contracts.model import format_time

Value = str | bool | int | float | list[str]

PREFIX = "relief_"
"""Begins every key, so that nothing of the desk's own is overwritten."""

DROPPED = "dropped"
_DROPPED_BYTES = 240
"""Room for the names of what was left out; when even they do not fit, their number is told."""

_NOT_A_KEY = re.compile(r"[^A-Za-z0-9_]")
_LARGEST_NUMBER = 2**53 - 1
"""Beyond it JSON numbers lose digits in most receivers."""


class Entry(NamedTuple):
    """One thing that a person who takes over may want to see."""

    name: str
    value: Value


class Projection(NamedTuple):
    """A hand-over in a target's shape, and the names of what was left out or shortened."""

    fields: dict[str, Any]
    dropped: list[str]


class FlatRules(NamedTuple):
    """What a target's map may hold."""

    budget: int
    """Bytes of the map as compact JSON in UTF-8, which is never less than the sum over keys and values."""

    typed: bool = False
    """Whether numbers and booleans stay what they are; else everything is text."""

    lists: bool = False
    """Whether lists stay lists; else their items are joined."""

    longest: int = 0
    """Characters that a text may have; 0: a quarter of the budget."""

    most: int = 0
    """Keys that there may be; 0: as many as fit."""

    prefix: str = PREFIX


def list_entries(handoff: Handoff) -> Iterator[Entry]:
    """Yield everything of a hand-over, the most important first."""
    summary = handoff.summary
    yield Entry("handoff_id", handoff.handoff_id)
    yield Entry("queue", handoff.queue)
    yield Entry("priority", handoff.priority)
    yield Entry("reason", handoff.reason.value)
    yield Entry("headline", summary.headline)
    yield Entry("goal", summary.goal)
    yield Entry("intent", summary.intent)
    yield Entry("do_not_ask", summary.do_not_ask)
    yield Entry("tried", [f"{one.step}: {one.outcome.value} x{one.times}" for one in summary.tried])
    yield Entry("open_questions", summary.open_questions)
    yield Entry("recommended_next", summary.recommended_next)
    yield from (Entry(f"fact_{name}", value) for name, value in summary.facts.items())
    yield Entry("urgency", summary.urgency)
    yield Entry("emotion", summary.emotion.words)
    yield Entry("realtime", handoff.realtime)
    yield Entry("lane", handoff.lane.value)
    yield Entry("skills", handoff.skills)
    yield Entry("authenticated", summary.identity.authenticated.value)
    for name, value in summary.account.model_dump(exclude_none=True).items():
        yield Entry(name, value)
    yield from (Entry(f"preference_{name}", value) for name, value in summary.preferences.items())
    yield Entry("reason_text", summary.reason.text)
    if handoff.instead_of is not None:
        yield Entry("instead_of", f"{handoff.instead_of.queue}: {handoff.instead_of.status.value}")
    yield Entry("locale", summary.locale)
    yield Entry("requested_at", format_time(handoff.requested_at))
    if summary.channel is not None:
        yield Entry("channel", summary.channel.value)
    if handoff.eta_seconds is not None:
        yield Entry("eta_seconds", handoff.eta_seconds)
    if handoff.incident_id is not None:
        yield Entry("incident_id", handoff.incident_id)
    yield Entry("session_id", handoff.session_id)
    yield Entry("decision_id", handoff.decision_id)
    yield Entry("frustration", summary.emotion.frustration)
    yield Entry("trend", summary.emotion.trend)
    yield Entry("confidence", summary.confidence)
    yield Entry("evidence", summary.evidence)
    yield Entry("degraded", handoff.degraded)
    yield Entry("withheld", summary.dropped)


def project_flat(entries: Sequence[Entry], rules: FlatRules) -> Projection:
    """Return as much as fits, the most important first. Empty texts and lists are not worth a key."""
    fields: dict[str, Any] = {}
    dropped: list[str] = []
    for entry in entries:
        key = rules.prefix + _NOT_A_KEY.sub("_", entry.name)
        value, shortened = _write(entry.value, rules)
        if value in ("", []):
            continue
        if shortened or key in fields:
            dropped.append(key)
        fields.setdefault(key, value)
    dropped = list(dict.fromkeys(dropped))
    if dropped or size_of(fields) > rules.budget or 0 < rules.most < len(fields):
        _fit(fields, dropped, rules)
    return Projection(fields, [name.removeprefix(rules.prefix) for name in dropped])


def size_of(document: Any) -> int:  # noqa: ANN401 - any JSON value
    """Return the size of a document as compact JSON in UTF-8, in bytes."""
    return len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode())


def shorten(text: str, characters: int) -> str:
    """Return a text with at most so many characters; one that is cut ends with an ellipsis."""
    return text if len(text) <= characters else text[: characters - 1].rstrip() + "…"


def _fit(fields: dict[str, Any], dropped: list[str], rules: FlatRules) -> None:
    """Leave out what has no room, and add the names of everything left out or shortened."""
    note = rules.prefix + DROPPED
    room = rules.budget - size_of({note: "x" * _DROPPED_BYTES})
    keys = rules.most - 1 if rules.most else len(fields)
    for key in list(fields):
        # A comma each, and the braces were counted with the note.
        cost = size_of({key: fields[key]}) - 1
        if cost <= room and keys > 0:
            room -= cost
            keys -= 1
            continue
        del fields[key]
        if key not in dropped:
            dropped.append(key)
    fields[note] = _name([name.removeprefix(rules.prefix) for name in dropped])


def _name(names: Sequence[str]) -> str:
    text = ", ".join(names)
    if len(text) <= _DROPPED_BYTES:
        return text
    told: list[str] = []
    for name in names:
        rest = f" and {len(names) - len(told) - 1} more"
        if len(", ".join([*told, name])) + len(rest) > _DROPPED_BYTES:
            break
        told.append(name)
    return f"{', '.join(told)} and {len(names) - len(told)} more".removeprefix(" and ")


def _write(value: Value, rules: FlatRules) -> tuple[Value, bool]:
    """Return a value as the target takes it, and whether it was shortened."""
    longest = rules.longest or rules.budget // 4
    match value:
        case bool():
            return (value if rules.typed else str(value).lower()), False
        case int() | float():
            plain = math.isfinite(value) and abs(value) <= _LARGEST_NUMBER
            return (value if rules.typed and plain else shorten(str(value), longest)), False
        case list():
            joined = "; ".join(value)
            if rules.lists and size_of(value) <= longest:
                return value, False
            return shorten(joined, longest), len(joined) > longest
    return shorten(value, longest), len(value) > longest
