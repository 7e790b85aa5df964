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

    __slots__ = ("_starters", "pattern")

    def __init__(self, *lines: str) -> None:
        """Take phrases, divided by ``|``, over any number of lines."""
        phrases = [phrase.strip() for line in lines for phrase in line.split("|") if phrase.strip()]
        phrases.sort(key=len, reverse=True)
        alternatives = "|".join(re.escape(phrase).replace("_", "[ _-]?") for phrase in phrases)
        self.pattern = f"(?:{alternatives})(?![a-z0-9])"
        starters: set[str] = set()
        for phrase in phrases:
            parts = re.split(r"[^a-z_]", phrase, maxsplit=1)[0].split("_")
            starters.update("".join(parts[: count + 1]) for count in range(len(parts)))
        self._starters = frozenset(starters)

    def find(self, draft: Draft, continued: LazyPattern) -> Iterator[re.Match[str]]:
        """Match ``continued``, a pattern that begins with this one's, wherever a phrase may begin."""
        for word in sorted(self._starters & draft.words):
            for start in draft.starts_of(word):
                if start and draft.lower[start - 1].isdigit():
                    continue
                match = continued.compiled.match(draft.lower, start)
                if match:
                    yield match
