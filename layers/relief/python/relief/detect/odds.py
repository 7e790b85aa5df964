"""Probabilities and log-odds."""

import math

_EDGE = 1e-4
"""Probabilities are read no closer to 0 or 1 than this, so that log-odds stay finite."""

_FARTHEST = 30.0
"""Log-odds beyond this make no difference to a probability that is shown."""


def logit(probability: float) -> float:
    """Return the log-odds of a probability."""
    inner = min(max(probability, _EDGE), 1 - _EDGE)
    return math.log(inner / (1 - inner))


def logistic(log_odds: float) -> float:
    """Return the probability of log-odds."""
    return 1 / (1 + math.exp(-max(-_FARTHEST, min(_FARTHEST, log_odds))))
