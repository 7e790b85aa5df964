"""Fit and calibrate the heads on what the served encoder yields: heads of the full model would flip decisions."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from relief.classify.encoder import Encoder
from relief.classify.scale import Array, logistic, spread
from train import wording
from train.calibrate import calibrate, calibrated_loss
from train.encoder import WIDTH
from train.rows import DIMENSIONS, OWN, Row, sample
from train.variation import vary, vary_dialect

_STRENGTHS: Final = (0.001, 0.003, 0.01)
"""Inverse regularisation strengths to try on the calibration rows."""
_NAMING_STRENGTHS: Final = (0.001, 0.003, 0.01)
"""The same for the intents."""
_OWN_WEIGHT: Final = 1.5
"""Of each of two: our message as it is written, and as somebody else would write it."""
_OWN_WEIGHTS: Final = {wording.DIMENSION: 0.5}
"""Where public rows are judged by other people, and ours are to add to their judgement rather than to outvote it."""
_JUDGED_WEIGHT: Final = 4.0
"""Of a message of which several people were asked, in the dimension that they were asked about.

Chosen on the development rows of the set that has such: with 4 and with what ``train.wording`` weighs likewise, the
rank correlation with its annotators rises from .50 to .54, and that with us on areas that trained nothing falls by .01.
"""
_ROUNDED: Final = 2_000
"""So many of our messages tell what rounding an encoder's weights to 8 bits changes in its features."""
_WORDING: Final = 0.4
"""How much what the pieces alone say counts beside the encoder: more agrees no better with strangers' judgement, and
moves with every misspelt word."""
_SEED: Final = 20261123
_SMALL_SLOPE: Final = 1e-6
"""Where the mean loss is this flat in every weight, a head is fitted."""
_STEADINESS: Final = (3.0, 10.0, 30.0)
"""Weights of scoring a message alike however it is written, to try likewise."""
_AS_GOOD: Final = 1.01
"""Heads whose loss on the calibration rows is at most so many times the least are averaged.

The loss is flat near its least, and a few hundred rows do not tell which of those heads strangers' messages would
agree with; their average is steadier than any of them.
"""
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
    middle: Array
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
        return logistic(spread(features @ self.weights + self.bias, self.slope, self.shift, self.middle))


def see(encoder: Encoder, rows: list[Row], what: str) -> Array:
    """Return the features of rows, one message at a time as in service."""
    shown = tqdm(rows, desc=what, unit="row", mininterval=5)
    return np.stack([encoder.encode(encoder.cut(row.text, row.said))[1] for row in shown]).astype(np.float64)


