"""The scale between what a head says and a score to be taken at its word; training fits it, serving applies it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FARTHEST: Final = 30.0
"""Log-odds beyond this make no difference to a score."""


def spread(logits: Array, slope: Array | float, shift: Array | float, middle: Array | float) -> Array:
    """Return the log-odds of the scores that belong to logits, by way of ``scaled``: ``slope`` x logit + ``shift``.

    Messages are labelled 0, one half or 1, and the score is the mean of two probabilities: that the label is at least
    one half, logistic(``scaled`` + ``middle``), and that it is 1, logistic(``scaled`` - ``middle``). The wider the
    ``middle``, the more messages are neither one nor the other; where it is 0 this is Platt scaling.

    Sources: J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999; P. McCullagh, "Regression Models for
    Ordinal Data", 1980, whose odds are proportional likewise.
    """
    scaled = np.clip(slope * logits + shift, -_FARTHEST, _FARTHEST)
    odds, neither = np.exp(scaled), np.cosh(middle)
    calibrated: Array = scaled + np.log((neither + odds) / (1 + odds * neither))
    return calibrated


def logistic(log_odds: Array) -> Array:
    """Return the probabilities of log-odds."""
    probabilities: Array = 1 / (1 + np.exp(-np.clip(log_odds, -_FARTHEST, _FARTHEST)))
    return probabilities
