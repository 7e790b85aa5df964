"""Find thousands of phrases in a message in one pass.

The phrases of a language form one automaton over words. Its states are determined on first use, so loading is
cheap, and the time of a message is linear in its words and does not grow with the number of phrases.

A phrase is a line of elements, separated by spaces:

    refund            the word itself
    refund*           every word that begins so
    (call|ring up)    one of several, which may be of more than one word
    <human>           a class of words that the file defines; <number> and <ordinal> are built in
    please?           any element may be optional
    ~2                up to two words of any kind
    ^ ... $           the phrase begins or ends its clause, greetings and other filler aside
    ^^ ... $$         the same for the whole message
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from relief.detect.words import HARD_BREAK, NUMBER, ORDINAL, SOFT_BREAK, Message

_ELEMENT = re.compile(r"\([^()]*\)\??|<\w+>\??|\S+")
_ANYTHING = "*"  # the element that every word satisfies
_DEAD = -1
_START = 0
_CLAUSE, _MESSAGE = 1, 2
_ANCHORS = {"^": (_CLAUSE, 0), "^^": (_MESSAGE, 0), "$": (0, _CLAUSE), "$$": (0, _MESSAGE)}
_SHORTEST_BEGINNING = 3

_Rest = tuple[str, ...]
_Member = tuple[_Rest, int]
_Accept = tuple[int, int, int]


class Hit(NamedTuple):
    """One phrase found: the group it belongs to, and its first and last word."""

    group: int
    first: int
    last: int


class PhraseError(ValueError):
    """A phrase that cannot be read."""


@dataclass(slots=True)
class _Node:
    """A place between two elements: what may follow, what may be skipped, and which phrases end here."""

    following: list[tuple[str, int]] = field(default_factory=list)
    skips: list[int] = field(default_factory=list)
    accepts: list[_Accept] = field(default_factory=list)
    by_word: dict[str, list[_Member]] | None = None


class PhraseMatcher:
    """Phrases of any number of groups, compiled for one pass over the words."""

    def __init__(
        self,
        classes: Mapping[str, Iterable[str]],
        filler: Iterable[str],
        canonical: Callable[[str], tuple[str, ...]],
    ) -> None:
        """Take the word classes by name, the words that anchors look past, and the spelling shared with messages."""
        self._classes = classes
        self._filler = frozenset(filler)
        self._canonical = canonical
        self._nodes = [_Node()]
        self._after: dict[tuple[int, str], int] = {}
        self._paths: dict[str, dict[str, list[_Rest]]] = {_ANYTHING: {_ANYTHING: [()]}}
        self._sequences: dict[str, list[tuple[str, ...]]] = {}
        self._words: set[str] = {NUMBER, ORDINAL}
        self._beginnings: set[str] = set()
        start: tuple[_Member, ...] = (((), 0),)
        self._states: dict[tuple[_Member, ...], int] = {start: _START}
        self._members: list[tuple[_Member, ...]] = [start]
        self._moves: list[dict[str, int]] = [{}]
        self._accepts: list[tuple[_Accept, ...]] = [()]

    @property
    def words(self) -> frozenset[str]:
        """Every word that a phrase names in full."""
        return frozenset(self._words)

    def add(self, group: int, phrase: str) -> None:
        """Add one phrase to a group. Every phrase is added before :meth:`seal` and the first search."""
        start = end = 0
        node = 0
        needed = False
        for token in _ELEMENT.findall(phrase):
            if token[0] != "(" and any(sign in token for sign in "()|"):
                message = f"the phrase {phrase!r} has a bracket too many, or one inside another"
                raise PhraseError(message)
            if token in _ANCHORS:
                start, end = max(start, _ANCHORS[token][0]), max(end, _ANCHORS[token][1])
            elif token[0] == "~":
                for _ in range(int(token[1:])):
                    node = self._follow(node, _ANYTHING, optional=True)
            else:
                optional = token[-1] == "?"
                node = self._follow(node, token.removesuffix("?"), optional=optional)
                needed = needed or not optional
        if not needed:
            message = f"the phrase {phrase!r} would match everywhere"
            raise PhraseError(message)
        if (group, start, end) not in self._nodes[node].accepts:
            self._nodes[node].accepts.append((group, start, end))

    def seal(self) -> None:
        """Close the phrases for good and set apart the beginnings among their words."""
        beginnings = {word for word in self._words if _is_beginning(word)}
        self._words -= beginnings
        self._beginnings = {word[:-1] for word in beginnings}

    def find(self, message: Message) -> list[Hit]:
        """Return the longest hit of each group from each place, in order of place."""
        symbols = [self._symbol(word) for word in message.words]
        starts, ends = self._anchor_levels(message)
        breaks, moves, accepts = message.breaks, self._moves, self._accepts
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
                state = self._move(state, symbol) if known is None else known
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
            starts[place] = _MESSAGE if whole else int(clause)
            if words[place] not in filler:
                clause = whole = False
        clause = whole = True
        for place in range(limit - 1, -1, -1):
            ends[place] = _MESSAGE if whole else int(clause)
            if words[place] not in filler:
                clause = whole = False
            clause = clause or breaks[place] >= SOFT_BREAK
        return starts, ends

    def _symbol(self, word: str) -> str:
        """Return what the automaton sees of a word, so that it never remembers a customer's own words."""
        if word in self._words:
            return word
        for length in range(len(word), _SHORTEST_BEGINNING - 1, -1):
            if word[:length] in self._beginnings:
                return word[:length] + "*"
        return _ANYTHING

    def _satisfied(self, symbol: str) -> list[str]:
        """Return the elements that a symbol satisfies."""
        word = symbol.removesuffix("*")
        beginnings = [
            word[:length] + "*"
            for length in range(_SHORTEST_BEGINNING, len(word) + 1)
            if word[:length] in self._beginnings
        ]
        return [symbol, *beginnings, _ANYTHING] if symbol in self._words else [*beginnings, _ANYTHING]

    def _move(self, state: int, symbol: str) -> int:
        """Determine the state that follows, and remember it."""
        reached: dict[_Member, None] = {}
        satisfied = self._satisfied(symbol)
        for rest, node in self._members[state]:
            if rest:
                if rest[0] in satisfied:
                    reached[rest[1:], node] = None
                continue
            by_word = self._by_word(node)
            for element in satisfied:
                reached.update(dict.fromkeys(by_word.get(element, ())))
        following = self._state(self._closed(reached)) if reached else _DEAD
        self._moves[state][symbol] = following
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

    def _state(self, members: tuple[_Member, ...]) -> int:
        state = self._states.setdefault(members, len(self._states))
        if state == len(self._members):
            self._members.append(members)
            self._moves.append({})
            accepts = [accept for rest, node in members if not rest for accept in self._nodes[node].accepts]
            self._accepts.append(tuple(dict.fromkeys(accepts)))
        return state

    def _by_word(self, place: int) -> dict[str, list[_Member]]:
        """Return where each word leads from a place, for the words of all elements that may follow there."""
        node = self._nodes[place]
        if node.by_word is None:
            node.by_word = {}
            for origin in (member[1] for member in self._closed([((), place)])) if place == 0 else (place,):
                for token, target in self._nodes[origin].following:
                    for word, rests in self._paths_of(token).items():
                        node.by_word.setdefault(word, []).extend((rest, target) for rest in rests)
        return node.by_word

    def _follow(self, node: int, token: str, *, optional: bool) -> int:
        """Return the place after an element, which phrases with the same beginning share."""
        key = (node, f"{token}?" if optional else token)
        target = self._after.get(key)
        if target is None:
            target = self._after[key] = len(self._nodes)
            self._nodes.append(_Node())
            self._nodes[node].following.append((token, target))
            if optional:
                self._nodes[node].skips.append(target)
            self._paths_of(token)
        return target

    def _paths_of(self, token: str) -> dict[str, list[_Rest]]:
        """Return the alternatives of an element by their first word, with the words that must follow."""
        paths = self._paths.get(token)
        if paths is None:
            paths = self._paths[token] = {}
            for words in self._alternatives(token):
                self._words.update(words)
                if words[0] in paths:
                    paths[words[0]].append(words[1:])
                else:
                    paths[words[0]] = [words[1:]]
        return paths

    def _alternatives(self, token: str) -> list[tuple[str, ...]]:
        """Write an element out into its alternatives, each of one or more canonical words."""
        if token in {"<number>", "<ordinal>"}:
            return [(NUMBER if token == "<number>" else ORDINAL,)]
        if token[0] == "<":
            if token[1:-1] not in self._classes:
                message = f"the word class {token} is not defined"
                raise PhraseError(message)
            choices: Iterable[str] = self._classes[token[1:-1]]
        else:
            choices = token[1:-1].split("|") if token[0] == "(" else (token,)
        alternatives: list[tuple[str, ...]] = []
        for choice in choices:
            sequences = self._sequences.get(choice)
            if sequences is None:
                sequences = self._sequences[choice] = self._written_out(token, choice)
            alternatives += sequences
        return alternatives

    def _written_out(self, token: str, choice: str) -> list[tuple[str, ...]]:
        """Write out one alternative; a word class in it multiplies."""
        sequences: list[tuple[str, ...]] = [()]
        for part in choice.split():
            if part[0] == "<":
                endings = self._alternatives(part)
            elif _is_beginning(part):
                endings = [(part,)]
            else:
                endings = [self._canonical(part)]
            sequences = [sequence + ending for sequence in sequences for ending in endings]
        if sequences == [()]:
            message = f"the element {token!r} has an empty alternative"
            raise PhraseError(message)
        return sequences


def _is_beginning(word: str) -> bool:
    return word[-1] == "*" and len(word) > _SHORTEST_BEGINNING
