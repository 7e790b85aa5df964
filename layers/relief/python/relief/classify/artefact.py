"""The model artefact: what belongs to it, and that it is whole."""

import hashlib
import json
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from relief.contracts.model import Contract, Score
from relief.contracts.vocabulary import EvidenceCode
from relief.errors import ReliefError

_MANIFEST = "manifest.json"


class ModelUnusable(ReliefError):
    """The model is missing, damaged or of another make. Detection goes on without it and says so."""


class Calibration(Contract):
    """How the logit of one dimension becomes its score, by :func:`relief.classify.scale.spread`.

    ``base`` is the mean label where nothing is known of the message.
    """

    slope: Annotated[float, Field(gt=0)]
    shift: float
    middle: Annotated[float, Field(ge=0)] = 0.0
    base: Score


class Manifest(Contract):
    """What belongs to a model, and the numbers that its heads need."""

    version: Annotated[str, Field(min_length=1, max_length=64)]
    files: Annotated[dict[str, str], Field(description="SHA-256 by file name.")]
    dimensions: dict[str, Calibration]
    intents: Annotated[list[str], Field(min_length=2)]
    temperature: Annotated[float, Field(gt=0)]
    serious: Annotated[
        dict[EvidenceCode, Score], Field(description="Serious matters, with the probability from which on each counts.")
    ] = {}
    pieces_per_word: Annotated[
        tuple[float, float], Field(description="Up to the first a message is plain English; from the second it is not.")
    ]


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest and check every file that it names.

    Raises:
        ModelUnusable: there is none, or a file is missing or differs from what was trained.
    """
    try:
        manifest = Manifest.model_validate(json.loads((folder / _MANIFEST).read_bytes()))
        for name, expected in manifest.files.items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
                message = f"The model file {name} is not the one that belongs to version {manifest.version}."
                raise ModelUnusable(message)
    except (OSError, ValueError, ValidationError) as error:
        message = f"No usable model in {folder}: {type(error).__name__}."
        raise ModelUnusable(message) from error
    return manifest
