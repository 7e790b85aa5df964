"""Which of the promises a conversation broke, as far as a machine can see it in turns, answers and what was stored."""

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from relief.contracts.decision import TurnResponse
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, ControlOption, EvidenceCode, Owner, Source, StepOutcome

_FAILED: Final = frozenset({StepOutcome.failed, StepOutcome.refused})
_MOST_PROPOSALS: Final = 2
_TELLING_CHARACTERS: Final = 24
"""A message of this length or more cannot be found in what was stored by chance."""

_PLAIN_REQUEST: Final = re.compile(
    r"^(please )?(i (want|need|would like)|i'd like|can i|could i|may i|let me)( please)?( to)?( please)? "
    r"(talk|speak|chat) (to|with) (a |an |some)?(real |live |actual )?(human|person|agent|representative|one|body)\b",
    re.IGNORECASE,
)
"""Requests that nobody could read otherwise, so that the check does not rest on Relief's own detection alone."""


class Promise(StrEnum):
    """The promises that can be checked from outside, in the order of the README."""

    person_reachable = "person_reachable"
    no_loops = "no_loops"
    nothing_asked_twice = "nothing_asked_twice"
    fails_open = "fails_open"
    one_owner = "one_owner"
    minimal_memory = "minimal_memory"
    explained = "explained"


class Breach(NamedTuple):
    """A broken promise, and how."""

    promise: Promise
    what: str


def find_breaches(
    turns: Sequence[TurnRequest],
    answers: Sequence[TurnResponse],
    stored: str | None,
    given_back: Container[int] = frozenset(),
) -> list[Breach]:
    """Return every breach in a conversation.

    Parameters
    ----------
    turns, answers
        A pair a turn.
    stored
        All that was kept of it, ``None`` where that is unseen.
    given_back
        The turns, from 1, just before which a person gave the conversation back to the bot.
    """
    exchanges = list(zip(turns, answers, strict=True))
    return [
        *_person_reachable(exchanges),
        *_no_loops(exchanges),
        *_nothing_asked_twice(exchanges),
        *_fails_open(answers),
        *_one_owner(answers, given_back),
        *_minimal_memory(exchanges, stored),
        *_explained(answers),
    ]


def find_differences(answers: Sequence[TurnResponse], again: Sequence[TurnResponse]) -> list[Breach]:
    """Return where a second run of the same conversation decided otherwise."""
    return [
        Breach(Promise.explained, f"turn {number}: the same input was decided otherwise the second time")
        for number, (one, other) in enumerate(zip(answers, again, strict=True), 1)
        if (one.action, one.reasons, one.owner, one.next) != (other.action, other.reasons, other.owner, other.next)
    ]


_Exchanges = Sequence[tuple[TurnRequest, TurnResponse]]


def _person_reachable(exchanges: _Exchanges) -> Iterator[Breach]:
    for number, (turn, answer) in enumerate(exchanges, 1):
        if ControlOption.talk_to_a_person not in answer.next.options:
            yield Breach(Promise.person_reachable, f"turn {number}: a person is not offered")
        asked = EvidenceCode.HUMAN_REQUEST in answer.signals.codes(Source.lexical)
        if not asked and not (turn.text and _PLAIN_REQUEST.search(turn.text)):
            continue
        if answer.owner is Owner.bot and answer.action is not Action.escalate:
            yield Breach(Promise.person_reachable, f"turn {number}: a request for a person was not honoured")
        if answer.next.ask is not None:
            yield Breach(Promise.person_reachable, f"turn {number}: a request for a person was answered by a question")


