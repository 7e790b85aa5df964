"""Write what is served: encoder, tokenizer, heads, and the manifest that names and checks them."""

import hashlib
import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from relief.classify.encoder import ENCODER_FILE, TOKENIZER_FILE
from relief.classify.model import HEADS_FILE
from train.heads import Heads
from train.matters import Matters
from train.recipe import Recipe
from train.rows import DIMENSIONS, OWN, Row, fingerprint
from train.serious import CODES

_TRAINING_FILE: Final = "training.json"


class Provenance(NamedTuple):
    """What trained a model."""

    rows: list[Row]
    recipes: list[Recipe]
    """Of the fine-tunings whose average it is."""
    before: Path | None = None
    """The model that it went on from, which counts as one more of them, or whose encoder it keeps."""


def write_artefact(work: Path, out: Path, heads: Heads, matters: Matters, provenance: Provenance) -> None:
    """Write the artefact.

    Args:
        work: where encoder and tokenizer lie.
        out: where the artefact goes.
        heads: what scores and names intents.
        matters: what recognises serious matters.
        provenance: what it was trained on, and how.
    """
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
        serious=matters.weights.astype(np.float32),
        serious_bias=matters.bias.astype(np.float32),
    )
    files = {name: _digest(out / name) for name in (ENCODER_FILE, TOKENIZER_FILE, HEADS_FILE)}
    read: dict[str, Any] = {
        "files": files,
        "dimensions": {
            name: {
                "slope": round(float(heads.slope[place]), 6),
                "shift": round(float(heads.shift[place]), 6),
                "middle": round(float(heads.middle[place]), 6),
                "base": round(float(heads.base[place]), 4),
            }
            for place, name in enumerate(DIMENSIONS)
        },
        "intents": heads.intents,
        "serious": dict(zip(CODES.values(), (round(value, 4) for value in matters.thresholds), strict=True)),
        "temperature": round(heads.temperature, 3),
        "pieces_per_word": [round(value, 3) for value in heads.pieces_per_word],
    }
    manifest = {"version": f"minilm-{hashlib.sha256(json.dumps(read).encode()).hexdigest()[:10]}"} | read
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    rows, recipes, before = provenance
    told = {
        "rows": fingerprint(rows),
        "areas": sorted({row.area for row in rows if row.source == OWN}),
        "averaged": [asdict(recipe) for recipe in recipes],
        "with": json.loads((before / _TRAINING_FILE).read_text("utf-8")) if before else None,
    }
    (out / _TRAINING_FILE).write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def trained_areas(folder: Path) -> list[str]:
    """Return the areas of the labelled messages that trained a model."""
    told: dict[str, list[str]] = json.loads((folder / _TRAINING_FILE).read_text("utf-8"))
    return told.get("areas", [])


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
