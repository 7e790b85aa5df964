"""What a person gets when they take over: our summary beside the usual last ten messages, and the right queue or not.

Both sides are read at the same moment, the first hand-over of a conversation, by the same three questions: which facts
that were supplied would have to be asked for again, how many bytes there are to read, how much personal data is shown.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from pydantic import Field

from relief.contracts.decision import TurnResponse
from relief.contracts.model import LenientContract
from relief.contracts.summary import Summary
from relief.contracts.turn import TurnRequest
from relief.measure.gold import GoldConversation, first_escalation
from relief.measure.trial.runner import TurnRunner, play
from relief.privacy.redact import redact

MESSAGES: Final = 10
NOWHERE: Final = "no hand-over"


class Handed(LenientContract):
    """What one way of handing over came to, summed over the conversations."""

    facts_asked_again: int = Field(0, description="Facts that were supplied and that the person cannot see.")
    bytes_to_read: int = 0
    headline_bytes: int = Field(0, description="Of these, what says what it is about and what to do first.")
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
            ours.append(_read_summary(turns, handoff.summary))
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


def _read_summary(turns: Sequence[TurnRequest], summary: Summary) -> Handed:
    """Read a summary. A fact whose value is masked or not kept is not asked again if ``do_not_ask`` names it."""
    first = [summary.headline, *summary.recommended_next]
    lines = [*first, summary.goal, *summary.evidence, *map(str, summary.facts.values())]
    return Handed(
        facts_asked_again=sum(name not in summary.facts and name not in summary.do_not_ask for name in _facts(turns)),
        bytes_to_read=len(summary.model_dump_json().encode()),
        headline_bytes=sum(len(one.encode()) for one in first),
        personal_data=sum(len(redact(one, summary.locale).found) for one in lines),
    )


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
        ("bytes to read", "bytes_to_read"),
        ("of these, to know what it is about", "headline_bytes"),
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
