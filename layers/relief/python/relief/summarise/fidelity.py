"""Check a drafted summary against what is known: nothing invented, nothing lost, nothing unredacted, nobody judged.

Pure and conservative: a draft that is refused costs nothing, because the composer's summary is there already.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Final

from relief.contracts.model import Contract
from relief.contracts.summary import Summary
from relief.contracts.vocabulary import StepOutcome
from relief.data_files import load_data_file
from relief.privacy.redact import redact
from relief.summarise.draft import Draft
from relief.summarise.naming import plain
from relief.summarise.words import words_in

_FOLDER: Final = Path(__file__).parent
_MOST_UNKNOWN: Final = 0.4
"""Share of a draft's longer words that may be its own: a rewording needs some, an essay has more."""

_LONG_WORD: Final = 4
_FAILED: Final = frozenset({StepOutcome.failed, StepOutcome.refused})


class Watched(Contract):
    """What a draft in one language is watched for."""

    claims: list[str]
    asking: list[str]
    negations: list[str]


class _Claims(Contract):
    en: Watched
    de: Watched
    es: Watched


class _Judgemental(Contract):
    en: list[str]
    de: list[str]
    es: list[str]


@lru_cache(maxsize=8)
def _watched(language: str) -> Watched:
    watched: Watched = getattr(load_data_file(_FOLDER / "claims.yaml", _Claims), language)
    return watched


@lru_cache(maxsize=8)
def _judgemental(language: str) -> re.Pattern[str]:
    listed = load_data_file(_FOLDER / "judgemental.yaml", _Judgemental)
    return _pattern([*listed.en, *getattr(listed, language, [])])


def find_judgement(text: str, language: str) -> list[str]:
    """Return the judgemental words of a text; English ones count in every language."""
    return _judgemental(language).findall(text.casefold())


def check_draft(draft: Draft, composed: Summary, known_text: str) -> list[str]:
    """Return why a draft cannot be trusted, as codes; an empty list when it can.

    ``composed`` is the composer's summary of the same moment, ``known_text`` everything else that the model was told.
    """
    sentences = [draft.headline, draft.goal, *draft.recommended_next]
    text = " ".join(sentences)
    known = f"{composed.model_dump_json()} {' '.join(_own_words(composed))} {known_text}".casefold()
    checks = {
        "number_invented": not _numbers(text) <= _numbers(known),
        "claim_invented": _invents_claim(text, known, composed.language),
        "not_from_the_session": _is_foreign(text, known),
        "address_invented": bool(re.search(r"https?:|www\.|@", text)),
        "personal_data": any(redact(one, composed.locale).found for one in sentences),
        "judgement": bool(find_judgement(text, composed.language)),
        "goal_lost": not _mentions(draft.headline, composed.goal.partition(" (")[0]),
        "reason_lost": not _mentions(draft.headline, words_in(composed.language).because[composed.reason.code]),
        "step_lost": not all(_mentions(draft.headline, _label(one.step, composed), 1.0) for one in composed.tried[-3:]),
        "failed_step_repeated": _repeats_failed_step(draft, composed),
        "known_slot_asked": _asks_what_is_known(draft, composed),
    }
    return [code for code, found in checks.items() if found]


def _own_words(composed: Summary) -> Iterable[str]:
    """Yield what our own vocabulary says of steps and outcomes; a draft may say it too."""
    words = words_in(composed.language)
    yield from words.outcomes.values()
    yield from (words.because[composed.reason.code], *words.advice.values())
    yield from (_label(one.step, composed) for one in composed.tried)


def _numbers(text: str) -> set[str]:
    """Return the numbers of a text without the marks that group their digits, and those of their parts."""
    found = re.findall(r"\d(?:[\d.,:/-]*\d)?", text)
    return {re.sub(r"\D", "", one) for one in found} | {part for one in found for part in re.findall(r"\d+", one)}


def _invents_claim(text: str, known: str, language: str) -> bool:
    claimed = set(_pattern(_watched(language).claims).findall(text.casefold()))
    return bool(claimed - set(_words(known)))


def _is_foreign(text: str, known: str) -> bool:
    own = {word for word in _words(text.casefold()) if len(word) >= _LONG_WORD}
    stems = {word[:_LONG_WORD] for word in _words(known)}
    return bool(own) and sum(word[:_LONG_WORD] not in stems for word in own) / len(own) > _MOST_UNKNOWN


def _label(step: str, composed: Summary) -> str:
    return composed.labels.get(step, plain(step))


def _mentions(text: str, phrase: str, share: float = 0.0) -> bool:
    """Tell whether a text has words of a phrase: at least one long one, or the share that is asked for."""
    long = {word[:_LONG_WORD] for word in _words(phrase.casefold()) if len(word) >= _LONG_WORD}
    there = {word[:_LONG_WORD] for word in _words(text.casefold())}
    return not long or len(long & there) / len(long) > (share - 1e-9 if share else 0)


def _repeats_failed_step(draft: Draft, composed: Summary) -> bool:
    failed = [_label(one.step, composed) for one in composed.tried if one.outcome in _FAILED]
    return any(
        _mentions(sentence, label, 1.0) and not _negates(sentence, composed.language)
        for sentence in draft.recommended_next
        for label in failed
        if not _is_ours(sentence, composed)
    )


def _asks_what_is_known(draft: Draft, composed: Summary) -> bool:
    asking = _pattern(_watched(composed.language).asking)
    labels = [composed.labels.get(name, plain(name)) for name in composed.do_not_ask]
    return any(
        asking.search(sentence.casefold())
        and _mentions(sentence, label, 1.0)
        and not _negates(sentence, composed.language)
        for sentence in draft.recommended_next
        for label in labels
    )


def _is_ours(sentence: str, composed: Summary) -> bool:
    """Tell whether a sentence is the composer's, who names a failed step where a person does it by hand."""
    return sentence in composed.recommended_next


def _negates(sentence: str, language: str) -> bool:
    return bool(_pattern(_watched(language).negations).search(sentence.casefold()))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text)


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    return _compile(tuple(words))


@lru_cache(maxsize=32)
def _compile(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(re.escape(word).replace(chr(92) + '*', chr(92) + 'w*') for word in words)})\b")
