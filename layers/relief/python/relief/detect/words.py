"""Split a message into canonical words that keep their place in the original text.

Canonical means lower case, without accents, apostrophes or drawn-out letters, with contractions and texting
spellings written out ("dont" and "don't" are both "do not"), so that a phrase needs writing down only once.
No word of a customer is kept between messages.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

NUMBER = "#"
"""Canonical form of a whole number in digits."""

ORDINAL = "#th"
"""Canonical form of an ordinal in digits, such as 3rd."""

PLACEHOLDER = "[]"
"""Canonical form of what redaction left behind, such as [EMAIL]."""

HAPPY_FACE = "happy_face"
"""Canonical form of a smiling emoticon."""

SAD_FACE = "sad_face"
"""Canonical form of every other emoticon."""

SOFT_BREAK = 1
"""A comma, a bracket or an emoji stands before the word: a new clause."""

HARD_BREAK = 2
"""A full stop, another end mark or a new line stands before the word: a new sentence."""

_MAX_WORD_CHARACTERS = 64  # longer runs of letters are no words; reading only their beginning bounds the work
_MIN_SLIP_CHARACTERS = 5  # shorter words have too many honest neighbours one letter away
_MAX_SLIP_CHARACTERS = 16  # the longest word whose slips are worth the look
_ENDINGS = range(7, 1, -1)  # letters of an ending that is spelt in several ways, the longest first
_APOSTROPHES = "'\u2019\u2018\u00b4`\u02bc"
_TOKEN = re.compile(
    r"(?P<placeholder>\[[A-Z][A-Z_0-9]{1,30}\])"
    rf"|(?P<word>[^\W_]+(?:[{_APOSTROPHES}][^\W_]+)*)"
    r"|(?P<face>[:;=]['\u2019]?-?[()\[\]/|DPp](?!\w)|</?3|-_{1,9}-)"
    r"|(?P<emoji>[\u2600-\u27bf\U0001f300-\U0001faff])"
    r"|(?P<hard>[.!?;\n\u2026\u00bf\u00a1\u3002\u2014|>]+|(?<=\s)[-\u2013]{1,9}(?=\s))"
    r"|(?P<soft>[,:()/\"\u201c\u201d])"
)
_ORDINAL = re.compile(r"[0-9]{1,4}(?:st|nd|rd|th)")
_DRAWN_OUT = re.compile(r"(\w)\1{2,}")
_DOUBLED = re.compile(r"(\w)\1+")


Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spelling:
    """What is written out: single words, words together (by the last of them), and endings of unknown words."""

    words: Mapping[str, Words]
    together: Mapping[str, list[tuple[Words, Words]]] = field(default_factory=dict)
    """By its last word: the words before it, and what all of them stand for; the longest first."""
    endings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """The canonical words of one text, each with its span and the break before it. The lists run in parallel."""

    words: list[str]
    spans: list[tuple[int, int]]
    breaks: list[int]
    numbers: dict[int, int]
    count: int

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Return the character offsets of the words ``first`` to ``last``, both included."""
        return self.spans[first][0], self.spans[last][1]


EMPTY_MESSAGE = Message([], [], [], {}, 0)
"""A turn without text."""


def fold(word: str) -> str:
    """Return a word in lower case without accents and apostrophes."""
    lowered = word.lower()
    if lowered.isascii() and lowered.isalnum():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered).replace("\u00df", "ss")
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign) and sign not in _APOSTROPHES)