def fit_heads(
    encoder: Encoder,
    training: list[Row],
    calibration: list[Row],
    *,
    full: Encoder | None = None,
    steady: bool = True,
) -> Heads:
    """Fit all heads on the training rows, choose and calibrate on the calibration rows.

    Public rows that only name an intent have trained the encoder; no head sees them where there are others. ``steady``
    heads score a message much alike in another dialect or spelling, for a little less discernment; and, where the
    encoder is known with all its bits too, as they would with those.
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
        moved = moved + _see_rounding(full, own, written) if full else moved
        steadied = Steadied(moved, np.concatenate([held, _see_varied(encoder, calibration, vary, dice)]))
    columns = [_fit_dimension(name, training, features, (calibration, held), steadied) for name in DIMENSIONS]
    weights, bias = np.stack([column[0] for column in columns], axis=1), np.array([column[1] for column in columns])
    slope, shift, middle = np.transpose(
        [
            calibrate(held @ weights[:, place] + bias[place], _targets(calibration, name))
            for place, name in enumerate(DIMENSIONS)
        ]
    )
    names, intent_weights, intent_bias = _fit_intents(training, features, calibration, held)
    temperature = _temperature(held @ intent_weights + intent_bias, calibration, names)
    plain = float(
        np.quantile([encoder.cut(row.text).pieces_per_word for row in calibration if row.text.isascii()], 0.99)
    )
    return Heads(
        weights=weights,
        bias=bias,
        slope=slope,
        shift=shift,
        middle=middle,
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


def _see_rounding(full: Encoder, rows: list[Row], seen: Array) -> Array:
    """Return the outer products of what rounding changes in the features of rows, summed over them."""
    some = sample(range(len(rows)), _ROUNDED, _SEED)
    changes = (see(full, [rows[place] for place in some], "32 bits") - seen[some])[:, :-1]
    return changes.T @ changes * len(rows) / len(some)


def _fit_dimension(
    name: str, training: list[Row], features: Array, held: tuple[list[Row], Array], steadied: Steadied | None
) -> tuple[Array, float]:
    """Fit one head: the average of those that do about equally well on the calibration rows, once calibrated.

    Their penalty is ``w'w / strength + steadiness * w' moved w``, the second being the squared change of their log-odds
    where messages are written otherwise, so that a dialect, a spelling or a name moves no score.

    The last feature, what the pieces alone say, is an opinion fitted already: it counts in its own dimension and not
    elsewhere. A head that weighed it anew would trust it as far as the rows that taught it bear it out.

    Source: P. Simard and others, "Tangent Prop: a formalism for specifying selected invariances in an adaptive
    network", 1992, here for a linear head and finite changes.
    """
    known = [place for place, row in enumerate(training) if name in row.targets]
    wanted = np.array([training[place].targets[name] for place in known])
    own = _OWN_WEIGHTS.get(name, _OWN_WEIGHT)
    weight = np.array([_weigh(training[place], name, own) for place in known])
    opinion = _WORDING if name == wording.DIMENSION else 0.0
    plain = features[known][:, :-1].astype(np.float32)
    targets, checked = _targets(held[0], name), held[1]
    if steadied:
        targets, checked = np.concatenate([targets, targets]), steadied.checked

    def fit(strength: float, steadiness: float) -> tuple[Array, float]:
        size = np.eye(plain.shape[1]) / strength
        head, bias = _regress(plain, wanted, weight, size + steadiness * steadied.moved if steadied else size)
        return np.append(head, opinion), bias

    tried = [fit(*given) for given in itertools.product(_STRENGTHS, _STEADINESS if steadied else (0.0,))]
    losses = [calibrated_loss(checked @ head + bias, targets) for head, bias in tried]
    good = [one for one, loss in zip(tried, losses, strict=True) if loss <= _AS_GOOD * min(losses)]
    return np.mean([head for head, _ in good], axis=0), float(np.mean([bias for _, bias in good]))


def _weigh(row: Row, name: str, own: float) -> float:
    if row.source == OWN:
        return own
    return _JUDGED_WEIGHT if name in row.judged else row.weight


def _regress(seen: NDArray[np.float32], wanted: Array, weight: Array, penalty: Array) -> tuple[Array, float]:
    """Return head and bias with the least weighted cross-entropy to soft targets plus ``head' penalty head / 2``.

    It is sought in the coordinates in which the penalty is a sphere, where the search is short.
    """
    root = np.linalg.cholesky(penalty)
    total = float(weight.sum())

    def loss(given: Array) -> tuple[float, Array]:
        turned, bias = given[:-1], given[-1]
        head = solve_triangular(root.T, turned, check_finite=False)
        logits = (seen @ head.astype(np.float32)).astype(np.float64) + bias
        short = weight * (logistic(logits) - wanted)
        value = float(weight @ (np.logaddexp(0, logits) - wanted * logits) + turned @ turned / 2)
        slope = (short.astype(np.float32) @ seen).astype(np.float64)
        slope = solve_triangular(root, slope, lower=True, check_finite=False) + turned
        return value / total, np.append(slope, short.sum()) / total

    start = np.zeros(seen.shape[1] + 1)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400, "gtol": _SMALL_SLOPE}).x
    return solve_triangular(root.T, found[:-1], check_finite=False), float(found[-1])


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
    best = min(models, key=lambda model: _cooled(model.decision_function(held), wanted)[1])
    return names, unread(best.coef_.T, features.shape[1]), best.intercept_


def unread(weights: Array, width: int) -> Array:
    """Return the weights with zeros for the features that they do not read."""
    return np.pad(weights, ((0, width - len(weights)), (0, 0)))


def _temperature(logits: Array, rows: list[Row], names: list[str]) -> float:
    known = [place for place, row in enumerate(rows) if row.intent in names]
    return _cooled(logits[known], np.array([names.index(str(rows[place].intent)) for place in known]))[0]


def _cooled(logits: Array, classes: Array) -> tuple[float, float]:
    """Return the temperature that fits best, and the mean cross-entropy with it."""

    def loss(temperature: float) -> float:
        scaled = logits / temperature
        return float(np.mean(np.logaddexp.reduce(scaled, axis=1) - scaled[np.arange(len(classes)), classes]))

    best = min((0.5 + 0.1 * step for step in range(40)), key=loss)
    return best, loss(best)
