"""Learn how words, history and classifier are weighed together: ``python -m train.fusion --model FOLDER``.

Prints the section ``with_classifier`` of ``relief/detect/weights.yaml``. The rows must be of product areas on which the
classifier was not trained: on those that it knows it is surer than it will be in service.
"""

import argparse
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from relief.classify.model import Classifier
from relief.contracts.signals import Classification
from relief.contracts.vocabulary import Dimension, EvidenceCode, Source
from relief.detect import fuse
from relief.detect.classifier import ALONE
from relief.detect.findings import Finding
from relief.detect.odds import logit
from relief.detect.replay import Row, detect_row
from relief.detect.weights import shipped_weights
from train.rows import CALIBRATION_AREAS, read_json_lines

Array = NDArray[np.float64]

_HERE: Final = Path(__file__).parent
_PARTS: Final = ("words", "history", "carried", "classifier")
_START: Final = np.array([0.5, 0.5, 0.5, 0.8])
_PULL: Final = 0.002
"""Weight of staying near the start: keeps a factor that few rows speak of from running away."""


class Recorder:
    """Notes what the last turn of each row was weighed from."""

    def __init__(self) -> None:
        """Put itself between detection and fusion."""
        self.last: tuple[list[Finding], Classification | None] = ([], None)
        self._fuse: Callable[..., Any] = fuse.fuse

    def __call__(self, findings: list[Finding], classification: Classification | None, previous: Any) -> Any:
        """Note the findings, and weigh them as ever."""
        self.last = (findings, classification)
        return self._fuse(findings, classification, previous)


def main() -> int:
    """Learn the factors of every dimension and print them."""
    parser = argparse.ArgumentParser(prog="python -m train.fusion", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="a trained model")
    parser.add_argument("--examples", type=Path, default=_HERE / "examples", help="labelled messages")
    parser.add_argument("--areas", default=",".join(CALIBRATION_AREAS), help="product areas it was not trained on")
    options = parser.parse_args()
    classify = cache(Classifier(options.model).classify)
    documents = [
        document
        for area in options.areas.split(",")
        for document in read_json_lines(options.examples / f"{area}.jsonl")
    ]
    seen = _record([Row.model_validate(document) for document in documents], classify)
    sys.stdout.write(f"  # {len(documents)} messages\n")
    for dimension in Dimension:
        wanted = np.array([float(document["labels"][dimension.value]) for document in documents])
        features = np.array([_features(dimension, *one) for one in seen])
        bias, factors = _learn(features, wanted, shipped_weights().dimensions[dimension].bias)
        shown = ", ".join(f"{name}: {value:.2f}" for name, value in zip(_PARTS, factors, strict=True))
        sys.stdout.write(f"    {dimension.value}: {{bias: {bias:.2f}, {shown}}}\n")
    return 0


def _record(
    rows: list[Row], classify: Callable[[str, str], Classification]
) -> list[tuple[list[Finding], Classification | None]]:
    from relief.detect import turn  # noqa: PLC0415 - its name is replaced below

    recorder = Recorder()
    seen = []
    original, turn.fuse = turn.fuse, recorder
    try:
        for row in rows:
            detect_row(row, classify)
            seen.append(recorder.last)
    finally:
        turn.fuse = original
    return seen


def _features(dimension: Dimension, findings: list[Finding], classification: Classification | None) -> list[float]:
    """Return what each part says in log-odds, and then what is not to be learned: telemetry."""
    items = fuse.weigh(dimension, findings, ALONE)
    by_source = {source: sum(item.weight for item in items if item.source is source) for source in Source}
    carried = sum(item.weight for item in items if item.code is EvidenceCode.CARRIED_OVER)
    score = classification.scores[dimension] if classification else 0.5
    said = logit(score) - shipped_weights().dimensions[dimension].bias
    seen = by_source[Source.history] - carried
    return [by_source[Source.lexical], seen, carried, said, by_source[Source.telemetry]]


def _learn(features: Array, wanted: Array, bias: float) -> tuple[float, Array]:
    """Return bias and factors with the least cross-entropy; factors are squares, so that none is below 0."""

    def loss(given: Array) -> float:
        logits = given[0] + features[:, :-1] @ given[1:] ** 2 + features[:, -1]
        pull = float(np.sum((given[1:] ** 2 - _START) ** 2))
        return float(np.mean(np.logaddexp(0, logits) - wanted * logits)) + _PULL * pull

    found = minimize(loss, np.concatenate([[bias], np.sqrt(_START)]), method="BFGS").x
    return float(found[0]), found[1:] ** 2


if __name__ == "__main__":
    sys.exit(main())