class WordReader:
    """Reads messages under one spelling: what is written out, which words are known, which slips are forgiven."""

    def __init__(self, spelling: Spelling, known: Iterable[str], forgiving: Iterable[str]) -> None:
        """Take the written-out forms, the words that phrases use, and those whose misspellings are recognised."""
        self._forms: dict[str, tuple[str, ...]] = {word: (word,) for word in known}
        self._known = bool(self._forms)
        self._forms.update(spelling.words)
        self._together, self._endings = spelling.together, spelling.endings
        self._slips: dict[str, str] = {}
        for word in forgiving:
            for shortened in _one_letter_less(word):
                self._slips.setdefault(shortened, word)

    def read(self, text: str) -> Message:
        """Split a text into canonical words, in time linear in its length. Never raises."""
        words: list[str] = []
        spans: list[tuple[int, int]] = []
        breaks: list[int] = []
        numbers: dict[int, int] = {}
        pending = HARD_BREAK
        count = 0
        direct, together = self._forms, self._together
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup
            if kind == "word":
                count += 1
                raw = match.group()
                forms = direct.get(raw) or self._read_word(raw, len(words), numbers)
            elif kind == "hard":
                pending = HARD_BREAK
                continue
            elif kind == "soft":
                pending = max(pending, SOFT_BREAK)
                continue
            elif kind == "placeholder":
                forms = (PLACEHOLDER,)
            else:
                forms = (_face(match.group()) if kind == "face" else match.group(),)
                pending = max(pending, SOFT_BREAK)
            span = match.span()
            for form in forms:
                words.append(form)
                spans.append(span)
                breaks.append(pending)
                pending = 0
                if form in together:
                    _join(together[form], words, spans, breaks)
            if kind in {"face", "emoji"}:
                pending = SOFT_BREAK
        return Message(words, spans, breaks, numbers, count)

    def knows(self, word: str) -> bool:
        """Return whether a lower-case word is one that the phrases use."""
        return word in self._forms

    def canonical(self, raw: str) -> tuple[str, ...]:
        """Return the canonical form of one word, written out where it stands for several."""
        forms = self._forms.get(raw) or self._forms.get(raw.lower())
        if forms is not None:
            return forms
        word = fold(raw)
        forms = self._forms.get(word)
        if forms is not None:
            return forms
        if self._known and _DOUBLED.search(word):
            once = _DOUBLED if len(word) >= _MIN_SLIP_CHARACTERS else _DRAWN_OUT
            for shortened in (_DRAWN_OUT.sub(r"\1\1", word), once.sub(r"\1", word)):
                if shortened in self._forms:
                    return self._forms[shortened]
        return self._respelt(word) or (self._corrected(word) or word,)

    def _read_word(self, raw: str, place: int, numbers: dict[int, int]) -> tuple[str, ...]:
        raw = raw[:_MAX_WORD_CHARACTERS]
        if not "0" <= raw[0] <= "9":
            return self.canonical(raw)
        lowered = raw.lower()
        digits = lowered.removesuffix("x")
        if digits.isdecimal() and digits.isascii():
            numbers[place] = int(digits[:9])
            return (NUMBER,)
        if _ORDINAL.fullmatch(lowered):
            numbers[place] = int(lowered[:-2])
            return (ORDINAL,)
        return self.canonical(raw)

    def _respelt(self, word: str) -> Words | None:
        """Return the known word of which this is another spelling, by its ending: "waitin", "apologise"."""
        if not self._known:
            return None
        for length in _ENDINGS:
            ending = self._endings.get(word[-length:])
            if ending is not None and word[:-length] + ending in self._forms:
                return self._forms[word[:-length] + ending]
        return None

    def _corrected(self, word: str) -> str | None:
        """Return the known word that this one misspells by one letter left out, added, changed or swapped."""
        if not self._slips or not _MIN_SLIP_CHARACTERS <= len(word) <= _MAX_SLIP_CHARACTERS:
            return None
        if word in self._slips:
            return self._slips[word]
        for shortened in _one_letter_less(word):
            meant = self._slips.get(shortened)
            if meant is not None and abs(len(meant) - len(word)) <= 1:
                return meant
        return None


def _join(ways: list[tuple[Words, Words]], words: list[str], spans: list[tuple[int, int]], breaks: list[int]) -> None:
    """Put what the last words stand for in their place, where they are one of the ways and no break parts them."""
    for before, meant in ways:
        first = len(words) - 1 - len(before)
        if first >= 0 and tuple(words[first:-1]) == before and not any(breaks[first + 1 :]):
            span, pause = (spans[first][0], spans[-1][1]), breaks[first]
            words[first:] = meant
            spans[first:] = [span] * len(meant)
            breaks[first:] = [pause, *[0] * (len(meant) - 1)]
            return


def _face(drawn: str) -> str:
    """Return whether an emoticon smiles; the names hold an underscore, so no customer's word equals them."""
    return HAPPY_FACE if drawn[-1] in ")]DPp3" and "/" not in drawn else SAD_FACE


def _one_letter_less(word: str) -> set[str]:
    return {word, *(word[:place] + word[place + 1 :] for place in range(1, len(word)))}
