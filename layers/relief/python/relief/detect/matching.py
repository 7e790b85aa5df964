"""Find thousands of phrases in a message in one pass.

The phrases of a language form one automaton over words. Its states are determined on first use, so loading is cheap,
and the time of a message is linear in its words and does not grow with the number of phrases. The phrase language is
described in :mod:`relief.detect.grammar`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from relief.detect.grammar import ANYTHING, CLAUSE, MESSAGE, Lexicon, Words, beginnings_of, is_beginning, parse_phrase
from relief.detect.words import HARD_BREAK, SOFT_BREAK, Message

_DEAD = -1
_START = 0
_MOST_STATES = 20_000
"""Everyday messages need a few thousand; odd ones must not fill the memory."""

_Member = tuple[Words, int]
"""A place in the automaton: the words still missing, and the node that they lead to."""

_Ways = tuple[list[Words], int]
"""The ways on from a node after one word: the words still missing in each, and the node that all lead to."""

_Accept = tuple[int, int, int]
"""A phrase that ends at a node: its group, and what its anchors ask for."""


class Hit(NamedTuple):
    """One phrase found: the group it belongs to, and its first and last word."""

    group: int
    first: int
    last: int


@dataclass(slots=True)
class _Node:
    """A place between two elements: what may follow, what may be skipped, and which phrases end here."""

    following: list[tuple[str, int]] = field(default_factory=list)
    skips: list[int] = field(default_factory=list)
    accepts: list[_Accept] = field(default_factory=list)
    by_word: dict[str, list[_Ways]] | None = None


class _States:
    """The states determined so far. Replaced as a whole when they are too many."""

    def __init__(self) -> None:
        start: tuple[_Member, ...] = (((), 0),)
        self.numbers: dict[tuple[_Member, ...], int] = {start: _START}
        self.members: list[tuple[_Member, ...]] = [start]
        self.moves: list[dict[str, int]] = [{}]
        self.accepts: list[tuple[_Accept, ...]] = [()]


class PhraseMatcher:
    """Phrases of any number of groups, compiled for one pass over the words."""

    def __init__(
        self, classes: Mapping[str, Iterable[str]], filler: Iterable[str], canonical: Callable[[str], Words]
    ) -> None:
        """Take the word classes by name, the words that anchors look past, and the spelling shared with messages."""
        self._filler = frozenset(filler)
        self._lexicon = Lexicon(classes, canonical)
        self._nodes = [_Node()]
        self._after: dict[tuple[int, str, bool], int] = {}
        self._paths: dict[str, dict[str, list[Words]]] = {ANYTHING: {ANYTHING: [()]}}
        self._beginnings: frozenset[str] = frozenset()
        self._states = _States()
        self._lock = Lock()
        self.words: frozenset[str] = frozenset()

    def add(self, group: int, line: str) -> None:
        """Add one phrase to a group. Every phrase is added before :meth:`seal` and the first search."""
        phrase = parse_phrase(line)
        node = 0
        for element, optional in phrase.elements:
            node = self._follow(node, element, optional=optional)
        accept = (group, phrase.start, phrase.end)
        if accept not in self._nodes[node].accepts:
            self._nodes[node].accepts.append(accept)

    def seal(self) -> None:
        """Close the phrases for good, and note the words that they name."""
        words = self._lexicon.words_of({element for _, element, _ in self._after})
        self._beginnings = frozenset(word[:-1] for word in words if is_beginning(word))
        self.words = frozenset(word for word in words if not is_beginning(word))

    def find(self, message: Message) -> list[Hit]:
        """Return the longest hit of each group from each place, in order of place."""
        symbols = [self._symbol(word) for word in message.words]
        starts, ends = self._anchor_levels(message)
        states = self._states
        breaks, moves, accepts = message.breaks, states.moves, states.accepts
        limit = len(symbols)
        hits: list[Hit] = []
        for first in range(limit):
            state = _START
            found: dict[int, int] = {}
            for last in range(first, limit):
                if last > first and breaks[last] == HARD_BREAK:
                    break
                symbol = symbols[last]
                known = moves[state].get(symbol)
                state = self._move(states, state, symbol) if known is None else known
                if state == _DEAD:
                    break
                for group, start, end in accepts[state]:
                    if starts[first] >= start and ends[last] >= end:
                        found[group] = last
            if found:
                hits.extend(Hit(group, first, last) for group, last in found.items())
        return hits

    def _anchor_levels(self, message: Message) -> tuple[list[int], list[int]]:
        """Return for each word whether a clause or the message starts there, and whether one ends there."""
        words, breaks, filler = message.words, message.breaks, self._filler
        limit = len(words)
        starts, ends = [0] * limit, [0] * limit
        clause = whole = True
        for place in range(limit):
            clause = clause or breaks[place] >= SOFT_BREAK
            starts[place] = MESSAGE if whole else CLAUSE * clause
            if words[place] not in filler:
                clause = whole = False
        clause = whole = True
        for place in range(limit - 1, -1, -1):
            ends[place] = MESSAGE if whole else CLAUSE * clause
            if words[place] not in filler:
                clause = whole = False
            clause = clause or breaks[place] >= SOFT_BREAK
        return starts, ends

    def _symbol(self, word: str) -> str:
        """Return what the automaton sees of a word, so that it never remembers a customer's own words."""
        if word in self.words:
            return word
        beginnings = beginnings_of(word, self._beginnings)
        return beginnings[0] if beginnings else ANYTHING

    def _move(self, states: _States, state: int, symbol: str) -> int:
        """Determine the state that follows, and remember it."""
        satisfied = [symbol, *beginnings_of(symbol.removesuffix("*"), self._beginnings), ANYTHING]
        reached: dict[_Member, None] = {}
        for rest, node in states.members[state]:
            if rest:
                if rest[0] in satisfied:
                    reached[rest[1:], node] = None
                continue
            by_word = self._by_word(node)
            for element in satisfied:
                for rests, target in by_word.get(element, ()):
                    for missing in rests:
                        reached[missing, target] = None
        members = self._closed(reached)
        with self._lock:
            following = self._number(states, members) if members else _DEAD
            states.moves[state][symbol] = following
            if len(states.members) > _MOST_STATES:
                self._states = _States()
        return following

    def _closed(self, reached: Iterable[_Member]) -> tuple[_Member, ...]:
        """Add the places that optional elements let one skip to."""
        closed: dict[_Member, None] = {}
        waiting = list(reached)
        while waiting:
            member = waiting.pop()
            if member not in closed:
                closed[member] = None
                rest, node = member
                if not rest:
                    waiting += [((), skipped) for skipped in self._nodes[node].skips]
        return tuple(sorted(closed))

    def _number(self, states: _States, members: tuple[_Member, ...]) -> int:
        number = states.numbers.get(members)
        if number is None:
            number = states.numbers[members] = len(states.members)
            accepts = [accept for rest, node in members if not rest for accept in self._nodes[node].accepts]
            states.accepts.append(tuple(dict.fromkeys(accepts)))
            states.moves.append({})
            states.members.append(members)
        return number

    def _by_word(self, place: int) -> dict[str, list[_Ways]]:
        """Return where each word leads from a place. From the start, leading optional elements are skipped too."""
        node = self._nodes[place]
        if node.by_word is None:
            by_word: dict[str, list[_Ways]] = {}
            origins = [origin for _, origin in self._closed([((), place)])] if place == 0 else [place]
            for origin in origins:
                for element, target in self._nodes[origin].following:
                    for word, rests in self._paths_of(element).items():
                        if word in by_word:
                            by_word[word].append((rests, target))
                        else:
                            by_word[word] = [(rests, target)]
            node.by_word = by_word
        return node.by_word

    def _follow(self, node: int, element: str, *, optional: bool) -> int:
        """Return the place after an element, which phrases with the same beginning share."""
        key = (node, element, optional)
        target = self._after.get(key)
        if target is None:
            target = self._after[key] = len(self._nodes)
            self._nodes.append(_Node())
            self._nodes[node].following.append((element, target))
            if optional:
                self._nodes[node].skips.append(target)
        return target

    def _paths_of(self, element: str) -> dict[str, list[Words]]:
        """Return the alternatives of an element by their first word, with the words that must follow."""
        paths = self._paths.get(element)
        if paths is None:
            paths = {}
            for words in self._lexicon.alternatives(element):
                paths.setdefault(words[0], []).append(words[1:])
            self._paths[element] = paths
        return paths
