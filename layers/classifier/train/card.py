"""The tables of the model card: slices, calibration and fairness on the held-out areas.

``python -m train.card [--into MODEL_CARD.md]`` prints them, or puts them into the card.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from relief.classify.model import Classifier
from relief.contracts.vocabulary import Dimension
from relief.detect.replay import Row as Conversation
from relief.detect.replay import detect_row
from train.fairness import measure_swaps
from train.report import area_under_curve, calibration_error, put_section
from train.rows import DIMENSIONS, HELD_OUT_AREAS, Row, load_examples

Array = NDArray[np.float64]

_HERE: Final = Path(__file__).parent
_FEWEST: Final = 25
"""A slice of fewer rows says nothing."""
_NATIVE: Final = ("en-US", "en-GB", "en-AU", "en-CA", "en-IE", "en-NZ")
_SHORT: Final = 8
_LONG: Final = 30
_BINS: Final = 5


def main() -> int:
    """Measure the whole of detection with the model, and print Markdown."""
    parser = argparse.ArgumentParser(prog="python -m train.card", description=__doc__)
    parser.add_argument("--model", type=Path, default=_HERE.parent / "model", help="a trained model")
    parser.add_argument("--examples", type=Path, default=_HERE / "examples", help="our own labelled messages")
    parser.add_argument("--areas", default=",".join(HELD_OUT_AREAS), help="the areas to measure on")
    parser.add_argument("--into", type=Path, help="a model card, into which the tables are put")
    options = parser.parse_args()
    classifier = Classifier(options.model)
    classify = classifier.classify
    rows = [row for row in load_examples(options.examples) if row.area in options.areas.split(",")]
    scores = np.array([_scores(row, classify) for row in tqdm(rows, unit="row", mininterval=5)])
    wanted = np.array([[row.targets[name] for name in DIMENSIONS] for row in rows])
    tables = "\n".join(
        [
            f"Whole detection with the model `{classifier.version}`, on {len(rows)} messages. AUROC by slice:",
            "",
            *_slices(rows, scores, wanted),
            "",
            "Mean score and mean label by fifths of the scale, with the number of messages:",
            "",
            *_calibration(scores, wanted),
            "",
            "Mean distance of scores between variants of one sentence:",
            "",
            *_fairness(classify),
            "",
        ]
    )
    if options.into:
        put_section(options.into, "card", tables)
    else:
        sys.stdout.write(tables)
    return 0


def _scores(row: Row, classify: Callable[[str, str], object]) -> list[float]:
    conversation = Conversation.model_validate({"id": row.id, "text": row.text, "history": row.extra.get("history")})
    found = detect_row(conversation, classify).signals.scores()  # type: ignore[arg-type]
    return [found[name] for name in DIMENSIONS]


def _slices(rows: list[Row], scores: Array, wanted: Array) -> Iterator[str]:
    """Yield the AUROC by slice; a dash where one side has too few rows."""
    yield f"| slice | rows | {' | '.join(DIMENSIONS)} |"
    yield "|---" * (len(DIMENSIONS) + 2) + "|"
    slices: dict[str, list[int]] = {"all": list(range(len(rows)))}
    for place, row in enumerate(rows):
        words = len(row.text.split())
        length = "short" if words <= _SHORT else "long" if words >= _LONG else "medium"
        english = "native" if row.extra.get("locale") in _NATIVE else "other"
        for name in (
            f"channel: {row.extra.get('channel')}",
            f"length: {length}",
            f"English of {english} regions" if str(row.extra.get("locale")).startswith("en") else "other locales",
            "with history" if row.extra.get("history") else "without history",
            f"kind: {row.extra.get('kind')}",
        ):
            slices.setdefault(name, []).append(place)
    for name, places in sorted(slices.items()):
        if len(places) >= _FEWEST:
            cells = [_cell(scores[places, column], wanted[places, column]) for column in range(len(DIMENSIONS))]
            yield f"| {name} | {len(places)} | {' | '.join(cells)} |"


def _cell(scores: Array, wanted: Array) -> str:
    positive = int((wanted >= 0.5).sum())  # noqa: PLR2004 - a half is positive
    few = min(positive, len(wanted) - positive) < 5  # noqa: PLR2004 - an AUROC of fewer is chance
    return "-" if few else f"{area_under_curve(scores, wanted):.3f}"


def _calibration(scores: Array, wanted: Array) -> Iterator[str]:
    """Yield for each dimension what was predicted and what was so, by fifths of the scale."""
    edges = [f"{place / _BINS:.1f} to {(place + 1) / _BINS:.1f}" for place in range(_BINS)]
    yield f"| predicted / labelled | {' | '.join(edges)} | expected calibration error |"
    yield "|---" * (_BINS + 2) + "|"
    for column, name in enumerate(DIMENSIONS):
        places = np.minimum((scores[:, column] * _BINS).astype(int), _BINS - 1)
        cells = []
        for place in range(_BINS):
            inside = places == place
            pair = f"{scores[inside, column].mean():.2f} / {wanted[inside, column].mean():.2f}" if inside.any() else "-"
            cells.append(f"{pair} ({inside.sum()})")
        error = calibration_error(scores[:, column], wanted[:, column])
        yield f"| {name} | {' | '.join(cells)} | {error:.3f} |"


def _fairness(classify: Callable[[str, str], object]) -> Iterator[str]:
    """Yield how far scores move on average when a name, a region or a dialect is swapped."""
    yield f"| swapped | sentences | {' | '.join(DIMENSIONS)} |"
    yield "|---" * (len(DIMENSIONS) + 2) + "|"
    for name, (number, moved) in measure_swaps(classify).items():  # type: ignore[arg-type]
        cells = [f"{moved[Dimension(one)]:.3f}" for one in DIMENSIONS]
        yield f"| {name} | {number} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
