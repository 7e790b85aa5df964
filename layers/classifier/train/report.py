"""Figures of merit, each from its definition: AUROC, best F1, calibration error, rank correlation."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.metrics import precision_recall_curve, roc_auc_score

Array = NDArray[np.float64]

_BINS = 10
_POSITIVE = 0.5


def area_under_curve(scores: Array, wanted: Array) -> float:
    """Return the AUROC; a target of one half counts as positive."""
    sides = wanted >= _POSITIVE
    return float(roc_auc_score(sides, scores)) if 0 < sides.sum() < len(sides) else float("nan")


def best_f1(scores: Array, wanted: Array) -> float:
    """Return the best F1 over all thresholds; a target of one half counts as positive."""
    precision, recall, _ = precision_recall_curve(wanted >= _POSITIVE, scores)
    return float(np.max(2 * precision * recall / np.maximum(precision + recall, 1e-9)))


def calibration_error(scores: Array, wanted: Array) -> float:
    """Return the expected calibration error with ten bins of equal width.

    Source: C. Guo and others, "On Calibration of Modern Neural Networks", 2017.
    """
    places = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    error = 0.0
    for place in range(_BINS):
        inside = places == place
        if inside.any():
            error += inside.mean() * abs(scores[inside].mean() - wanted[inside].mean())
    return float(error)


def rank_correlation(scores: Array, wanted: Array) -> float:
    """Return Spearman's rank correlation."""
    return float(spearmanr(scores, wanted).statistic)


def put_section(document: Path, name: str, text: str) -> None:
    """Put text between the marks ``<!-- name -->`` and ``<!-- end of name -->`` of a document.

    Raises:
        ValueError: the document lacks the marks.
    """
    before = document.read_text("utf-8")
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    after, found = marks.subn(lambda match: f"{match[1]}{text.strip()}\n{match[2]}", before)
    if not found:
        message = f"{document} has no place for {name!r}: put <!-- {name} --> and <!-- end of {name} --> where it goes"
        raise ValueError(message)
    document.write_text(after, "utf-8")
