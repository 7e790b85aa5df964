"""What the embedding classifier says, as evidence beside the other sources."""

from relief.contracts.signals import Classification, Evidence
from relief.contracts.vocabulary import Dimension, EvidenceCode, Source
from relief.detect.findings import Finding
from relief.detect.odds import logit
from relief.detect.weights import Shares, shipped_weights

ALONE = Shares(bias=0.0, words=1.0, history=1.0, carried=1.0, classifier=0.0)
"""How the sources are weighed where there is no classifier; the bias is the dimension's."""


def share_out(dimension: Dimension, classification: Classification | None) -> Shares:
    """Return how the sources are weighed: what the classifier did not understand is left to the others."""
    weights = shipped_weights()
    bias = weights.dimensions[dimension].bias
    if classification is None or dimension not in classification.scores:
        return ALONE.model_copy(update={"bias": bias})
    known, both = classification.understood, weights.with_classifier.dimensions[dimension]
    return Shares.model_construct(
        bias=bias + known * (both.bias - bias),
        words=1 + known * (both.words - 1),
        history=1 + known * (both.history - 1),
        carried=1 + known * (both.carried - 1),
        classifier=known * both.classifier,
    )


def find_matters(classification: Classification | None, words: list[Finding]) -> list[Finding]:
    """Return the serious matters that the classifier sees and the words do not name.

    Where the words say that the anger is not for us, what sounds like the law is not for us either.
    """
    named = {found.code for found in words}
    if EvidenceCode.OTHER_TARGET in named:
        named.add(EvidenceCode.LEGAL_PHRASE)
    seen = classification.serious if classification else {}
    return [Finding(Source.classifier, code) for code in seen if code not in named]


def classifier_evidence(dimension: Dimension, classification: Classification | None, share: float) -> list[Evidence]:
    """Return the classifier's log-odds relative to the dimension's bias, shrunk and bounded."""
    classified = classification.scores.get(dimension) if classification else None
    if classified is None:
        return []
    weights = shipped_weights()
    weight = share * (logit(classified) - weights.dimensions[dimension].bias)
    most = weights.with_classifier.limit
    return [
        Evidence(source=Source.classifier, code=EvidenceCode.CLASSIFIER_SCORE, weight=max(-most, min(most, weight)))
    ]
