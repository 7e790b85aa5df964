"""What the conversation so far shows: repetition, retries, questions asked again, and friction not yet over."""

from relief.contracts.context import Observation, SessionContext
from relief.contracts.turn import BotReport, TurnRequest
from relief.contracts.vocabulary import Dimension, EvidenceCode, Source, StepOutcome
from relief.detect.findings import Finding
from relief.detect.lexical import Reading
from relief.detect.odds import logit
from relief.detect.similarity import embedding_similarity, sketch_similarity
from relief.detect.weights import shipped_weights

_SAME_SKETCH = 0.8
_NEAR_SKETCH = 0.42
_SAME_EMBEDDING = 0.95
_NEAR_EMBEDDING = 0.8
_FEWEST_WORDS = 3
"""Shorter messages ("yes please") repeat without meaning anything by it."""

_GROWN_WORDS = 20
_GROWTH = 1.3
_LONG_REPLY_WORDS = 8
_SHORT_REPLY_WORDS = 3
_POLITENESS_DROP = 0.3
_RAISED_VOICE = frozenset(
    {EvidenceCode.SHOUTING, EvidenceCode.PROFANITY, EvidenceCode.RUDENESS, EvidenceCode.PUNCTUATION}
)
_NOT_DONE = frozenset({StepOutcome.failed, StepOutcome.refused})
_MOST_COUNTED = 4


def read_history(
    turn: TurnRequest, context: SessionContext | None, reading: Reading, sketches: tuple[str, str], embedding: str
) -> list[Finding]:
    """Find the evidence in the conversation. ``sketches``: of the customer's words and of what the bot said."""
    findings = _steps(turn.bot, context)
    if context is None:
        return findings
    earlier = context.history
    findings += _asked_again(turn.bot, context)
    findings += _repetition(earlier, reading, sketches[0], embedding)
    if any(sketch_similarity(sketches[1], past.bot_sketch) >= _SAME_SKETCH for past in earlier):
        findings.append(_found(EvidenceCode.BOT_REPEATED))
    if reading.words:
        findings += _length(earlier, reading)
        findings += _tone(earlier, reading)
    idle = context.progress.turns_without_progress
    if idle:
        findings.append(_found(EvidenceCode.NO_PROGRESS_TURNS, min(idle, _MOST_COUNTED)))
    if not _released(turn, reading):
        findings += _carried_over(context)
    return findings


def writes_in_capitals(context: SessionContext | None) -> bool:
    """Tell whether the customer has written in capitals all along, which makes them a habit and no shouting."""
    spoken = [past for past in (context.history if context else []) if past.words]
    return len(spoken) > 1 and all(EvidenceCode.SHOUTING in past.codes for past in spoken)


def _found(code: EvidenceCode, strength: float = 1.0) -> Finding:
    return Finding(Source.history, code, strength)


def _steps(bot: BotReport | None, context: SessionContext | None) -> list[Finding]:
    """Failures and refusals of steps: this turn's, and those of the session that no success has followed."""
    records = dict(context.steps) if context else {}
    findings: list[Finding] = []
    if bot is not None and bot.step is not None:
        record = records.pop(bot.step, None)
        attempts = (record.attempts if record else 0) + 1
        failures = (record.failures if record else 0) + (bot.outcome in _NOT_DONE)
        if bot.outcome is not StepOutcome.succeeded:
            findings += _step_findings(bot.outcome or StepOutcome.pending, attempts, failures)
    for record in records.values():
        if record.last_outcome in _NOT_DONE:
            findings += _step_findings(record.last_outcome, record.attempts, record.failures)
    return findings


def _step_findings(outcome: StepOutcome, attempts: int, failures: int) -> list[Finding]:
    findings = []
    if outcome is StepOutcome.refused:
        findings.append(_found(EvidenceCode.STEP_REFUSED))
    elif failures:
        findings.append(_found(EvidenceCode.STEP_FAILED))
    retries = max(attempts - 1, failures - 1)
    if retries > 0:
        findings.append(_found(EvidenceCode.STEP_RETRIED, min(retries, _MOST_COUNTED) ** 0.5))
    return findings


