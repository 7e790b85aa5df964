"""What a head says becomes a score that stays near one half for messages that are neither one nor the other."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.classify.scale import logistic, spread


@given(
    logit=st.floats(-8, 8),
    slope=st.floats(0.1, 3),
    shift=st.floats(-3, 3),
    middle=st.floats(0, 4, allow_subnormal=False),
)
def test_given_a_middle_then_the_score_is_the_mean_of_at_least_one_half_and_of_one(
    logit: float, slope: float, shift: float, middle: float
) -> None:
    scaled = np.array([slope * logit + shift])

    score = logistic(spread(np.array([logit]), slope, shift, middle))

    assert score == pytest.approx((logistic(scaled + middle) + logistic(scaled - middle)) / 2)


def test_given_no_middle_then_log_odds_are_scaled_and_shifted() -> None:
    assert spread(np.array([-2.0, 0.0, 1.0]), 1.5, -0.25, 0.0) == pytest.approx([-3.25, -0.25, 1.25])


def test_given_a_wide_middle_then_more_messages_are_neither_and_none_changes_its_rank() -> None:
    logits = np.arange(-40, 41) / 4

    scores = {middle: logistic(spread(logits, 1.0, 0.0, middle)).tolist() for middle in (0.0, 3.0)}

    undecided = {middle: sum(0.4 < score < 0.6 for score in found) for middle, found in scores.items()}
    assert undecided[3.0] > 3 * undecided[0.0]
    assert all(before < after for before, after in pairwise(scores[3.0]))


@pytest.mark.parametrize("logit", [-1e9, 1e9])
def test_given_a_head_that_is_beyond_all_doubt_then_its_log_odds_stay_finite(logit: float) -> None:
    assert np.isfinite(spread(np.array([logit]), 2.0, 0.0, 3.0)).all()
