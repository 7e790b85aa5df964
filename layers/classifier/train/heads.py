"""Fit and calibrate the heads on what the served encoder yields: heads of the full model would flip decisions."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from relief.classify.encoder import Encoder
from train import wording
from train.encoder import WIDTH
from train.rows import DIMENSIONS, OWN, Row
from train.variation import vary, vary_dialect

Array = NDArray[np.float64]

_STRENGTHS: Final = (0.0003, 0.001, 0.003, 0.01, 0.03)
"""Inverse regularisation strengths to choose from, on the calibration areas."""
_NAMING_STRENGTHS: Final = (0.003, 0.01, 0.03, 0.1)
"""The same for the intents: held back more, they are as often right, but name what nobody could understand."""
_OWN_WEIGHT: Final = 1.5
"""Of each of two: our message as it is written, and as somebody else would write it."""
_OWN_WEIGHTS: Final = {wording.DIMENSION: 0.5}
"""Where public rows are judged by other people, and ours are to add to their judgement rather than to outvote it."""
_WORDING: Final = 0.4
"""How much what the pieces alone say counts beside the encoder: more agrees no better with strangers' judgement, and
moves with every misspelt word."""
_SEED: Final = 20261123
_STEADINESS: Final = (3.0, 10.0)
"""Weights of scoring a message alike however it is written, to choose from."""
_WORTH: Final = 1.01
"""The loss on calibration rows may grow by this factor for the sake of steadiness."""
NAMING: Final = 2 * WIDTH
"""So many features, those of the last layer, are read by what names intents and matters.

The inner layers add to the tone of a message, not to what it is about: with them intents are named no better, and jokes
and products that sound serious pass for it.
"""
_FEW: Final = 96
"""Bytes of a message's vector in the session's memory, which must stay under 16 KB with 16 of them."""


@dataclass(frozen=True)
class Heads:
    """Everything the served model needs besides its encoder."""

    weights: Array
    bias: Array
    slope: Array
    shift: Array
    base: Array
    intents: list[str]
    intent_weights: Array
    intent_bias: Array
    temperature: float
    pieces_per_word: tuple[float, float]
    directions: Array
    """Few directions, as columns, in which the messages' vectors keep most of their likeness."""

    def probabilities(self, features: Array) -> Array:
        """Return the calibrated probabilities, a column a dimension."""
        return _logistic(self.slope * (features @ self.weights + self.bias) + self.shift)


def see(encoder: Encoder, rows: list[Row], what: str) -> Array:
    """Return the features of rows, one message at a time as in service."""
    shown = tqdm(rows, desc=what, unit="row", mininterval=5)
    return np.stack([encoder.encode(encoder.cut(row.text, row.said))[1] for row in shown]).astype(np.float64)


def fit_heads(encoder: Encoder, training: list[Row], calibration: list[Row], *, steady: bool = True) -> Heads:
    """Fit all heads on the training rows, choose and calibrate on the calibration rows.

    Public rows that only name an intent have trained the encoder; no head sees them where there are others. ``steady``
    heads score a message much alike in another dialect or spelling, for a little less discernment.
    """
    training = [row for row in training if row.targets or row.source == OWN] or training
    dice = random.Random(_SEED)  # noqa: S311 - reproducible, not secret
    own = [row for row in training if row.source == OWN]
    features = see(encoder, training, "training rows")
    written = features[[row.source == OWN for row in training]]
    other = _see_varied(encoder, own, vary, dice) if own else written
    training, features = training + own, np.concatenate([features, other])
    held = see(encoder, calibration, "calibration rows")
    steadied = None
    if steady and own:
        throughout = _see_varied(encoder, own, vary_dialect, dice)
        changes = [(written - seen)[:, :-1] for seen in (other, throughout)]
        moved = sum((change.T @ change / 2 for change in changes), np.zeros(()))
        steadied = Steadied(moved, np.concatenate([held, _see_varied(encoder, calibration, vary, dice)]))
    columns = [_fit_dimension(name, training, features, (calibration, held), steadied) for name in DIMENSIONS]
    weights, bias = np.stack([column[0] for column in columns], axis=1), np.array([column[1] for column in columns])
    scaled = [
        _platt(held @ weights[:, place] + bias[place], _targets(calibration, name))
        for place, name in enumerate(DIMENSIONS)
    ]
    names, intent_weights, intent_bias = _fit_intents(training, features, calibration, held)
    temperature = _temperature(held @ intent_weights + intent_bias, calibration, names)
    plain = float(
        np.quantile([encoder.cut(row.text).pieces_per_word for row in calibration if row.text.isascii()], 0.99)
    )
    return Heads(
        weights=weights,
        bias=bias,
        slope=np.array([slope for slope, _ in scaled]),
        shift=np.array([shift for _, shift in scaled]),
        base=np.array([float(_targets(calibration, name).mean()) for name in DIMENSIONS]),
        intents=names,
        intent_weights=intent_weights,
        intent_bias=intent_bias,
        temperature=temperature,
        pieces_per_word=(plain, plain + 0.8),
        directions=_main_directions(features),
    )


