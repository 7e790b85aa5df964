"""Cues: the words that announce personal data, in the languages that Relief serves."""

import re
from collections.abc import Iterator

from relief.privacy.draft import Draft
from relief.privacy.lazy_pattern import LazyPattern


def words(*lines: str) -> frozenset[str]:
    """Split lines of lower-case words without accents."""
    return frozenset(word for line in lines for word in line.split())


class Cues:
    """A set of phrases, found quickly: the draft knows where each word stands, so only those places are tried.

    A phrase is lower case without accents; ``_`` stands for a space, a hyphen, an underscore or nothing.
    """

    __slots__ = ("_any", "_narrowed", "_phrases", "pattern")

    def __init__(self, *lines: str) -> None:
        """Take phrases, divided by ``|``, over any number of lines."""
        phrases = [phrase.strip() for line in lines for phrase in line.split("|") if phrase.strip()]
        phrases.sort(key=len, reverse=True)
        self._any = _any_of(phrases)
        self.pattern = self._any + r"(?![a-z0-9])"
        self._phrases: dict[str, list[str]] = {}
        for phrase in phrases:
            parts = re.split(r"[^a-z_]", phrase, maxsplit=1)[0].split("_")
            for count in range(len(parts)):
                self._phrases.setdefault("".join(parts[: count + 1]), []).append(phrase)
        self._narrowed: dict[tuple[str, str], re.Pattern[str]] = {}

    def find(self, draft: Draft, continued: LazyPattern) -> Iterator[re.Match[str]]:
        """Match ``continued``, a pattern that begins with this one's, wherever a phrase may begin."""
        for word in self.words_in(draft):
            match_at = self.narrow(continued, word).match
            lower = draft.lower
            for start in self.starts(draft, word):
                match = match_at(lower, start)
                if match:
                    yield match

    def words_in(self, draft: Draft) -> list[str]:
        """Return the words of the draft that a phrase may begin with."""
        return sorted(self._phrases.keys() & draft.words)

    def starts(self, draft: Draft, word: str) -> Iterator[int]:
        """Find where a phrase may begin with a word."""
        lower = draft.lower
        for start in draft.follow(draft.starts_of(word)):
            if not (start and lower[start - 1].isdigit()):
                yield start

    def narrow(self, continued: LazyPattern, word: str) -> re.Pattern[str]:
        """Return the pattern, which begins with this one's, with no more phrases than begin with the word.

        Trying a hundred took most of the time.
        """
        known = self._narrowed.get((continued.source, word))
        if known is None:
            source = continued.source.replace(self._any, _any_of(self._phrases[word]), 1)
            known = self._narrowed[continued.source, word] = re.compile(source)
        return known


def _any_of(phrases: list[str]) -> str:
    alternatives = "|".join(re.escape(phrase).replace("_", "[ _-]?") for phrase in phrases)
    return f"(?:{alternatives})"
