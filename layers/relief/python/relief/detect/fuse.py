"""Weigh the findings of all sources into five probabilities, each with its evidence.

A score is the logistic function of a bias plus the weights of its evidence, so that the weights shown explain it.
Every rule here keeps frustration monotone: one more sign of friction never lowers it.
"""

from collections import defaultdict
from collections.abc import Mapping

from relief.contracts.signals import Classification, Evidence, Signal, Signals
from relief.contracts.vocabulary import Dimension, EvidenceCode, Source
from relief.detect.classifier import classifier_evidence, share_out
from relief.detect.findings import Finding
from relief.detect.odds import logistic
from relief.detect.weights import Shares, shipped_weights, weight_table

_MOST_EVIDENCE = 8
_LEAST_WEIGHT = 0.005
_SCORE_DIGITS = 6  # beyond this a score only differs by rounding noise
_WEIGHT_DIGITS = 4
_BEHAVIOUR = frozenset({Source.history, Source.telemetry})


def fuse(findings: list[Finding], classification: Classification | None, previous: Mapping[str, float]) -> Signals:
    """Weigh findings and classifier into signals; the trend is against the previous turn's scores."""
    return Signals(
        **{
            dimension.value: _signal(dimension, findings, classification, previous.get(dimension.value))
            for dimension in Dimension
        }
    )


def _signal(
    dimension: Dimension, findings: list[Finding], classification: Classification | None, before: float | None
) -> Signal:
    shares = share_out(dimension, classification)
    items = [
        *weigh(dimension, findings, shares),
        *classifier_evidence(dimension, classification, shares.classifier),
    ]
    if dimension is Dimension.frustration:
        items = _limit_reducers(items, shipped_weights().slack)
    score = round(logistic(shares.bias + sum(item.weight for item in items)), _SCORE_DIGITS)
    trend = 0.0 if before is None else round(max(-1.0, min(1.0, score - before)), _SCORE_DIGITS)
    shown = [_rounded(item) for item in items if abs(item.weight) >= _LEAST_WEIGHT]
    shown.sort(key=lambda item: (-abs(item.weight), item.source, item.code, item.span or (0, 0)))
    return Signal(score=score, trend=trend, evidence=shown[:_MOST_EVIDENCE])


def _rounded(item: Evidence) -> Evidence:
    """Return the evidence as it is shown and stored: more digits only cost space."""
    weight = round(item.weight, _WEIGHT_DIGITS)
    return Evidence.model_construct(source=item.source, code=item.code, weight=weight, span=item.span)


def weigh(dimension: Dimension, findings: list[Finding], shares: Shares) -> list[Evidence]:
    """Weigh findings with diminishing returns: within a code, then within a source, each sign on its own."""
    table, discounts = weight_table(), shipped_weights().discounts
    by_code: dict[tuple[Source, bool, EvidenceCode], list[tuple[float, Finding]]] = defaultdict(list)
    for finding in findings:
        weight = table[finding.code].get(dimension, 0.0) * finding.strength
        if weight:
            by_code[finding.source, weight > 0, finding.code].append((weight, finding))
    by_source: dict[tuple[Source, bool], list[list[tuple[float, Finding]]]] = defaultdict(list)
    for (source, raises, _), weighed in by_code.items():
        weighed.sort(key=lambda pair: -abs(pair[0]))
        discounted = [(weight * discounts.same_code**place, found) for place, (weight, found) in enumerate(weighed)]
        by_source[source, raises].append(discounted)
    items: list[Evidence] = []
    for (source, _), codes in by_source.items():
        codes.sort(key=lambda weighed: (-abs(sum(weight for weight, _ in weighed)), weighed[0][1].code))
        for place, weighed in enumerate(codes):
            share = discounts.same_source**place * shares.of(source, weighed[0][1].code)
            items += [
                Evidence.model_construct(source=source, code=found.code, weight=weight * share, span=found.span)
                for weight, found in weighed
            ]
    return items


def _limit_reducers(items: list[Evidence], slack: float) -> list[Evidence]:
    """Let reducers take back what words (and the classifier's reading of them) say, never what was done.

    How far they may go below the bias shrinks with the friction that behaviour shows, so that a calm tone cannot hide
    it; and as it shrinks no faster than that grows, more such friction never lowers the score.
    """
    words = sum(item.weight for item in items if item.weight > 0 and item.source not in _BEHAVIOUR)
    reducing = -sum(item.weight for item in items if item.weight < 0)
    behaviour = sum(item.weight for item in items if item.weight > 0 and item.source in _BEHAVIOUR)
    allowed = words + max(0.0, slack - behaviour)
    if reducing <= allowed:
        return items
    share = allowed / reducing
    return [item.model_copy(update={"weight": item.weight * share}) if item.weight < 0 else item for item in items]
