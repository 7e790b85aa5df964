"""Let a trained model say of public messages what nobody has labelled, for its successor to learn from.

Source: Q. Xie and others, "Self-training with Noisy Student improves ImageNet classification", 2020.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tqdm import tqdm

from relief.classify.model import Classifier
from relief.contracts.vocabulary import Dimension
from train.rows import DIMENSIONS, Row, sample

TAUGHT: Final = "taught"
"""The source of public messages with what a trained model makes of them."""
_WEIGHT: Final = 0.5
"""How much a model's word counts beside a person's."""


def teach(model: Path, rows: Iterable[Row], most: int, seed: int) -> list[Row]:
    """Return some of the texts with the dimensions that nobody has labelled, as a trained model sees them.

    Args:
        model: the trained model.
        rows: public messages, each text of which counts once.
        most: so many of them at most.
        seed: draws them.
    """
    unlabelled = {row.text: row for row in rows if not row.targets.keys() >= set(DIMENSIONS)}
    classifier = Classifier(model)
    taught: list[Row] = []
    for row in tqdm(sample(unlabelled.values(), most, seed), desc="taught", unit="row", mininterval=5):
        scores = classifier.classify(row.text).scores
        seen = {name: scores[Dimension(name)] for name in DIMENSIONS if name not in row.targets}
        taught.append(Row(f"{TAUGHT}-{row.id}", TAUGHT, row.text, targets=seen, weight=_WEIGHT))
    return taught
