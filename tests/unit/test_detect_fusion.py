"""Fusion: sources weighed together, each monotone, the classifier only as far as it understands."""

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.contracts.signals import Classification
from relief.contracts.vocabulary import Dimension, EvidenceCode, Source
from relief.detect.findings import Finding
from relief.detect.fuse import fuse
from relief.detect.weights import weight_table

_SOURCES: Final = (Source.lexical, Source.history, Source.telemetry)
_REDUCES: Final = {code for code, held in weight_table().items() if held.get(Dimension.frustration, 0.0) < 0}
_RAISES: Final = sorted(code for code, held in weight_table().items() if held.get(Dimension.frustration, 0.0) > 0)

_findings = st.lists(
    st.builds(
        Finding,
        source=st.sampled_from(_SOURCES),
        code=st.sampled_from(sorted(weight_table())),
        strength=st.sampled_from((0.5, 1.0, 1.5)),
    ),
    max_size=6,
)
_scores = st.floats(0, 1)
_maybe_classified = st.none() | st.builds(
    lambda score, understood: classified(score, understood=understood), _scores, st.floats(0, 1)
)


def classified(score: float, *, understood: float = 1.0) -> Classification:
    """Return a classification with one score for every dimension."""
    return Classification(scores=dict.fromkeys(Dimension, score), understood=understood)


@given(_findings, _maybe_classified, st.sampled_from(_RAISES), st.sampled_from(_SOURCES))
def test_one_more_sign_of_friction_never_lowers_frustration(
    findings: list[Finding], classification: Classification | None, code: EvidenceCode, source: Source
) -> None:
    before = fuse(findings, classification, {}).frustration.score

    after = fuse([*findings, Finding(source, code)], classification, {}).frustration.score

    assert after >= before - 1e-6


@given(_findings, st.sampled_from(sorted(Dimension)), _scores, _scores, st.floats(0, 1))
def test_a_higher_score_of_the_classifier_never_lowers_the_fused_one(
    findings: list[Finding], dimension: Dimension, one: float, other: float, understood: float
) -> None:
    lower, higher = sorted((one, other))

    below = fuse(findings, classified(lower, understood=understood), {}).signal(dimension).score
    above = fuse(findings, classified(higher, understood=understood), {}).signal(dimension).score

    assert above >= below - 1e-6


@given(_findings, _scores)
def test_what_the_classifier_does_not_understand_leaves_the_scores_as_they_are_without_it(
    findings: list[Finding], score: float
) -> None:
    alone = fuse(findings, None, {}).scores()

    assert fuse(findings, classified(score, understood=0.0), {}).scores() == pytest.approx(alone)


@pytest.mark.parametrize("dimension", sorted(Dimension))
def test_the_weights_shown_explain_the_score(dimension: Dimension) -> None:
    sure, unsure = (fuse([], classified(score), {}).signal(dimension) for score in (0.9, 0.1))

    assert sure.score > 0.5 > unsure.score or dimension is Dimension.politeness
    assert [item.source for item in sure.evidence] == [Source.classifier]
    assert sure.evidence[0].weight > unsure.evidence[0].weight


@pytest.mark.parametrize("code", sorted(_REDUCES))
def test_a_calm_tone_never_hides_what_was_done(code: EvidenceCode) -> None:
    stuck = [Finding(Source.telemetry, EvidenceCode.RAGE_CLICKS), Finding(Source.history, EvidenceCode.ASKED_AGAIN)]
    calm = fuse([*stuck, Finding(Source.lexical, code)], classified(0.01), {}).frustration.score

    assert calm > fuse([], classified(0.01), {}).frustration.score
    assert calm >= fuse([], None, {}).frustration.score


def test_ironic_praise_counts_although_the_classifier_takes_it_at_its_word() -> None:
    """Given "thanks for nothing", which a classifier hears as thanks, then frustration is well above that of thanks."""
    thanks = fuse([], classified(0.02), {}).frustration.score

    ironic = fuse([Finding(Source.lexical, EvidenceCode.SARCASM)], classified(0.02), {}).frustration.score

    assert ironic > 3 * thanks
