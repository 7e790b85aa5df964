"""A text while it is being redacted: what is left to examine, and what has been claimed so far."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from operator import itemgetter

from relief.privacy.kinds import PLACEHOLDERS, Finding, Kind, Redaction, Span
from relief.privacy.plain import FILLER, read_plainly

_PLACEHOLDER = re.compile(r"\[(?:" + "|".join(kind.value.upper() for kind in Kind) + r")\]")
_WORD = re.compile(r"[a-z]+")
_NUMBER = re.compile(r"\d(?:[ \t\n.,_/*():;|+-]{0,4}+\d)*+")
_LONG_NUMBER = 7
"""Characters: the shortest thing that a card, account, telephone or identity number can be."""

_EXAMINATIONS = 200
"""How many numbers of a text are examined closely (context, check digits through a library) in one round.

What comes after is taken by its shape alone: a message with more numbers than that is a data dump, and the time for it
must stay bounded without anything leaking.
"""

_MOST_NUMBERS = 4_000
_MOST_FIGURES = 10_000
_MOST_CUES = 500
"""How many numbers, how many characters of long ones, and how many cues of one kind are looked into.

A text with more is a data dump, none that a person wrote (a turn's text has 8,000 characters at most); its rest is withheld whole.
"""


class Draft:
    """The plain reading of a text with everything that is already claimed blanked out.

    No pattern reaches across a blank: what stands on both sides of a redaction never combines into another one,
    and a second pass over a redacted text sees the same blanks as the first did.

    ``words`` and ``numbers`` (start and end of each run of digits and separators) describe the text at the start of a
    round; ``long_numbers`` are those of seven characters or more.
    """

    __slots__ = (
        "_ends_at",
        "_examinations",
        "_length",
        "_offsets",
        "_spans",
        "_text",
        "long_numbers",
        "lower",
        "numbers",
        "plain",
        "region",
        "words",
    )

    def __init__(self, text: str, region: str) -> None:
        """Read ``text``, written by a customer of ``region`` (ISO 3166-1, two capital letters)."""
        self._text = text
        self.plain, self._offsets = read_plainly(text)
        self.region = region
        self._spans: list[Span] = []
        self._examinations = _EXAMINATIONS
        self._length = self._ends_at = len(self.plain)
        if "[" in self.plain:
            self._blank([match.span() for match in _PLACEHOLDER.finditer(self.plain)])
        self.lower = self.plain.lower()
        self.words: frozenset[str] = frozenset()
        self.numbers: list[tuple[int, int]] = []
        self.long_numbers: list[tuple[int, int]] = []
        self.start_round()

    def starts_of(self, word: str) -> Iterator[int]:
        """Find where a word stands, and not as a part of another."""
        for match in _whole_word(word).finditer(self.lower):
            yield match.start()

    def follow(self, starts: Iterable[int]) -> Iterator[int]:
        """Pass on where cues stand, in their order, as many as are looked into; what comes after those is withheld."""
        for count, start in enumerate(starts):
            if count == _MOST_CUES:
                self._ends_at = min(self._ends_at, start)
                return
            yield start

    def claim(self, spans: Iterable[Span]) -> bool:
        """Take spans out of the draft; where two overlap the one that starts first, or is longer, wins.

        Tells whether anything was taken.
        """
        taken: list[Span] = []
        last_end = 0
        for span in sorted(spans):
            if span[0] >= last_end:
                taken.append(span)
            elif span[0] == taken[-1][0]:
                taken[-1] = span
            else:
                continue
            last_end = span[1]
        ends_early = self._ends_at < len(self.plain)
        if not taken and not ends_early:
            return False
        self._spans += taken
        self._blank([(start, end) for start, end, _ in taken])
        if ends_early:
            self._withhold_rest()
        self.lower = self.plain.lower()
        return True

    def may_examine(self) -> bool:
        """Tell whether one more number may be examined closely in this round; otherwise its shape decides."""
        self._examinations -= 1
        return self._examinations >= 0

    def start_round(self) -> None:
        """Allow as many examinations again, and note which words and numbers are left."""
        self._examinations = _EXAMINATIONS
        self.numbers = [match.span() for match in islice(_NUMBER.finditer(self.lower), _MOST_NUMBERS + 1)]
        self.long_numbers = [span for span in self.numbers if span[1] - span[0] >= _LONG_NUMBER]
        if len(self.lower) > _MOST_NUMBERS:
            self._bound_numbers()
        self.words = frozenset(_WORD.findall(self.lower))

    def finish(self) -> Redaction:
        """Write the redacted text."""
        if not self._spans:
            return Redaction(self._text, ())
        found: list[Finding] = []
        pieces: list[str] = []
        position = 0
        for start, end, kind in sorted(self._spans, key=itemgetter(0)):
            first, last = (start, end) if self._offsets is None else (self._offsets[start], self._offsets[end])
            found.append(Finding(kind, first, last))
            pieces += (self._text[position:first], PLACEHOLDERS[kind])
            position = last
        pieces.append(self._text[position:])
        return Redaction("".join(pieces), tuple(found))

    def _bound_numbers(self) -> None:
        """Withhold what comes after as many numbers, or characters of long ones, as are looked into."""
        if len(self.numbers) > _MOST_NUMBERS:
            self._ends_at = self.numbers[-1][0]
        left = _MOST_FIGURES
        for start, end in self.long_numbers:
            left -= end - start
            if left < 0:
                self._ends_at = min(self._ends_at, start)
                break
        if self._ends_at < len(self.plain):
            self._withhold_rest()
            self.lower = self.plain.lower()

    def _withhold_rest(self) -> None:
        """Take out everything from where the text ends early; what was claimed there is part of that."""
        self._spans = [span for span in self._spans if span[0] < self._ends_at]
        start = max([self._ends_at, *(end for _, end, _ in self._spans)])
        self._spans.append((start, self._length, Kind.withheld))
        self.plain = self.plain[:start] + FILLER
        self._ends_at = len(self.plain)
        self.numbers = [span for span in self.numbers if span[1] <= start]
        self.long_numbers = [span for span in self.long_numbers if span[1] <= start]

    def _blank(self, spans: list[tuple[int, int]]) -> None:
        pieces: list[str] = []
        position = 0
        for start, end in spans:
            pieces += (self.plain[position:start], FILLER * (end - start))
            position = end
        pieces.append(self.plain[position:])
        self.plain = "".join(pieces)


@cache
def _whole_word(word: str) -> re.Pattern[str]:
    """Compile a word of some cue; the check before it comes second, so that the search can look for the word itself."""
    return re.compile(rf"{word}(?<![a-z]{word})(?![a-z])")
