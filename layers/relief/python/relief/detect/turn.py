"""Detect one turn: read its sources, weigh them, name the intent, and note what to remember of it."""

from typing import Final

from relief.contracts.context import DetectedTurn, Observation, SessionContext
from relief.contracts.signals import Classification
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Channel
from relief.detect.classifier import find_matters
from relief.detect.fuse import fuse
from relief.detect.history import read_history, writes_in_capitals
from relief.detect.intents import name_intent
from relief.detect.lexical import read_text
from relief.detect.phrasebook import LANGUAGES, language
from relief.detect.similarity import sketch
from relief.detect.telemetry import read_telemetry

_HEARD_IN_ANSWERS: Final = 0.6
"""How much of what a classifier hears in an answer counts. Names, numbers and dates, spelt out at length, read as
friction to it; the words that do say something of the mood then count for more. Set by hand."""


def answers(turn: TurnRequest, previous: SessionContext | None) -> bool:
    """Tell whether this turn supplies what the bot has just asked, or was told to ask: the customer goes along."""
    asked = set(turn.bot.asked if turn.bot else [])
    if previous is not None:
        asked |= {name for name, record in previous.slots.items() if record.proposed_turn == previous.turn}
    return not turn.facts.keys().isdisjoint(asked)


def _hear(
    classification: Classification | None, turn: TurnRequest, context: SessionContext | None
) -> Classification | None:
    """Return the classification as far as it counts for the mood."""
    if classification is None or not answers(turn, context):
        return classification
    return classification.model_copy(update={"understood": _HEARD_IN_ANSWERS * classification.understood})


def detect_turn(
    turn: TurnRequest, context: SessionContext | None, classification: Classification | None
) -> DetectedTurn:
    """Return the five signals with their evidence, the intent, and the observation to remember.

    Pure and deterministic. ``turn.text`` is redacted already. Without context the turn is the session's first;
    without classification the other sources carry the scores alone.
    """
    text = turn.text or ""
    reading = read_text(text, turn.locale, habitual_capitals=writes_in_capitals(context))
    own_sketch = sketch(text, reading.message)
    bot_sketch = sketch(turn.bot.said or "") if turn.bot else ""
    embedding = classification.embedding if classification else ""
    findings = [
        *reading.findings,
        *find_matters(classification, reading.findings),
        *read_history(turn, context, reading, (own_sketch, bot_sketch), embedding),
        *read_telemetry(turn.telemetry, context),
    ]
    signals = fuse(findings, _hear(classification, turn, context), context.last_signals if context else {})
    intent = name_intent(turn, reading.message, context, classification)
    observation = Observation(
        turn=(context.turn if context else 0) + 1,
        words=reading.words,
        scores=signals.scores(),
        intent=intent.name,
        confidence=intent.confidence,
        codes=sorted(signals.codes()),
        sketch=own_sketch,
        embedding=embedding,
        bot_sketch=bot_sketch,
        step=turn.bot.step if turn.bot else None,
        outcome=turn.bot.outcome if turn.bot else None,
    )
    return DetectedTurn(
        signals=signals, intent=intent, observation=observation, stated_contacts=reading.stated_contacts
    )


def rehearse_detection() -> None:
    """Detect a turn of nobody, so that the first real one finds phrases, weights and patterns loaded and compiled.

    Short messages are read in every language, hence all of them. Lambda gives a function a whole processor while it
    starts, and less than a third of one afterwards at 512 MB.
    """
    for name in LANGUAGES:
        language(name)
    detect_turn(TurnRequest(turn_id="rehearsal", channel=Channel.web_chat, text="my bill is wrong"), None, None)