def _main_directions(features: Array) -> Array:
    """Return the leading right singular vectors of the messages' vectors: the best few for their inner products.

    Source: C. Eckart and G. Young, "The approximation of one matrix by another of lower rank", 1936.
    """
    vectors = features[:, :WIDTH]
    return np.linalg.eigh(vectors.T @ vectors)[1][:, -_FEW:]


def _targets(rows: list[Row], name: str) -> Array:
    return np.array([row.targets[name] for row in rows])


@dataclass(frozen=True)
class Steadied:
    """What steady heads are fitted with."""

    moved: Array
    """Outer products of what writing a message otherwise changes in its features, summed over messages."""
    checked: Array
    """Features of the calibration rows as they are written, and then in another hand."""


def _see_varied(
    encoder: Encoder, rows: list[Row], way: Callable[[str, random.Random], str], dice: random.Random
) -> Array:
    return see(encoder, [replace(row, text=way(row.text, dice)) for row in rows], "in another hand")


def _fit_dimension(
    name: str, training: list[Row], features: Array, held: tuple[list[Row], Array], steadied: Steadied | None
) -> tuple[Array, float]:
    """Fit one head, and choose on the calibration rows how strongly it is held back, as it does once calibrated.

    The last feature, what the pieces alone say, is an opinion fitted already: it counts in its own dimension and not
    elsewhere. A head that weighed it anew would trust it as far as the rows that taught it bear it out.
    """
    known = [place for place, row in enumerate(training) if name in row.targets]
    wanted = np.array([training[place].targets[name] for place in known])
    own = _OWN_WEIGHTS.get(name, _OWN_WEIGHT)
    weight = np.array([own if training[place].source == OWN else training[place].weight for place in known])
    opinion = _WORDING if name == wording.DIMENSION else 0.0
    # A target between 0 and 1 is a row on each side, weighted.
    sides = np.concatenate([np.ones(len(known)), np.zeros(len(known))])
    weights = np.concatenate([weight * wanted, weight * (1 - wanted)])
    shown = weights > 0
    targets = _targets(held[0], name)

    def fit(strength: float, root: Array | None = None) -> tuple[Array, float]:
        """Fit with the penalty ``|head|^2 / strength``, or ``|root' head|^2``: a sphere in other coordinates."""
        plain = features[known][:, :-1]
        turned = plain if root is None else np.linalg.solve(root, plain.T).T
        both = np.concatenate([turned, turned])[shown]
        model = LogisticRegression(C=strength, max_iter=400).fit(both, sides[shown], weights[shown])
        head = model.coef_[0] if root is None else np.linalg.solve(root.T, model.coef_[0])
        return np.append(head, opinion), float(model.intercept_[0])

    tried = [(strength, *fit(strength)) for strength in _STRENGTHS]
    strength, head, bias = min(tried, key=lambda one: _calibrated_loss(held[1] @ one[1] + one[2], targets))
    return _steady(fit, strength, (head, bias), steadied, targets) if steadied else (head, bias)