def _no_loops(exchanges: _Exchanges) -> Iterator[Breach]:
    proposed: Counter[str] = Counter()
    since: dict[str, bool] = {}
    before: TurnRequest | None = None
    for number, (turn, answer) in enumerate(exchanges, 1):
        changed = answer.action in {Action.change_strategy, Action.escalate}
        since = {name: been or changed for name, been in since.items()}
        question = answer.next.ask.slot if answer.next.ask else None
        for name in [*([answer.next.step] if answer.next.step else []), *([question] if question else [])]:
            proposed[name] += 1
            if proposed[name] > _MOST_PROPOSALS:
                yield Breach(Promise.no_loops, f"turn {number}: {name} is proposed for the {proposed[name]}rd time")
            elif name == question and name in since and not since[name]:
                yield Breach(Promise.no_loops, f"turn {number}: {name} is asked again without a changed approach")
            since[name] = False
        if answer.next.step is not None and answer.next.step in answer.next.do_not_repeat:
            yield Breach(Promise.no_loops, f"turn {number}: {answer.next.step} is proposed though it must not be")
        if _has_failed(before) and _has_failed(turn) and not changed and answer.owner is Owner.bot:
            yield Breach(Promise.no_loops, f"turn {number}: two failures in a row changed nothing")
        before = turn


def _has_failed(turn: TurnRequest | None) -> bool:
    return turn is not None and turn.bot is not None and turn.bot.outcome in _FAILED


def _nothing_asked_twice(exchanges: _Exchanges) -> Iterator[Breach]:
    known: set[str] = set()
    for number, (turn, answer) in enumerate(exchanges, 1):
        known |= set(turn.facts)
        if answer.next.ask is not None and answer.next.ask.slot in known:
            yield Breach(Promise.nothing_asked_twice, f"turn {number}: asks for {answer.next.ask.slot}, which is known")
        for slot in sorted(known - set(answer.next.do_not_ask)):
            yield Breach(Promise.nothing_asked_twice, f"turn {number}: {slot} is known but may be asked for")
        if answer.handoff is not None and answer.action is Action.escalate:
            for slot in sorted(known - set(answer.handoff.summary.do_not_ask)):
                yield Breach(Promise.nothing_asked_twice, f"turn {number}: the person is not told that {slot} is known")


def _fails_open(answers: Sequence[TurnResponse]) -> Iterator[Breach]:
    for number, answer in enumerate(answers, 1):
        if answer.degraded and answer.action is Action.escalate and answer.handoff is None:
            yield Breach(Promise.fails_open, f"turn {number}: a person is promised that nobody knows of")


def _one_owner(answers: Sequence[TurnResponse], given_back: Container[int]) -> Iterator[Breach]:
    handoff: str | None = None
    for number, answer in enumerate(answers, 1):
        if number in given_back:
            handoff = None
        if handoff is not None and answer.action not in {Action.hold, Action.escalate}:
            yield Breach(Promise.one_owner, f"turn {number}: the bot goes on though a person was brought in")
        if answer.handoff is None:
            continue
        if handoff is not None and answer.handoff.handoff_id != handoff:
            yield Breach(Promise.one_owner, f"turn {number}: a second hand-over beside the first")
        handoff = answer.handoff.handoff_id


def _minimal_memory(exchanges: _Exchanges, stored: str | None) -> Iterator[Breach]:
    if stored is None:
        return
    proposed = ""
    for number, (turn, answer) in enumerate(exchanges, 1):
        # What the bot said because Relief proposed it is Relief's own text, such as an incident's public message.
        said = turn.bot.said if turn.bot and turn.bot.said and turn.bot.said not in proposed else None
        if any(text and len(text) >= _TELLING_CHARACTERS and text in stored for text in (turn.text, said)):
            yield Breach(Promise.minimal_memory, f"turn {number}: its words were stored")
        proposed += f"\n{answer.next.say or ''}\n{answer.incident.message if answer.incident else ''}"


def _explained(answers: Sequence[TurnResponse]) -> Iterator[Breach]:
    for number, answer in enumerate(answers, 1):
        if not all(reason.text and reason.rule for reason in answer.reasons) or not answer.versions.policy:
            yield Breach(Promise.explained, f"turn {number}: no reason is given")
