"""Write a hand-over as a short text for people, for desks that show notes and descriptions rather than fields."""

import re

from relief.contracts.handoff import Handoff
from relief.contracts.vocabulary import Lane
from relief.integrations.calls import Move
from relief.integrations.projection import shorten

_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


def write_card(handoff: Handoff, characters: int) -> tuple[str, list[str]]:
    """Return the text, most important lines first, and the names of the lines that had no room.

    The last line names the hand-over, so that a desk can be searched for it.
    """
    last = f"Relief {handoff.handoff_id}"
    room = characters - len(last) - 1
    written: list[str] = []
    dropped: list[str] = []
    for name, text in _lines(handoff):
        line = _CONTROLS.sub(" ", text).strip()
        if not line:
            continue
        if len(line) + 1 > room:
            dropped.append(name)
            continue
        written.append(line)
        room -= len(line) + 1
    return "\n".join([*written, last]), dropped


def write_move(handoff: Handoff, move: Move) -> str:
    """Return the text that tells people at a desk that a hand-over they have waits elsewhere now.

    The last line names the move, so that a desk can be searched for it.
    """
    lines = [
        f"Moved: {_place(move.queue, move.lane)} -> {_place(handoff.queue, handoff.lane)}; priority {handoff.priority}",
        _labelled("Why", shorten(handoff.summary.reason.text, 300)),
        _labelled("Incident", shorten(handoff.incident_id or "", 64)),
        _labelled("Next", shorten("; ".join(handoff.summary.recommended_next), 600)),
    ]
    told = [_CONTROLS.sub(" ", line).strip() for line in lines]
    return "\n".join([*filter(None, told), mark_of(handoff, move)])


def mark_of(handoff: Handoff, move: Move) -> str:
    """Return what the text of a move ends with, and no other text has."""
    return f"Relief {handoff.handoff_id} moved {move.number}."


def _place(queue: str, lane: str) -> str:
    return shorten(queue, 64) + (" (incident)" if lane == Lane.crisis else "")


def _lines(handoff: Handoff) -> list[tuple[str, str]]:
    summary = handoff.summary
    facts = "; ".join(f"{name}: {value}" for name, value in summary.facts.items())
    tried = "; ".join(f"{one.step}: {one.outcome.value} x{one.times}" for one in summary.tried)
    return [
        ("headline", summary.headline),
        ("goal", f"Wants: {shorten(summary.goal, 200)}"),
        ("do_not_ask", _labelled("Do not ask again", ", ".join(summary.do_not_ask))),
        ("recommended_next", _labelled("Next", "; ".join(summary.recommended_next))),
        ("tried", _labelled("Tried", tried)),
        ("facts", _labelled("Known", facts)),
        ("open_questions", _labelled("Open", ", ".join(summary.open_questions))),
        ("reason_text", f"Why now: {shorten(summary.reason.text, 300)}"),
        ("emotion", f"State: {shorten(summary.emotion.words, 60)}; urgency: {shorten(summary.urgency, 60)}"),
        ("authenticated", f"Identity: {summary.identity.authenticated.value}"),
        ("queue", f"Queue: {shorten(handoff.queue, 64)}; priority {handoff.priority}"),
    ]


def _labelled(label: str, text: str) -> str:
    return f"{label}: {text}" if text else ""
