"""Write a hand-over as a short text for people, for desks that show notes and descriptions rather than fields.

Each thing is said once: what the headline tells is not told again below it, what is known is not listed as not to be
asked a second time, and what there is nothing to say of has no line.
"""

import re
from collections.abc import Iterator
from typing import Final

from relief.contracts.handoff import Handoff
from relief.contracts.summary import Summary
from relief.contracts.vocabulary import Lane
from relief.integrations.calls import Move
from relief.integrations.card_words import CardWords, card_words_for
from relief.integrations.projection import shorten
from relief.summarise.words import words_in

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]+")
_GOAL_CHARACTERS: Final = 200
_REASON_CHARACTERS: Final = 300
_WORD_CHARACTERS: Final = 64
_ADVICE_CHARACTERS: Final = 600


def write_card(handoff: Handoff, characters: int) -> tuple[str, list[str]]:
    """Return the text, most important lines first, and the names of the lines that had no room.

    The last line names the hand-over, so that a desk can be searched for it.
    """
    last = f"Relief {handoff.handoff_id}"
    room = characters - len(last) - 1
    written: list[str] = []
    dropped: list[str] = []
    for name, text in _lines(handoff):
        line = _clean(text)
        if len(line) + 1 > room:
            dropped.append(name)
        elif line:
            written.append(line)
            room -= len(line) + 1
    return "\n".join([*written, last]), dropped


def write_move(handoff: Handoff, move: Move) -> str:
    """Return the text that tells people at a desk that a hand-over they have waits elsewhere now.

    The last line names the move, so that a desk can be searched for it.
    """
    summary = handoff.summary
    words = card_words_for(summary.language)
    after = _where(handoff.queue, handoff.lane, words)
    lines = [
        words.moved.format(
            before=_where(move.queue, move.lane, words),
            after=words.place.format(queue=after, priority=handoff.priority),
        ),
        words.why.format(reason=shorten(summary.reason.text, _REASON_CHARACTERS)) if summary.reason.text else "",
        words.incident.format(incident=shorten(handoff.incident_id, _WORD_CHARACTERS)) if handoff.incident_id else "",
        words.next.format(advice=shorten(" ".join(summary.recommended_next), _ADVICE_CHARACTERS))
        if summary.recommended_next
        else "",
    ]
    return "\n".join([*filter(None, map(_clean, lines)), mark_of(handoff, move)])


def mark_of(handoff: Handoff, move: Move) -> str:
    """Return what the text of a move ends with, and no other text has."""
    return f"Relief {handoff.handoff_id} moved {move.number}."


def _lines(handoff: Handoff) -> Iterator[tuple[str, str]]:
    """Yield the lines with something to say, the most important first."""
    summary = handoff.summary
    words = card_words_for(summary.language)
    told = summary.headline.casefold()
    yield "headline", summary.headline
    if not _is_told(summary, told):
        yield "goal", words.wants.format(goal=shorten(summary.goal, _GOAL_CHARACTERS))
    advice = [sentence for sentence in summary.recommended_next if not _only_names(sentence, summary, told)]
    if advice:
        yield "recommended_next", words.next.format(advice=" ".join(advice))
    if summary.facts:
        facts = "; ".join(f"{_name(name, summary)}: {words.tell(value)}" for name, value in summary.facts.items())
        yield "facts", words.known.format(facts=facts)
    answered = [_name(name, summary) for name in summary.do_not_ask if name not in summary.facts]
    if answered:
        yield "do_not_ask", words.answered.format(slots=", ".join(answered))
    tried = [
        f"{_name(one.step, summary)} ({words.outcomes[one.outcome]} x{one.times})"
        for one in summary.tried
        if f"{_name(one.step, summary)} (".casefold() not in told
    ]
    if tried:
        yield "tried", words.tried.format(steps=", ".join(tried))
    still_open = [
        one for one in (_name(name, summary) for name in summary.open_questions) if one.casefold() not in told
    ]
    if still_open:
        yield "open_questions", words.open.format(slots=", ".join(still_open))
    ways = (words_in(summary.language).because[summary.reason.code], summary.reason.text.rstrip("."))
    if not any(way.casefold() in told for way in ways):
        yield "reason_text", words.why.format(reason=shorten(summary.reason.text, _REASON_CHARACTERS))
    if summary.preferences:
        preferences = "; ".join(f"{_spaced(name)}: {words.tell(value)}" for name, value in summary.preferences.items())
        yield "preferences", words.prefers.format(preferences=preferences)
    if summary.evidence:
        yield "evidence", words.evidence.format(count=len(summary.evidence))
    yield "state", _state(handoff, words)


def _is_told(summary: Summary, told: str) -> bool:
    """Tell whether the headline has the goal; its details may be among the facts, which follow with their values."""
    bare, _, details = summary.goal.partition(" (")
    known = {f"{_name(name, summary)} {value}" for name, value in summary.facts.items()}
    listed = details.removesuffix(")").split(", ") if details else []
    return summary.goal.casefold() in told or (bare.casefold() in told and known.issuperset(listed))


def _only_names(sentence: str, summary: Summary, told: str) -> bool:
    """Tell whether a piece of advice does no more than name steps that the headline says are to do, or have failed."""
    texts = words_in(summary.language)
    for form, place in ((texts.do_first, "{step}"), (texts.do_by_hand, "{step}"), (texts.do_not_repeat, "{steps}")):
        before, _, after = form.partition(place)
        if sentence.startswith(before) and sentence.endswith(after):
            named = sentence.removeprefix(before).removesuffix(after).split(", ")
            return all(step.casefold() in told for step in named)
    return False


def _state(handoff: Handoff, words: CardWords) -> str:
    summary = handoff.summary
    place = words.place.format(queue=_where(handoff.queue, handoff.lane, words), priority=handoff.priority)
    if handoff.instead_of is not None:
        usual, status = handoff.instead_of.queue, words.statuses[handoff.instead_of.status]
        place = words.instead_of.format(place=place, queue=shorten(usual, _WORD_CHARACTERS), status=status)
    state = words.state.format(
        emotion=shorten(summary.emotion.words, _WORD_CHARACTERS),
        urgency=shorten(summary.urgency, _WORD_CHARACTERS),
        identity=words.identities[summary.identity.authenticated],
    )
    return f"{state}; {place}"


def _where(queue: str, lane: str, words: CardWords) -> str:
    short = shorten(queue, _WORD_CHARACTERS)
    return words.in_incident.format(queue=short) if lane == Lane.crisis else short


def _name(name: str, summary: Summary) -> str:
    """Return what people call a step or a slot."""
    return summary.labels.get(name, _spaced(name))


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _clean(text: str) -> str:
    return _CONTROLS.sub(" ", text).strip()
