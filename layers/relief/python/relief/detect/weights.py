"""The weights file, validated: how much each observation counts in each dimension."""

from functools import cache

from pydantic import BaseModel, ConfigDict, Field, model_validator

from relief.contracts.vocabulary import Dimension, EvidenceCode, Source
from relief.detect.files import load_yaml

_COUNT_WHOLE = {EvidenceCode.OTHER_TARGET, EvidenceCode.SARCASM}
_MAY_REDUCE_FRUSTRATION = {
    EvidenceCode.CAN_WAIT,
    EvidenceCode.GRATITUDE,
    EvidenceCode.NEGATED_FRICTION,
    EvidenceCode.OTHER_TARGET,
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Discounts(_Part):
    """Factors of the diminishing returns."""

    same_code: float = Field(gt=0, lt=1)
    same_source: float = Field(gt=0, lt=1)


class Prior(_Part):
    """Where a dimension stands without any evidence, in log-odds."""

    bias: float = Field(ge=-6, le=6)
    because: str


class Group(_Part):
    """Weights of one kind, in log-odds."""

    because: str
    weights: dict[EvidenceCode, dict[Dimension, float]]


class Shares(_Part):
    """How one dimension is weighed where a classifier has read the words too.

    ``words``, ``history`` and ``carried`` (what is carried over from earlier turns) are factors on what those weigh without
    a classifier, ``classifier`` the one on its log-odds, and ``bias`` takes the place of the dimension's own.
    """

    bias: float = Field(ge=-6, le=6)
    words: float = Field(ge=0, le=1.5)
    history: float = Field(ge=0, le=1.5)
    carried: float = Field(1.0, ge=0, le=1.5)
    classifier: float = Field(ge=0, le=1.5)

    def of(self, source: Source, code: EvidenceCode) -> float:
        """Return the factor on one observation.

        Some words count whole: a classifier hears anger, but not always for whom, and takes ironic praise at its word.
        """
        if code is EvidenceCode.CARRIED_OVER:
            return self.carried
        if code in _COUNT_WHOLE:
            return 1.0
        return {Source.lexical: self.words, Source.history: self.history}.get(source, 1.0)


class WithClassifier(_Part):
    """How the sources are weighed against each other where there is a classifier."""

    because: str
    limit: float = Field(gt=0, description="No answer of a classifier may count for more than this, in log-odds.")
    dimensions: dict[Dimension, Shares]


class CarryOver(_Part):
    """How the friction of earlier turns fades."""

    half_life_turns: float = Field(gt=0)
    share: float = Field(gt=0, le=1)
    limit: float = Field(gt=0)
    because: str


class Weights(_Part):
    """Everything in ``weights.yaml``."""

    discounts: Discounts
    dimensions: dict[Dimension, Prior]
    slack: float = Field(ge=0, le=4)
    groups: list[Group]
    with_classifier: WithClassifier
    carry_over: CarryOver

    @model_validator(mode="after")
    def _complete_and_monotone(self) -> "Weights":
        table = self.table()
        missing = sorted(set(EvidenceCode) - {EvidenceCode.CLASSIFIER_SCORE} - set(table))
        if missing or {*self.dimensions} & {*self.with_classifier.dimensions} != {*Dimension}:
            message = f"without weights: {missing}; every dimension needs a bias, and shares"
            raise ValueError(message)
        lowering = {code for code, weights in table.items() if weights.get(Dimension.frustration, 0) < 0}
        if not lowering <= _MAY_REDUCE_FRUSTRATION:
            message = f"friction evidence must not lower frustration: {sorted(lowering - _MAY_REDUCE_FRUSTRATION)}"
            raise ValueError(message)
        return self

    def table(self) -> dict[EvidenceCode, dict[Dimension, float]]:
        """Return the weights by code."""
        return {code: weights for group in self.groups for code, weights in group.weights.items()}


@cache
def shipped_weights() -> Weights:
    """Load the weights once."""
    return Weights.model_validate(load_yaml("weights.yaml"))


@cache
def weight_table() -> dict[EvidenceCode, dict[Dimension, float]]:
    """Return the shipped weights by code."""
    return shipped_weights().table()
