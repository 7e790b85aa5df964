"""The command: ``python -m train --data FOLDER [--examples FOLDER] [--out FOLDER]``; see ``make train``.

From MiniLM a model with all its layers is trained first. It teaches the one that is served, which keeps a part of them.
``--data`` holds the public sets, or labelled messages of one's own in the format of ``examples/README.md``, or both.
"""

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file

from relief.classify.encoder import Encoder
from train.artefact import Provenance, trained_areas, write_artefact
from train.encoder import WIDTH
from train.export import FULL_FILE
from train.heads import Heads, fit_heads, see
from train.matters import fit_matters, measure_matters
from train.public import MEASURED_ON, load_development, thin
from train.recipe import GOING_ON, SEED, SERVED_LAYERS, SHIPPED, SHORTENED, Recipe
from train.recover import recover_weights
from train.report import area_under_curve, best_f1, calibration_error
from train.rows import DIMENSIONS, Row
from train.sources import Sources, few_of, gather
from train.teach import teach
from train.tune import WEIGHTS_FILE, keep_encoder, tune_encoder, write_encoder

_HERE = Path(__file__).parent
_SHIPPED = _HERE.parent / "model"
_HALF = 0.5


def main() -> int:
    """Train, export, calibrate, write the artefact, and print the figures as one JSON object."""
    options = _options()
    if options.start or options.encoder or options.epochs == 0:
        figures = _train(options)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            teacher = Path(scratch)
            _train(_other(options, out=teacher, layers=None))
            figures = _train(_other(options, start=teacher, layers=options.layers or SERVED_LAYERS))
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0


def _other(options: argparse.Namespace, **given: Any) -> argparse.Namespace:
    return argparse.Namespace(**vars(options) | given)


def _recipes(options: argparse.Namespace) -> list[Recipe]:
    going_on = SHORTENED if options.layers else GOING_ON
    chosen = going_on if options.start else SHIPPED
    if options.small:
        return [replace(chosen[0], epochs=1.0, batch=32, heads_first=0, examples_repeated=1)]
    return [recipe if options.epochs is None else replace(recipe, epochs=options.epochs) for recipe in chosen]


def _train(options: argparse.Namespace) -> dict[str, Any]:
    recipes = _recipes(options)
    sources = gather(options.examples, options.data, SEED, trained_areas(options.start) if options.start else None)
    if options.small:
        sources = few_of(sources, SEED)
    rows, calibration, held_out = sources.rows, sources.calibration, sources.held_out
    sys.stderr.write(f"{len(sources.own)} own, {len(rows)} to train on, {len(calibration)} to calibrate\n")
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        provenance = _make_encoder(options, sources, recipes, work)
        served, full = Encoder(work), Encoder(work, FULL_FILE)
        spoken = [row for row in thin(rows) if row.targets or row.intent]
        heads = fit_heads(served, spoken, calibration, full=full, steady=options.steady)
        matters = fit_matters(served, rows, calibration + sources.serious)
        strangers = (
            [row for name in MEASURED_ON for row in load_development(options.data, name)] if options.data else []
        )
        agreement = _agree(served, full, heads, calibration + held_out + strangers)
        if options.keep:
            shutil.copytree(work, options.keep, dirs_exist_ok=True)
        write_artefact(work, options.out, heads, matters, provenance)
    parts = {"calibration areas": calibration, "held-out areas": held_out}
    encoder = Encoder(options.out)
    figures = {"8 bits against 32": agreement} | _measure(encoder, heads, parts)
    unseen = calibration + sources.serious
    figures["serious matters seen"] = measure_matters(matters, see(encoder, unseen, "serious matters"), unseen)
    (options.out / "figures.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return figures


def _make_encoder(options: argparse.Namespace, sources: Sources, recipes: list[Recipe], work: Path) -> Provenance:
    """Write the encoder that the options ask for, and return where it comes from."""
    if options.encoder and not (options.encoder / WEIGHTS_FILE).exists():
        keep_encoder(options.encoder, work)
        return Provenance(sources.rows, [], options.encoder)
    if options.encoder:
        state = load_file(options.encoder / WEIGHTS_FILE)
    else:
        start = recover_weights(options.start) if options.start else None
        shown = _teach(sources, recipes, options.start) if options.start else sources
        state = tune_encoder(shown, recipes, start, options.layers)
    write_encoder(state, sources.rows, work)
    return Provenance(sources.rows, recipes, options.start)


def _teach(sources: Sources, recipes: list[Recipe], model: Path) -> Sources:
    """Return the messages with those that a trained model speaks of, where recipes show such."""
    most = max(recipe.taught for recipe in recipes)
    return replace(sources, rows=[*sources.rows, *teach(model, sources.texts, most, SEED)]) if most else sources


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m train", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of public sets or of labelled messages")
    parser.add_argument("--examples", type=Path, default=_HERE / "examples", help="our own labelled messages")
    parser.add_argument("--out", type=Path, default=_SHIPPED, help="where the artefact goes")
    parser.add_argument("--start", type=Path, help="go on from a trained model, twice: an hour or two on two cores")
    parser.add_argument("--epochs", type=float, help="of each fine-tuning; 0 leaves the encoder as it is")
    parser.add_argument("--layers", type=int, help="keep so many of the encoder's layers, the first ones")
    parser.add_argument("--keep", type=Path, help="keep the encoder and its weights in 32 bits too, in this folder")
    parser.add_argument(
        "--encoder", type=Path, help="fit heads on the encoder of such a folder, or of a trained model, as it is"
    )
    parser.add_argument(
        "--steady",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="heads that score dialects and spellings more alike, for a little less discernment",
    )
    parser.add_argument("--small", action="store_true", help="try every step on a few hundred rows, in minutes")
    options = parser.parse_args()
    if options.small and options.out == _SHIPPED:
        parser.error(
            "--small tries the steps only: name another folder with --out, or it takes the shipped model's place"
        )
    return options


def _agree(served: Encoder, full: Encoder, heads: Heads, rows: list[Row]) -> dict[str, float]:
    """Compare what is served with the full encoder: likeness of the messages' vectors, and decisions at one half."""
    ours, theirs = see(served, rows, "8 bits"), see(full, rows, "32 bits")
    pairs = np.einsum("ij,ij->i", ours[:, :WIDTH], theirs[:, :WIDTH])
    sizes = np.linalg.norm(ours[:, :WIDTH], axis=1) * np.linalg.norm(theirs[:, :WIDTH], axis=1)
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
