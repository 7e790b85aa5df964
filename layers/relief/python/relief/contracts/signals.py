"""Signals: the five calibrated scores of a turn, each with its evidence, and the intent."""

from functools import partial

from pydantic import Field

from relief.contracts.model import LenientContract, Score
from relief.contracts.vocabulary import Dimension, EvidenceCode, Source


class Evidence(LenientContract):
    """One observation that moved a score.

    ``weight`` is the contribution in log-odds; ``span`` holds character offsets into the redacted
    text of this turn, where the observation is about words.
    """

    source: Source
    code: EvidenceCode
    weight: float
    span: tuple[int, int] | None = None


class Signal(LenientContract):
    """One dimension: a probability, its change since the previous turn, and what it rests on."""

    score: Score = 0.0
    trend: float = Field(0.0, ge=-1, le=1)
    evidence: list[Evidence] = []


class Signals(LenientContract):
    """The five dimensions. Politeness is 1 for courteous."""

    frustration: Signal = Field(default_factory=Signal)
    urgency: Signal = Field(default_factory=Signal)
    confusion: Signal = Field(default_factory=Signal)
    politeness: Signal = Field(default_factory=partial(Signal, score=0.5))
    escalation_intent: Signal = Field(default_factory=Signal)

    def signal(self, dimension: Dimension) -> Signal:
        """Return the signal of one dimension."""
        signal: Signal = getattr(self, dimension.value)
        return signal

    def scores(self) -> dict[str, float]:
        """Return the five scores by the dimension's name."""
        return {name: signal.score for name, signal in self._by_name()}

    def trends(self) -> dict[str, float]:
        """Return the five changes since the previous turn by the dimension's name."""
        return {name: signal.trend for name, signal in self._by_name()}

    def codes(self, source: Source | None = None) -> frozenset[EvidenceCode]:
        """Return every evidence code present in any dimension, of one source or of all."""
        found: set[EvidenceCode] = set()
        for _, signal in self._by_name():
            if signal.evidence:
                found.update([item.code for item in signal.evidence if source is None or item.source is source])
        return frozenset(found)

    def _by_name(self) -> tuple[tuple[str, Signal], ...]:
        """Return the five with their names. Written out: it is asked for several times a turn, and enums are slow."""
        return (
            ("frustration", self.frustration),
            ("urgency", self.urgency),
            ("confusion", self.confusion),
            ("politeness", self.politeness),
            ("escalation_intent", self.escalation_intent),
        )


class IntentCandidate(LenientContract):
    """A possible intent and its probability."""

    name: str
    confidence: Score


class Intent(LenientContract):
    """The suspected intent, with the runners-up."""

    name: str
    confidence: Score
    alternatives: list[IntentCandidate] = []


class Classification(LenientContract):
    """What the embedding classifier answers: head scores, intents and a quantised embedding."""

    scores: dict[Dimension, Score]
    intents: list[IntentCandidate] = []
    embedding: str = Field("", max_length=1024, description="Quantised sentence embedding, base64.")
    model: str = Field("", max_length=64)
    understood: Score = Field(1.0, description="How much of the message is in a language that the model can read.")
    serious: dict[EvidenceCode, Score] = Field(
        {}, description="Matters for which a person comes at once, where one is likely enough."
    )
