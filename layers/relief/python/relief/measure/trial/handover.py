"""What a person gets when they take over: our summary beside the usual last ten messages, and the right queue or not.

Both sides are read at the same moment, the first hand-over of a conversation, by the same three questions: which facts
that were supplied would have to be asked for again, how many bytes there are to read, how much personal data is shown.
What a person reads of ours is the note that desks with notes and descriptions show; the whole summary as JSON is what
systems take, which is counted apart.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from pydantic import Field

from relief.contracts.decision import TurnResponse
from relief.contracts.handoff import Handoff, HandoffView
from relief.contracts.model import LenientContract
from relief.contracts.turn import TurnRequest
from relief.integrations.card import write_card
from relief.measure.gold import GoldConversation, first_escalation
from relief.measure.trial.runner import TurnRunner, play
from relief.privacy.redact import redact

MESSAGES: Final = 10
_NOTE_CHARACTERS: Final = 5_000
"""As for Chatwoot's notes."""
NOWHERE: Final = "no hand-over"


class Handed(LenientContract):
    """What one way of handing over came to, summed over the conversations."""

    facts_asked_again: int = Field(0, description="Facts that were supplied and that the person cannot see.")
    bytes_to_read: int = Field(0, description="Of the text that a person reads.")
    headline_bytes: int = Field(0, description="Of these, what says what it is about.")
    bytes_for_systems: int = Field(0, description="Of what a desk's system is sent.")
    personal_data: int = Field(0, description="Pieces of personal data shown, as redaction counts them.")


class HandoverTotals(LenientContract):
    """Both ways side by side, and how well the queue was chosen."""

    conversations: int = Field(description="Conversations with a hand-over.")
    facts_known: int
    ours: Handed
    last_ten_messages: Handed
    incomplete: int = Field(description="Hand-overs without queue, reason, priority or summary.")
    routed: int = Field(description="Turns whose expectation names a queue, and that were handed over.")
    routing_accuracy: float | None
    confusion: dict[str, dict[str, int]] = Field(description="Expected queue, then the queue that was chosen.")


def measure_handovers(
    conversations: Sequence[GoldConversation], runner: TurnRunner, advance: Callable[[], None]
) -> HandoverTotals:
    """Return the totals over these conversations. ``advance`` is called after each.

    Raises:
        TurnRefused: a turn got no answer.
    """
    ours: list[Handed] = []
    theirs: list[Handed] = []
    confusion: defaultdict[str, Counter[str]] = defaultdict(Counter)
    known = incomplete = 0
    for one in conversations:
        answers = play(one, runner)
        incomplete += sum(answer.handoff is not None and not _is_complete(answer) for answer in answers)
        for expected, chosen in _queues(one, answers):
            confusion[expected][chosen] += 1
        number = first_escalation(answers)
        handoff = answers[number - 1].handoff if number else None
        if number is not None and handoff is not None:
            turns = one.turns[:number]
            known += len(_facts(turns))
            ours.append(_read_ours(turns, handoff))
            theirs.append(_read_messages(turns))
        advance()
    routed = sum(count for row in confusion.values() for name, count in row.items() if name != NOWHERE)
    right = sum(row[expected] for expected, row in confusion.items())
    return HandoverTotals(
        conversations=len(ours),
        facts_known=known,
        ours=_sum(ours),
        last_ten_messages=_sum(theirs),
        incomplete=incomplete,
        routed=routed,
        routing_accuracy=round(right / routed, 4) if routed else None,
        confusion={expected: dict(row) for expected, row in sorted(confusion.items())},
    )


def _queues(conversation: GoldConversation, answers: Sequence[TurnResponse]) -> Iterator[tuple[str, str]]:
    for expected in conversation.expect:
        handoff = answers[expected.turn - 1].handoff
        if expected.queue is not None:
            yield expected.queue, handoff.queue if handoff else NOWHERE


