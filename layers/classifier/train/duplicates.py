"""Find labelled messages that say the same as another: ``python -m train.duplicates [--drop] FOLDER``.

Two messages are near duplicates when their vectors have a cosine over ``CLOSENESS`` and they come after the same lines.
The same words after other lines are no duplicate: such pairs are there on purpose. Without a letter, as in emoji, only
equal ones are.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from train.encoder import Pooled, encode_pairs, load_encoder, locate_weights
from train.rows import Row, load_examples

CLOSENESS: Final = 0.92
_BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class Pair:
    """A message, the earlier one that it repeats, and how close they are."""

    repeats: Row
    first: Row
    cosine: float


def find_duplicates(rows: list[Row]) -> list[Pair]:
    """Return every row that is a near duplicate of an earlier one, with the first such."""
    network = Pooled(load_encoder(locate_weights())[0]).eval()
    vectors = _vectors(network, [row.text for row in rows])
    pairs: list[Pair] = []
    for place, row in enumerate(rows):
        closeness = vectors[:place] @ vectors[place]
        for nearest in np.flatnonzero(closeness >= CLOSENESS):
            first = rows[int(nearest)]
            if row.extra["history"] == first.extra["history"] and _readable(row.text) == _readable(first.text):
                pairs.append(Pair(row, first, float(closeness[nearest])))
                break
    return pairs


def _readable(text: str) -> str:
    """Return nothing for a text that the encoder can read, and one that it cannot as it is."""
    return "" if any(letter.isalpha() for letter in text) else text


def _vectors(network: Pooled, texts: list[str]) -> NDArray[np.float32]:
    _, tokenizer = load_encoder(locate_weights())
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    vectors = np.zeros((len(texts), 384), dtype=np.float32)
    with torch.no_grad():
        for start in range(0, len(order), _BATCH):
            places = order[start : start + _BATCH]
            batch = encode_pairs(tokenizer, [("", texts[place]) for place in places])
            vectors[places] = network(batch.ids, batch.mask, batch.segments)[0].numpy()
    return vectors


def main() -> int:
    """List near duplicates, one JSON object a line; 1 where there are any that were not dropped."""
    parser = argparse.ArgumentParser(prog="python -m train.duplicates", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--drop", action="store_true", help="rewrite the files without the later one of each pair")
    options = parser.parse_args()
    pairs = find_duplicates(load_examples(options.folder))
    for pair in pairs:
        shown = {
            "cosine": round(pair.cosine, 3),
            "id": pair.repeats.id,
            "like": pair.first.id,
            "text": pair.repeats.text,
        }
        sys.stdout.write(json.dumps(shown, ensure_ascii=False) + "\n")
    if options.drop:
        _drop(options.folder, {pair.repeats.id for pair in pairs})
    return 1 if pairs and not options.drop else 0


def _drop(folder: Path, identifiers: set[str]) -> None:
    for path in folder.glob("*.jsonl"):
        lines = path.read_text("utf-8").splitlines()
        kept = [line for line in lines if json.loads(line)["id"] not in identifiers]
        path.write_text("".join(f"{line}\n" for line in kept), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
