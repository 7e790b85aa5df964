"""Fit heads for serious matters: a person must come at once for them, in whatever words they are told."""

from typing import Any, Final, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from relief.classify.encoder import Encoder
from train.heads import NAMING, Array, see, unread
from train.rows import Row
from train.serious import CODES, NONE

FALSE_ALARMS: Final = 0.005
"""Share of messages about no matter at all in which one may be seen; it sets the probability from which on one counts.

One matter taken for another does no harm: a person comes for either. About half of the messages that set it only
sound serious, so that among ordinary ones there are fewer false alarms than this. With a fifth of it one or two of
those, each of which stands there after several lines of bots, decided how many real ones were missed.
"""

_LEAST: Final = 0.5
"""What is less likely than not is no matter, however seldom it is seen."""

_STRENGTH: Final = 0.03
"""Inverse regularisation: 0.1 and more recognise no more of what they did not see, and see more where nothing is."""


class Matters(NamedTuple):
    """The heads, a column a matter, and the probability from which on each counts."""

    weights: Array
    bias: Array
    thresholds: list[float]


def fit_matters(encoder: Encoder, training: list[Row], calibration: list[Row]) -> Matters:
    """Fit on the messages whose matter is known; the thresholds come from those that trained nothing.

    Args:
        encoder: what yields the features in service.
        training: messages with their matter, ordinary ones among them.
        calibration: others, likewise.
    """
    training, calibration = ([row for row in rows if row.matter is not None] for rows in (training, calibration))
    features = see(encoder, training, "serious matters")
    width, features = features.shape[1], features[:, :NAMING]
    unseen = see(encoder, calibration, "serious matters, unseen")[:, :NAMING]
    harmless = unseen[_holds(calibration, NONE) == 1]
    columns = [_fit(features, _holds(training, name), harmless) for name in CODES]
    return Matters(
        weights=unread(np.stack([column[0] for column in columns], axis=1), width),
        bias=np.array([column[1] for column in columns]),
        thresholds=[column[2] for column in columns],
    )


def _holds(rows: list[Row], name: str) -> Any:
    return np.array([int(row.matter == name) for row in rows])


def _fit(features: Array, holds: Any, harmless: Array) -> tuple[Array, float, float]:
    model = LogisticRegression(C=_STRENGTH, max_iter=3000).fit(features, holds)
    seen = model.predict_proba(harmless)[:, 1]
    return model.coef_[0], float(model.intercept_[0]), max(_LEAST, float(np.quantile(seen, 1 - FALSE_ALARMS)))


def measure_matters(matters: Matters, features: Array, rows: list[Row]) -> dict[str, float]:
    """Return the share of messages of each matter in which it is seen, and of those without any in which one is."""
    seen = 1 / (1 + np.exp(-(features @ matters.weights + matters.bias))) >= np.array(matters.thresholds)
    shares = {
        name: float(seen[_holds(rows, name) == 1, place].mean())
        for place, name in enumerate(CODES)
        if _holds(rows, name).any()
    }
    return shares | {NONE: float(seen[_holds(rows, NONE) == 1].any(axis=1).mean())}
