"""The phrase files: one a language, validated and compiled once at first use."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from relief.contracts.vocabulary import EvidenceCode
from relief.detect.files import lines_of, load_yaml
from relief.detect.matching import PhraseMatcher
from relief.detect.variants import variants_of
from relief.detect.words import Spelling, WordReader, Words, fold

LANGUAGES = ("en", "es", "de", "fr", "pt")
"""The shipped languages, the default first. Each file in ``phrases/`` is complete in itself."""

_GUESS_CHARACTERS = 2_000  # the language of a message shows in its beginning
_SHORT_MESSAGE_WORDS = 8
_TELLING_WORDS = 40  # a text of this length without any function word is no sentence in any language
_WORD = re.compile(r"[^\W\d_]+")

Lines = Annotated[str, Field(min_length=1)]
"""Several phrases, one a line: far faster to load than a list, and easier to edit."""


class PhraseGroup(BaseModel):
    """Phrases that say the same thing with the same force."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: EvidenceCode | None = Field(None, description="What a hit is evidence of; none for a mere false friend.")
    strength: float = Field(1.0, gt=0, le=2, description="Multiplies the code's weights.")
    because: str = Field(min_length=8, description="Why the group exists.")
    phrases: Lines
    shields: list[EvidenceCode] = Field(
        [], description="Codes that do not count where this group's phrase covers them."
    )
    negated: Literal["keeps", "drops", "inverts"] = Field("keeps", description="What a negation just before does.")
    counts: bool = Field(False, description="The phrase states a number of contacts.")


class PhraseFile(BaseModel):
    """One language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str = Field(pattern=r"^[a-z]{2}$")
    filler: Lines
    negators: Lines
    no_negation_before: str = ""
    concord: str = Field("", description='Words that a negation before them only confirms: "ain\'t nobody".')
    rewrites: str = Field("", description="Lines of the form `dont = do not`.")
    numerals: str = Field("", description="Lines of the form `third = 3`.")
    forgiving: str = Field("", description="Words whose one-letter slips are recognised.")
    classes: dict[str, str] = {}
    groups: list[PhraseGroup]


@dataclass(frozen=True, slots=True)
class Language:
    """A compiled phrase file."""

    name: str
    groups: tuple[PhraseGroup, ...]
    reader: WordReader
    matcher: PhraseMatcher
    negators: frozenset[str]
    no_negation_before: frozenset[str]
    concord: frozenset[str]
    numerals: dict[str, int]


@cache
def language(name: str) -> Language:
    """Load and compile one shipped language."""
    return compile_language(PhraseFile.model_validate(load_yaml(f"phrases/{name}.yaml")))


def languages_of(text: str, locale: str) -> list[Language]:
    """Return the languages that a message is read in, the likeliest first: whose function words it holds, or all.

    A message without any function word ("agente por favor") is too short to tell; it is read in all of them
    unless English knows all of its words.
    """
    words = _WORD.findall(text[:_GUESS_CHARACTERS].lower())
    hits = {name: sum(word in common for word in words) for name, common in _function_words().items()}
    best = max(hits.values())
    own = locale[:2].lower()
    chosen = [name for name in LANGUAGES if hits[name] and hits[name] + (name == own) >= best]
    if not chosen or (best == 1 and len(words) < _SHORT_MESSAGE_WORDS):
        default = language(LANGUAGES[0])
        if len(words) > _TELLING_WORDS or (all(default.reader.knows(word) for word in words) and own == default.name):
            return [default]
        return [language(name) for name in LANGUAGES]
    chosen.sort(key=lambda name: -hits[name] - (name == own) / 2)
    return [language(name) for name in chosen]


@cache
def _function_words() -> dict[str, frozenset[str]]:
    loaded = load_yaml("phrases/function_words.yaml")
    return {name: frozenset(loaded[name].split()) for name in LANGUAGES}


def compile_language(file: PhraseFile) -> Language:
    """Compile one phrase file."""
    spelling = _spelling(file)
    plain = WordReader(spelling, (), ())
    classes = {name: [entry.strip() for entry in entries.split("|")] for name, entries in file.classes.items()}
    matcher = PhraseMatcher(classes, _folded(file.filler), cache(plain.canonical))
    for number, group in enumerate(file.groups):
        for phrase in lines_of(group.phrases):
            matcher.add(number, phrase)
    matcher.seal()
    numerals = (line.partition("=") for line in lines_of(file.numerals))
    return Language(
        name=file.language,
        groups=tuple(file.groups),
        reader=WordReader(spelling, matcher.words, _folded(file.forgiving)),
        matcher=matcher,
        negators=frozenset(_folded(file.negators)),
        no_negation_before=frozenset(_folded(file.no_negation_before)),
        concord=frozenset(_folded(file.concord)),
        numerals={fold(word.strip()): int(value) for word, _, value in numerals},
    )


def _spelling(file: PhraseFile) -> Spelling:
    """Return what is written out: the language's own contractions and slips, then its variants."""
    words, together, endings = variants_of(file.language)
    words = words | {
        written.strip(): tuple(meant.split())
        for written, _, meant in (line.partition("=") for line in lines_of(file.rewrites))
    }
    direct = {fold(written): tuple(map(fold, meant)) for written, meant in words.items()}
    # A word may stand for one that itself is written out: "naw" for "no", "thx" for "thanks".
    direct = {written: _written_out(meant, direct) for written, meant in direct.items()}
    by_last: dict[str, list[tuple[Words, Words]]] = {}
    for written, meant in together.items():
        read = _written_out(tuple(map(fold, written.split())), direct)
        by_last.setdefault(read[-1], []).append((read[:-1], tuple(map(fold, meant))))
    for ways in by_last.values():
        ways.sort(key=lambda way: -len(way[0]))
    return Spelling(direct, by_last, {fold(written): fold(meant[0]) for written, meant in endings.items()})


def _written_out(words: Words, direct: dict[str, Words]) -> Words:
    return tuple(part for word in words for part in direct.get(word, (word,)))


def _folded(block: str) -> list[str]:
    return [fold(word) for word in block.split()]
