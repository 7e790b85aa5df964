"""The phrase language: what one line of a phrase file stands for.

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
from dataclasses import dataclass

from relief.detect.words import NUMBER, ORDINAL

ANYTHING = "*"
"""The element that every word satisfies."""

CLAUSE, MESSAGE = 1, 2
"""What an anchor asks for: the edge of a clause, or of the whole message."""

_ELEMENT = re.compile(r"\([^()]*\)\??|<\w+>\??|\S+")
_CHOICE = re.compile(r"\([^()]*\)\??")
_EMPTY_ALTERNATIVE = re.compile(r"\(\s*[|)]|\|\s*[|)]")
_NAMED = re.compile(r"<\w+>|[^\s()|<>]+")
_ANCHORS = {"^": (CLAUSE, 0), "^^": (MESSAGE, 0), "$": (0, CLAUSE), "$$": (0, MESSAGE)}
_SHORTEST_BEGINNING = 3

Words = tuple[str, ...]


class PhraseError(ValueError):
    """A phrase that cannot be read."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase taken apart: its elements, which of them are optional, and what its anchors ask for."""

    elements: list[tuple[str, bool]]
    start: int
    end: int


def is_beginning(word: str) -> bool:
    """Tell whether a word of a phrase stands for every word that begins so."""
    return word[-1] == "*" and len(word) > _SHORTEST_BEGINNING


def beginnings_of(word: str, known: frozenset[str]) -> list[str]:
    """Return the known beginnings of a word as elements, the longest first."""
    lengths = range(len(word), _SHORTEST_BEGINNING - 1, -1)
    return [word[:length] + "*" for length in lengths if word[:length] in known]


def parse_phrase(line: str) -> Phrase:
    """Take a phrase apart."""
    elements: list[tuple[str, bool]] = []
    start = end = 0
    for token in _ELEMENT.findall(line):
        if token in _ANCHORS:
            start, end = max(start, _ANCHORS[token][0]), max(end, _ANCHORS[token][1])
        elif token[0] == "~":
            elements += [(ANYTHING, True)] * int(token[1:])
        elif any(sign in token for sign in "()|") and not _CHOICE.fullmatch(token):
            message = f"the phrase {line!r} has a bracket too many, or one inside another"
            raise PhraseError(message)
        else:
            elements.append((token.removesuffix("?"), token[-1] == "?"))
    if all(optional for _, optional in elements):
        message = f"the phrase {line!r} would match everywhere"
        raise PhraseError(message)
    return Phrase(elements, start, end)


class Lexicon:
    """Writes elements out into words, under one spelling and one set of word classes."""

    def __init__(self, classes: Mapping[str, Iterable[str]], canonical: Callable[[str], Words]) -> None:
        """Take the word classes by name, and the spelling that phrases share with messages."""
        self._classes = classes
        self._canonical = canonical
        self._written: dict[str, list[Words]] = {"<number>": [(NUMBER,)], "<ordinal>": [(ORDINAL,)]}

    def words_of(self, elements: Iterable[str]) -> set[str]:
        """Return every word that elements name, without writing them out; check their form on the way."""
        text = " ".join([*elements, *("|".join(members) for members in self._classes.values())])
        if _EMPTY_ALTERNATIVE.search(text):
            message = "an element has an empty alternative"
            raise PhraseError(message)
        words = {NUMBER, ORDINAL}
        for name in set(_NAMED.findall(text)):
            if name[0] != "<":
                words.update((name,) if is_beginning(name) else self._canonical(name))
            elif name not in self._written and name[1:-1] not in self._classes:
                message = f"the word class {name} is not defined"
                raise PhraseError(message)
        words.discard(ANYTHING)
        return words

    def alternatives(self, element: str) -> list[Words]:
        """Write an element out into its alternatives, each of one or more canonical words."""
        written = self._written
        if element[0] == "<":
            if element not in written:
                written[element] = [words for choice in self._classes[element[1:-1]] for words in self._choice(choice)]
            return written[element]
        alternatives: list[Words] = []
        for choice in element[1:-1].split("|") if element[0] == "(" else (element,):
            sequences = written.get(choice)
            if sequences is None:
                sequences = written[choice] = self._choice(choice)
            alternatives += sequences
        return alternatives

    def _choice(self, choice: str) -> list[Words]:
        """Write out one alternative; a word class in it multiplies."""
        sequences: list[Words] = [()]
        for part in choice.split():
            if part[0] == "<":
                sequences = [sequence + ending for sequence in sequences for ending in self.alternatives(part)]
            else:
                ending = (part,) if is_beginning(part) else self._canonical(part)
                sequences = [sequence + ending for sequence in sequences]
        return sequences