def _steady(
    fit: Callable[[float, Array], tuple[Array, float]],
    strength: float,
    plain: tuple[Array, float],
    steadied: Steadied,
    targets: Array,
) -> tuple[Array, float]:
    """Return the steadiest head that costs little on the calibration rows.

    Its penalty is ``w'w / strength + steadiness * w' moved w``, the second being the squared change of its log-odds
    where messages are written otherwise, so that a dialect, a spelling or a name moves no score.

    Source: P. Simard and others, "Tangent Prop: a formalism for specifying selected invariances in an adaptive
    network", 1992, here for a linear head and finite changes.
    """
    twice = np.concatenate([targets, targets])

    def loss(head: Array, bias: float) -> float:
        return _calibrated_loss(steadied.checked @ head + bias, twice)

    size = np.eye(len(steadied.moved)) / strength
    heads = [plain]
    heads += [fit(1.0, np.linalg.cholesky(size + steadiness * steadied.moved)) for steadiness in _STEADINESS]
    losses = [loss(*one) for one in heads]
    return next(
        one for one, lost in zip(reversed(heads), reversed(losses), strict=True) if lost <= _WORTH * min(losses)
    )


def _platt(logits: Array, wanted: Array) -> tuple[float, float]:
    found = minimize(lambda given: _loss(np.exp(given[0]) * logits + given[1], wanted), np.zeros(2), method="BFGS")
    return float(np.exp(found.x[0])), float(found.x[1])


def _calibrated_loss(logits: Array, wanted: Array) -> float:
    slope, shift = _platt(logits, wanted)
    return _loss(slope * logits + shift, wanted)


def _loss(logits: Array, wanted: Array) -> float:
    """Return the mean cross-entropy of soft targets."""
    return float(np.mean(np.logaddexp(0, logits) - wanted * logits))


def _logistic(values: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))


def _fit_intents(
    training: list[Row], features: Array, calibration: list[Row], held: Array
) -> tuple[list[str], Array, Array]:
    """Fit the intents on our own messages where there are any.

    The public sets' intents help the encoder; a head that sees them too names those of real support messages less well
    (measured on areas that trained nothing: 2 to 5 of 100 messages).
    """
    own = any(row.source == OWN and row.intent for row in training)
    known = [place for place, row in enumerate(training) if row.intent is not None and (row.source == OWN or not own)]
    names = sorted({str(training[place].intent) for place in known})
    classes = np.array([names.index(str(training[place].intent)) for place in known])
    checked = [place for place, row in enumerate(calibration) if row.intent in names]
    wanted = np.array([names.index(str(calibration[place].intent)) for place in checked])
    shown, held = features[known][:, :NAMING], held[checked][:, :NAMING]
    models = [LogisticRegression(C=strength, max_iter=400).fit(shown, classes) for strength in _NAMING_STRENGTHS]
    best = max(models, key=lambda model: float(np.mean(model.predict(held) == wanted)))
    return names, unread(best.coef_.T, features.shape[1]), best.intercept_


def unread(weights: Array, width: int) -> Array:
    """Return the weights with zeros for the features that they do not read."""
    return np.pad(weights, ((0, width - len(weights)), (0, 0)))


def _temperature(logits: Array, rows: list[Row], names: list[str]) -> float:
    known = [place for place, row in enumerate(rows) if row.intent in names]
    classes = np.array([names.index(str(rows[place].intent)) for place in known])

    def loss(temperature: float) -> float:
        scaled = logits[known] / temperature
        return float(np.mean(np.logaddexp.reduce(scaled, axis=1) - scaled[np.arange(len(known)), classes]))

    return min((0.5 + 0.1 * step for step in range(40)), key=loss)