def _is_complete(answer: TurnResponse) -> bool:
    handoff = answer.handoff
    return bool(
        handoff and handoff.queue and handoff.priority and handoff.summary.headline and handoff.summary.reason.text
    )


def _facts(turns: Sequence[TurnRequest]) -> dict[str, str]:
    """Return what was supplied, the last value of each name."""
    return {name: str(value) for turn in turns for name, value in turn.facts.items()}


def _read_ours(turns: Sequence[TurnRequest], view: HandoffView) -> Handed:
    """Read the note, and the summary for what else a system shows.

    A fact counts as asked again unless the note has its name: the values of masked ones and of those that are not kept
    are known to be there, and the note says not to ask.
    """
    summary = view.summary
    note, _ = write_card(_handoff(view, turns[-1]), _NOTE_CHARACTERS)
    text = note.rpartition("\n")[0]
    names = _squeeze(text)
    lines = [text, *summary.evidence, *map(str, summary.facts.values()), *map(str, summary.preferences.values())]
    return Handed(
        facts_asked_again=sum(_squeeze(summary.labels.get(name, name)) not in names for name in _facts(turns)),
        bytes_to_read=len(text.encode()),
        headline_bytes=len(summary.headline.encode()),
        bytes_for_systems=len(summary.model_dump_json().encode()),
        personal_data=sum(len(redact(one, summary.locale).found) for one in lines),
    )


def _handoff(view: HandoffView, turn: TurnRequest) -> Handoff:
    """Return a hand-over as desks get it; of what the answer does not tell, a note has nothing."""
    at = turn.at or datetime(2026, 1, 1, tzinfo=UTC)
    unseen = {"session_id": "", "decision_id": "", "turn": 0, "requested_at": at, "reason": view.summary.reason.code}
    return Handoff.model_validate({**view.model_dump(), **unseen})


def _read_messages(turns: Sequence[TurnRequest]) -> Handed:
    """Read the last ten messages of both sides, as they were written."""
    said = [text for turn in turns for text in ((turn.bot.said if turn.bot else None), turn.text) if text]
    last = said[-MESSAGES:]
    text = "\n".join(last)
    heard = _squeeze(text)
    return Handed(
        facts_asked_again=sum(_squeeze(value) not in heard for value in _facts(turns).values()),
        bytes_to_read=len(text.encode()),
        headline_bytes=len(text.encode()),
        bytes_for_systems=len(text.encode()),
        personal_data=sum(len(redact(one, turns[-1].locale).found) for one in last),
    )


def _squeeze(text: str) -> str:
    """Return letters and digits alone: a number is known however it is spaced."""
    return re.sub(r"[\W_]+", "", text.casefold())


def _sum(parts: Sequence[Handed]) -> Handed:
    return Handed.model_validate({name: sum(getattr(one, name) for one in parts) for name in Handed.model_fields})


def tell_table(totals: HandoverTotals) -> str:
    """Put the totals into a table for people."""
    rows = [
        ("facts an agent would have to ask again", "facts_asked_again"),
        ("bytes that a person reads", "bytes_to_read"),
        ("of these, to know what it is about", "headline_bytes"),
        ("bytes that a system takes (JSON)", "bytes_for_systems"),
        ("pieces of personal data shown", "personal_data"),
    ]
    lines = [f"{totals.conversations} hand-overs, {totals.facts_known} facts known", ""]
    lines += [f"{'':40} {'ours':>10} {'last ten':>10}"]
    for label, field in rows:
        ours, theirs = getattr(totals.ours, field), getattr(totals.last_ten_messages, field)
        lines.append(f"{label:40} {ours:>10} {theirs:>10}")
    lines += ["", f"hand-overs without queue, reason, priority or summary: {totals.incomplete}"]
    lines += [f"routing accuracy: {totals.routing_accuracy} over {totals.routed}"]
    for expected, row in totals.confusion.items():
        lines.append(f"  {expected:12} {', '.join(f'{name} {count}' for name, count in sorted(row.items()))}")
    return "\n".join(lines) + "\n"
