"""Name the intent: words for and against each, a prior from the conversation, and the classifier where there is one."""

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

from pydantic import BaseModel, ConfigDict, Field

from relief.contracts.context import SessionContext
from relief.contracts.signals import Classification, Intent, IntentCandidate
from relief.contracts.turn import BotIntent, TurnRequest
from relief.detect.files import lines_of, load_yaml
from relief.detect.matching import PhraseMatcher
from relief.detect.phrasebook import LANGUAGES, Lines, language
from relief.detect.words import Message

OUT_OF_SCOPE = "out_of_scope"
_ALTERNATIVES = 3
_DIGITS = 6
_LEAST_SHOWN = 0.005
_LEVELS = 3
"""Strong phrases, weak ones, and mere forms of a question."""

_NEW_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
"""Where ``ChangeOrder``, as Lex wants intents to be named, would have an underscore."""
_SECOND_PHRASE = 0.5
"""The second phrase of an intent counts half, the third a quarter: repeating a word proves little."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Phrases(_Part):
    strong: Lines
    weak: Lines
    form: str = ""
    boost: float = Field(0.0, ge=0)


class _Baseline(_Part):
    because: str
    scores: dict[str, float]


class _WithClassifier(_Part):
    because: str
    classifier: float = Field(ge=0)
    words: float = Field(ge=0, le=1)


class IntentFile(_Part):
    """The intents, their phrases, and how scores become confidences."""

    baseline: _Baseline
    temperature: float = Field(gt=0)
    strong: float = Field(gt=0)
    weak: float = Field(gt=0)
    form: float = Field(gt=0)
    with_classifier: _WithClassifier
    bot_share: float = Field(ge=0, le=1)
    prior: float = Field(ge=0)
    short_words: int = Field(ge=0)
    answers: str
    aliases: dict[str, str]
    classes: dict[str, str]
    intents: dict[str, _Phrases]


@dataclass(frozen=True, slots=True)
class _Intents:
    """The compiled file. A phrase group's number is that of its intent times the number of levels, plus the level."""

    rules: IntentFile
    names: tuple[str, ...]
    matcher: PhraseMatcher
    aliases: dict[str, str]
    answers: frozenset[str]


@cache
def _intents() -> _Intents:
    rules = IntentFile.model_validate(load_yaml("intents.yaml"))
    classes = {name: [entry.strip() for entry in entries.split("|")] for name, entries in rules.classes.items()}
    matcher = PhraseMatcher(classes, (), cache(language(LANGUAGES[0]).reader.canonical))
    for number, phrases in enumerate(rules.intents.values()):
        for level, block in enumerate((phrases.strong, phrases.weak, phrases.form)):
            for phrase in lines_of(block):
                matcher.add(_LEVELS * number + level, phrase)
    matcher.seal()
    aliases = {alias: name for name, others in rules.aliases.items() for alias in others.split()}
    aliases.update({name: name for name in rules.intents})
    return _Intents(rules, tuple(rules.intents), matcher, aliases, frozenset(rules.answers.split()))


def known_intents() -> tuple[str, ...]:
    """Return the names of the intents that detection can give."""
    return _intents().names


def name_intent(
    turn: TurnRequest, message: Message, context: SessionContext | None, classification: Classification | None
) -> Intent:
    """Return the likeliest intent of a turn, whose text is read as ``message``, with up to three alternatives."""
    known = _intents()
    rules = known.rules
    heard = classification.understood if classification is not None and classification.intents else 0.0
    scores = {name: rules.baseline.scores.get(name, 0.0) * (1 - heard) for name in known.names}
    found = _add_phrases(scores, message, known, 1 - heard * (1 - rules.with_classifier.words))
    reported = turn.bot.intent if turn.bot else None
    _add_prior(scores, context, reported, message, found=found)
    if classification is not None and heard:
        _add_classifier(scores, classification, rules.with_classifier.classifier)
    mix = _softmax(scores, rules.temperature)
    mapped = _mapped(reported)
    if mapped is not None and reported is not None:
        mix = _mixed(mix, {mapped: 1.0}, rules.bot_share * reported.confidence)
    ranked = sorted(mix.items(), key=lambda item: (-item[1], item[0]))
    candidates = [IntentCandidate(name=name, confidence=round(min(1.0, share), _DIGITS)) for name, share in ranked]
    best = candidates[0]
    others = [item for item in candidates[1 : _ALTERNATIVES + 1] if item.confidence >= _LEAST_SHOWN]
    return Intent(name=best.name, confidence=best.confidence, alternatives=others)


