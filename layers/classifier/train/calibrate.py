"""Fit the scale that turns what a head says into a score that can be taken at its word."""

import numpy as np
from scipy.optimize import minimize

from relief.classify.scale import Array, spread


def calibrate(logits: Array, wanted: Array) -> tuple[float, float, float]:
    """Return slope, shift and middle with the least cross-entropy.

    Args:
        logits: what a head says of messages that did not train it.
        wanted: how they are labelled, from 0 to 1.
    """

    def loss(given: Array) -> float:
        return _loss(spread(logits, np.exp(given[0]), given[1], given[2]), wanted)

    slope, shift, middle = minimize(loss, np.array([0.0, 0.0, 1.0]), method="BFGS").x
    return float(np.exp(slope)), float(shift), float(abs(middle))


def calibrated_loss(logits: Array, wanted: Array) -> float:
    """Return the mean cross-entropy that is left after calibration: what a head is chosen by."""
    return _loss(spread(logits, *calibrate(logits, wanted)), wanted)


def _loss(logits: Array, wanted: Array) -> float:
    """Return the mean cross-entropy of soft targets."""
    return float(np.mean(np.logaddexp(0, logits) - wanted * logits))
