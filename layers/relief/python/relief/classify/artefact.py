"""The model artefact: what belongs to it, and that it is whole."""

import hashlib
import json
import math
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from relief.contracts.model import Contract, Score
from relief.contracts.vocabulary import EvidenceCode
from relief.errors import ReliefError

_MANIFEST = "manifest.json"
_FARTHEST = 30.0
"""Log-odds beyond this make no difference to a score."""


class ModelUnusable(ReliefError):
    """The model is missing, damaged or of another make. Detection goes on without it and says so."""


class Calibration(Contract):
    """How the logit of one dimension becomes its score, by way of ``scaled``, which is ``slope`` x logit + ``shift``.

    Messages are labelled 0, one half or 1, and the score is the mean of two probabilities: that the label is at least
    one half, logistic(``scaled`` + ``middle``), and that it is 1, logistic(``scaled`` - ``middle``). The wider the
    ``middle``, the more messages are neither one nor the other; where it is 0 this is Platt scaling.

    Sources: J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999; P. McCullagh, "Regression Models for
    Ordinal Data", 1980, whose odds are proportional likewise. ``base`` is the mean label where nothing is known of the
    message.
    """

    slope: Annotated[float, Field(gt=0)]
    shift: float
    middle: Annotated[float, Field(ge=0)] = 0.0
    base: Score

    def log_odds(self, logit: float) -> float:
        """Return the log-odds of the score that belongs to what the head says."""
        scaled = max(-_FARTHEST, min(_FARTHEST, self.slope * logit + self.shift))
        odds, neither = math.exp(scaled), math.cosh(self.middle)
        return scaled + math.log((neither + odds) / (1 + odds * neither))


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