def _add_phrases(scores: dict[str, float], message: Message, known: _Intents, share: float) -> int:
    """Add a share of what the phrases say; return how many intents have strong ones."""
    rules = known.rules
    times: Counter[int] = Counter()
    taken: dict[int, int] = {}
    hits = sorted(known.matcher.find(message), key=lambda hit: (hit.group % _LEVELS, hit.first, -hit.last))
    spoken: dict[int, set[int]] = {}
    for hit in hits:
        number, level = divmod(hit.group, _LEVELS)
        heard = spoken.setdefault(number, set())
        if hit.first <= taken.get(hit.group, -1) or not heard.isdisjoint(range(hit.first, hit.last + 1)):
            continue
        taken[hit.group] = hit.last
        heard.update(range(hit.first, hit.last + 1))
        name = known.names[number]
        weight = (rules.strong + rules.intents[name].boost, rules.weak, rules.form)[level]
        scores[name] += share * weight * _SECOND_PHRASE ** times[hit.group]
        times[hit.group] += 1
    return sum(1 for group in times if group % _LEVELS == 0)


def _add_prior(
    scores: dict[str, float],
    context: SessionContext | None,
    reported: BotIntent | None,
    message: Message,
    *,
    found: int,
) -> None:
    """Let the conversation speak where the words do not: "yes", "it's A123", a turn without text."""
    known = _intents()
    rules = known.rules
    if found:
        share = 0.2
    elif message.count <= rules.short_words or known.answers.issuperset(message.words[:1]):
        share = 1.0
    else:
        share = 0.4
    before = _mapped(reported)
    if before is None and context is not None:
        last = context.history[-1].intent if context.history else ""
        before = next((name for name in (context.goal, last) if name in scores and name != OUT_OF_SCOPE), None)
    if before is not None and before != OUT_OF_SCOPE:
        scores[before] += rules.prior * share


def _add_classifier(scores: dict[str, float], classification: Classification, factor: float) -> None:
    """Add the classifier's log-odds against chance, so that words, conversation and classifier multiply as evidence.

    It names its first few intents only; what remains of its belief is spread over the others.
    """
    named = {item.name: item.confidence for item in classification.intents if item.name in scores}
    chance = 1 / len(scores)
    left = max(0.0, 1 - sum(named.values())) / max(1, len(scores) - len(named))
    for name in scores:
        confidence = named.get(name, min(left, chance))
        scores[name] += factor * math.log(max(confidence, _LEAST_SHOWN) / chance)


def _mapped(reported: BotIntent | None) -> str | None:
    """Return the shipped intent that the caller's name stands for, if known."""
    if reported is None:
        return None
    parted = _NEW_WORD.sub("_", reported.name.strip())
    name = parted.lower().replace("-", "_").replace(" ", "_").replace(".", "_")
    return _intents().aliases.get(name)


def _softmax(scores: dict[str, float], temperature: float) -> dict[str, float]:
    highest = max(scores.values())
    parts = {name: math.exp((score - highest) / temperature) for name, score in scores.items()}
    total = sum(parts.values())
    return {name: part / total for name, part in parts.items()}


def _mixed(mix: dict[str, float], other: dict[str, float], share: float) -> dict[str, float]:
    """Mix in another distribution with a share; its total may be below one."""
    total = sum(other.values())
    if total <= 0:
        return mix
    names = mix.keys() | other.keys()
    return {
        name: (1 - share) * mix.get(name, 0.0) + share * other.get(name, 0.0) / max(1.0, total)
        for name in sorted(names)
    }
