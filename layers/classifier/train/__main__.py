"""The command: ``python -m train --data FOLDER [--examples FOLDER] [--out FOLDER]``; see ``make train``.

``--data`` holds the public sets, or labelled messages of one's own in the format of ``examples/README.md``, or both.
"""

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from relief.classify.encoder import ENCODER_FILE, TOKENIZER_FILE, Encoder
from relief.classify.model import HEADS_FILE
from train.encoder import Network, Pooled, load_encoder, locate_weights
from train.export import export_encoder, quantise
from train.fit import Recipe, fit
from train.heads import Heads, fit_heads, see
from train.public import load_public
from train.report import area_under_curve, best_f1, calibration_error
from train.rows import CALIBRATION_AREAS, DIMENSIONS, HELD_OUT_AREAS, Row, fingerprint, load_examples

_HERE = Path(__file__).parent
_FULL = "encoder.fp32.onnx"
_HALF = 0.5


def main() -> int:
    """Train, export, calibrate, write the artefact, and print the figures as one JSON object."""
    options = _options()
    recipe = Recipe(epochs=options.epochs)
    own = load_examples(options.examples) + (load_examples(options.data) if options.data else [])
    public = load_public(options.data, recipe.seed) if options.data else {}
    training = [row for row in own if row.area not in {*HELD_OUT_AREAS, *CALIBRATION_AREAS}]
    calibration = [row for row in own if row.area in CALIBRATION_AREAS]
    held_out = [row for row in own if row.area in HELD_OUT_AREAS]
    rows = training + [row for found in public.values() for row in found]
    sys.stderr.write(f"{len(training)} own, {len(rows) - len(training)} public, {len(calibration)} to calibrate\n")
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        if options.encoder:
            for name in (ENCODER_FILE, TOKENIZER_FILE, _FULL):
                if (options.encoder / name).exists():
                    shutil.copy(options.encoder / name, work / name)
        else:
            _train_encoder(rows, own, recipe, work)
        served = Encoder(work)
        heads = fit_heads(served, [row for row in rows if row.targets or row.intent], calibration)
        full = Encoder(work, _FULL) if (work / _FULL).exists() else None
        agreement = _agree(served, full, heads, calibration + held_out) if full else None
        if options.keep:
            shutil.copytree(work, options.keep, dirs_exist_ok=True)
        _write(work, options.out, heads, fingerprint(rows), recipe)
    parts = {"calibration areas": calibration, "held-out areas": held_out}
    compared = {"8 bits against 32": agreement} if agreement else {}
    figures = compared | _measure(Encoder(options.out), heads, parts)
    (options.out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0


def _train_encoder(rows: list[Row], own: list[Row], recipe: Recipe, work: Path) -> None:
    """Fine-tune the encoder, and write it with 32 bits, with 8 bits, and its tokenizer."""
    weights = locate_weights()
    shutil.copy(weights / TOKENIZER_FILE, work / TOKENIZER_FILE)
    encoder, tokenizer = load_encoder(weights)
    pooled = Pooled(encoder)
    if recipe.epochs > 0:
        labels = {
            "intent": sorted({row.intent for row in own if row.intent}),
            "emotions": sorted({name for row in rows for name in row.emotions or ()}),
        }
        sizes = {"dimensions": len(DIMENSIONS)} | {name: max(1, len(names)) for name, names in labels.items()}
        network = Network(encoder, sizes)
        fit(network, Pooled(load_encoder(weights)[0]), tokenizer, rows, labels, recipe)
        pooled = network.pooled
    export_encoder(pooled, work / _FULL)
    quantise(work / _FULL, work / ENCODER_FILE)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of public sets or of labelled messages")
    parser.add_argument("--examples", type=Path, default=_HERE / "examples", help="our own labelled messages")
    parser.add_argument("--out", type=Path, default=_HERE.parent / "model", help="where the artefact goes")
    parser.add_argument("--epochs", type=float, default=2.0, help="0 leaves the encoder as it is")
    parser.add_argument("--keep", type=Path, help="keep the encoder in 32 bits too, in this folder")
    parser.add_argument("--encoder", type=Path, help="fit heads on the encoder of such a folder, which is not trained")
    return parser.parse_args()


def _write(work: Path, out: Path, heads: Heads, trained_on: str, recipe: Recipe) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in (ENCODER_FILE, TOKENIZER_FILE):
        shutil.copy(work / name, out / name)
    np.savez(
        out / HEADS_FILE,
        dimensions=heads.weights.astype(np.float32),
        dimensions_bias=heads.bias.astype(np.float32),
        directions=heads.directions.astype(np.float32),
        intents=heads.intent_weights.astype(np.float32),
        intents_bias=heads.intent_bias.astype(np.float32),
    )
    files = {name: _digest(out / name) for name in (ENCODER_FILE, TOKENIZER_FILE, HEADS_FILE)}
    whole = hashlib.sha256("".join(files.values()).encode()).hexdigest()
    manifest: dict[str, Any] = {
        "version": f"minilm-{whole[:10]}",
        "files": files,
        "dimensions": {
            name: {
                "slope": round(float(heads.slope[place]), 6),
                "shift": round(float(heads.shift[place]), 6),
                "base": round(float(heads.base[place]), 4),
            }
            for place, name in enumerate(DIMENSIONS)
        },
        "intents": heads.intents,
        "temperature": round(heads.temperature, 3),
        "pieces_per_word": [round(value, 3) for value in heads.pieces_per_word],
    }
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    provenance = {"rows": trained_on, "recipe": asdict(recipe)}
    (out / "training.json").write_text(json.dumps(provenance, indent=1) + "\n", "utf-8")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _agree(served: Encoder, full: Encoder, heads: Heads, rows: list[Row]) -> dict[str, float]:
    """Compare what is served with the full encoder: likeness of the messages' vectors, and decisions at one half."""
    ours, theirs = see(served, rows, "8 bits"), see(full, rows, "32 bits")
    width = ours.shape[1] // 2
    pairs = np.einsum("ij,ij->i", ours[:, :width], theirs[:, :width])
    sizes = np.linalg.norm(ours[:, :width], axis=1) * np.linalg.norm(theirs[:, :width], axis=1)
    sides = (heads.probabilities(ours) >= _HALF) == (heads.probabilities(theirs) >= _HALF)
    return {
        "rows": len(rows),
        "mean_cosine": round(float(np.mean(pairs / sizes)), 4),
        "same_side_of_half": round(float(np.mean(sides)), 4),
    }


def _measure(encoder: Encoder, heads: Heads, parts: dict[str, list[Row]]) -> dict[str, Any]:
    """Return the figures of the classifier alone, by part and dimension."""
    figures: dict[str, Any] = {}
    for part, rows in parts.items():
        if not rows:
            continue
        features = see(encoder, rows, part)
        scores = heads.probabilities(features)
        figures[part] = {"rows": len(rows)}
        for place, name in enumerate(DIMENSIONS):
            wanted = np.array([row.targets[name] for row in rows])
            figures[part][name] = {
                "auroc": round(area_under_curve(scores[:, place], wanted), 4),
                "best_f1": round(best_f1(scores[:, place], wanted), 4),
                "calibration_error": round(calibration_error(scores[:, place], wanted), 4),
            }
        named = (features @ heads.intent_weights + heads.intent_bias).argmax(axis=1)
        right = [heads.intents[place] == row.intent for place, row in zip(named, rows, strict=True)]
        figures[part]["intent_accuracy"] = round(float(np.mean(right)), 4)
    return figures


if __name__ == "__main__":
    sys.exit(main())
