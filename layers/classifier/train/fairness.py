"""Swap what must not matter (a name, a region, a dialect) in the same sentence, and see how far the scores move."""

from itertools import combinations
from pathlib import Path
from statistics import mean
from typing import Final

import yaml

from relief.contracts.vocabulary import Dimension
from relief.detect.replay import Classify, Row, detect_row

_FILE: Final = Path(__file__).with_name("fairness.yaml")

Moved = dict[Dimension, float]


def measure_swaps(classify: Classify) -> dict[str, tuple[int, Moved]]:
    """Return for each kind of swap the number of sentences and the mean distance of scores between variants.

    The distance is that of detection as a whole, averaged over all pairs of a sentence's variants, then over sentences.
    """
    kinds: dict[str, dict[str, list[str]]] = yaml.safe_load(_FILE.read_text("utf-8"))
    return {name: _measure(_variants(kind), classify) for name, kind in kinds.items()}


def _variants(kind: dict[str, list[str]]) -> list[list[str]]:
    """Return the variants of each sentence: with each word put in, or written out."""
    if "words" in kind:
        return [[sentence.replace("{}", word) for word in kind["words"]] for sentence in kind["sentences"]]
    return [line.split(" | ") for line in kind["pairs"]]


def _measure(sentences: list[list[str]], classify: Classify) -> tuple[int, Moved]:
    distances: dict[Dimension, list[float]] = {dimension: [] for dimension in Dimension}
    for variants in sentences:
        found = [detect_row(Row(id="swap", text=text), classify).signals.scores() for text in variants]
        for dimension in Dimension:
            pairs = combinations([one[dimension.value] for one in found], 2)
            distances[dimension].append(mean(abs(one - other) for one, other in pairs))
    return len(sentences), {dimension: mean(found) for dimension, found in distances.items()}
