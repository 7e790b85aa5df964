"""Turn what a head says into a score that can be taken at its word.

The scale is that of :class:`relief.classify.artefact.Calibration`, which serves it.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.float64]

_FARTHEST = 30
"""Log-odds beyond this make no difference to a score, as in service."""


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


def spread(logits: Array, slope: Array | float, shift: Array | float, middle: Array | float) -> Array:
    """Return the log-odds of the scores, as :meth:`relief.classify.artefact.Calibration.log_odds` does for one."""
    scaled = np.clip(slope * logits + shift, -_FARTHEST, _FARTHEST)
    odds, neither = np.exp(scaled), np.cosh(middle)
    calibrated: Array = scaled + np.log((neither + odds) / (1 + odds * neither))
    return calibrated


def calibrated_loss(logits: Array, wanted: Array) -> float:
    """Return the mean cross-entropy that is left after calibration: what a head is chosen by."""
    return _loss(spread(logits, *calibrate(logits, wanted)), wanted)


def logistic(values: Array) -> Array:
    """Return the probabilities of log-odds."""
    return 1 / (1 + np.exp(-np.clip(values, -_FARTHEST, _FARTHEST)))


def _loss(logits: Array, wanted: Array) -> float:
    """Return the mean cross-entropy of soft targets."""
    return float(np.mean(np.logaddexp(0, logits) - wanted * logits))