def _asked_again(bot: BotReport | None, context: SessionContext) -> list[Finding]:
    """Questions that the customer had answered, or that come again.

    The one that the bot was told to ask in the turn before, and now reports, is the same question.
    """
    findings = []
    for slot in bot.asked if bot else []:
        record = context.slots.get(slot)
        if slot in context.facts or (record and record.answered):
            findings.append(_found(EvidenceCode.ASKED_AGAIN))
        elif record and record.asked and not (record.proposed_turn and record.proposed_turn == context.turn):
            findings.append(_found(EvidenceCode.ASKED_AGAIN, 0.4 if record.asked == 1 else 0.8))
    return findings


def _repetition(earlier: list[Observation], reading: Reading, sketch: str, embedding: str) -> list[Finding]:
    if reading.words < _FEWEST_WORDS:
        return []
    same = near = 0
    for past in earlier:
        if past.words < _FEWEST_WORDS:
            continue
        shared = sketch_similarity(sketch, past.sketch)
        meaning = embedding_similarity(embedding, past.embedding) or 0.0
        if shared >= _SAME_SKETCH or meaning >= _SAME_EMBEDDING:
            same += 1
        elif shared >= _NEAR_SKETCH or meaning >= _NEAR_EMBEDDING:
            near += 1
    findings = []
    if same:
        findings.append(_found(EvidenceCode.REPEATED_MESSAGE, min(same, _MOST_COUNTED) ** 0.5))
    if near:
        findings.append(_found(EvidenceCode.REPHRASED, min(near, _MOST_COUNTED) ** 0.5))
    return findings


def _length(earlier: list[Observation], reading: Reading) -> list[Finding]:
    """Messages that grow and grow, or replies that shrink to a word."""
    lengths = [*[past.words for past in earlier if past.words][-2:], reading.words]
    if len(lengths) < 3:  # noqa: PLR2004 - a course needs three points
        return []
    first, second, last = lengths
    if last >= _GROWN_WORDS and second >= _GROWTH * first and last >= _GROWTH * second:
        return [_found(EvidenceCode.GROWING_LENGTH)]
    happy = EvidenceCode.GRATITUDE in reading.codes
    if first >= _LONG_REPLY_WORDS and second <= first / 2 and last <= _SHORT_REPLY_WORDS and not happy:
        return [_found(EvidenceCode.SHRINKING_REPLIES)]
    return []


def _tone(earlier: list[Observation], reading: Reading) -> list[Finding]:
    """A voice raised for the first time, after turns in a civil tone."""
    spoken = [past for past in earlier if past.words]
    raised = _RAISED_VOICE & reading.codes
    if not spoken or not raised or any(_RAISED_VOICE & set(past.codes) for past in spoken):
        return []
    civil = min(past.scores.get(Dimension.politeness, 0.5) for past in spoken)
    return [_found(EvidenceCode.TONE_CHANGE, 1.0 if civil > _POLITENESS_DROP else 0.5)]


def _released(turn: TurnRequest, reading: Reading) -> bool:
    """Tell whether earlier friction is over: a step succeeded, or the customer says thanks and nothing against it."""
    if reading.friction:
        return False
    succeeded = turn.bot is not None and turn.bot.outcome is StepOutcome.succeeded
    return succeeded or EvidenceCode.GRATITUDE in reading.codes


def _carried_over(context: SessionContext) -> list[Finding]:
    """Friction of the last turn, faded: it decays with calm turns and does not vanish with the first."""
    rules = shipped_weights()
    last = context.history[-1] if context.history else None
    score = last.scores.get(Dimension.frustration) if last else context.last_signals.get(Dimension.frustration)
    if score is None:
        return []
    excess = logit(score) - rules.dimensions[Dimension.frustration].bias
    turns = max(1, context.turn + 1 - (last.turn if last else context.turn))
    faded = rules.carry_over.share * excess * 0.5 ** (turns / rules.carry_over.half_life_turns)
    return [_found(EvidenceCode.CARRIED_OVER, min(faded, rules.carry_over.limit))] if faded > 0 else []
