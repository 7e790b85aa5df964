"""What the embedding classifier says, as evidence beside the other sources."""

from relief.contracts.signals import Classification, Evidence
from relief.contracts.vocabulary import Dimension, EvidenceCode, Source
from relief.detect.odds import logit
from relief.detect.weights import shipped_weights, weight_table


def classifier_evidence(dimension: Dimension, classification: Classification | None) -> list[Evidence]:
    """Return the classifier's log-odds relative to the dimension's bias, shrunk and bounded."""
    classified = classification.scores.get(dimension) if classification else None
    if classified is None:
        return []
    weights = shipped_weights()
    share = weight_table()[EvidenceCode.CLASSIFIER_SCORE].get(dimension, 0.0)
    weight = share * (logit(classified) - weights.dimensions[dimension].bias)
    limited = max(-weights.classifier_limit, min(weights.classifier_limit, weight))
    return [Evidence(source=Source.classifier, code=EvidenceCode.CLASSIFIER_SCORE, weight=limited)]
