"""The classifier: five calibrated probabilities, the intent and an embedding from one pass through the encoder."""

import base64
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from relief.classify.artefact import ModelUnusable, read_manifest
from relief.classify.encoder import Vector
from relief.classify.loading import Loading, begin_loading, locate_model
from relief.classify.scale import logistic, spread
from relief.classify.tokens import Pieces
from relief.contracts.signals import Classification, IntentCandidate
from relief.contracts.vocabulary import Dimension, EvidenceCode

HEADS_FILE: Final = "heads.npz"
_MOST_INTENTS: Final = 5
_QUANTISED_ONE: Final = 127 * 4
"""The values of a vector of length 1 lie well within a quarter of it; what is over is cut."""
_TINY: Final = 1e-9


class Classifier:
    """A loaded model."""

    def __init__(self, folder: Path, loading: Loading | None = None) -> None:
        """Load a model.

        Args:
            folder: where it lies.
            loading: its encoder, where loading that has begun already.

        Raises:
            ModelUnusable: the model is missing, damaged, or cannot be served here.
        """
        loading = loading or Loading(folder)
        # The files are checked while the encoder is loaded, and before it answers anything.
        self._manifest = read_manifest(folder)
        try:
            self._encoder = loading.finish()
        except Exception as error:  # the runtime's own errors have no common base
            message = f"The model {self._manifest.version} cannot be loaded: {type(error).__name__}."
            raise ModelUnusable(message) from error
        heads = np.load(folder / HEADS_FILE, allow_pickle=False)
        self._dimensions = heads["dimensions"], heads["dimensions_bias"]
        scales = [(one.slope, one.shift, one.middle, one.base) for one in self._manifest.dimensions.values()]
        *self._scale, base = np.array(scales).T
        self._base = np.log(base / (1 - base))
        self._intents = heads["intents"], heads["intents_bias"]
        self._directions = heads["directions"]
        self._serious = (heads["serious"], heads["serious_bias"]) if self._manifest.serious else None

    @property
    def version(self) -> str:
        """The version that decisions are stamped with."""
        return self._manifest.version

    def classify(self, text: str, said: str = "") -> Classification:
        """Score one redacted message, with what bot or agent said last before it."""
        pieces = self._encoder.cut(text, said)
        mean, features = self._encoder.encode(pieces)
        understood = self._understood(pieces)
        return Classification(
            scores=self._score(features, understood),
            intents=self._name_intents(features, understood),
            embedding=self._shrink(mean),
            model=self.version,
            understood=round(understood, 3),
            serious=self._name_matters(features, understood),
        )

    def _understood(self, pieces: Pieces) -> float:
        """Return how much of the message the model can read, by script and by how finely its words had to be cut."""
        plain, foreign = self._manifest.pieces_per_word
        cut = (pieces.pieces_per_word - plain) / (foreign - plain)
        return (1.0 - max(0.0, min(1.0, cut))) * (1.0 - pieces.unreadable)

    def _score(self, features: Vector, understood: float) -> dict[Dimension, float]:
        """Calibrate the logits; what is not understood leaves the base rate."""
        weights, bias = self._dimensions
        known = spread((features @ weights + bias).astype(np.float64), *self._scale)
        scores = logistic(understood * known + (1 - understood) * self._base)
        return {Dimension(name): score for name, score in zip(self._manifest.dimensions, scores.tolist(), strict=True)}

    def _name_matters(self, features: Vector, understood: float) -> dict[EvidenceCode, float]:
        """Return the serious matters that are likely enough, each with its probability."""
        if self._serious is None:
            return {}
        weights, bias = self._serious
        likely = (understood * logistic((features @ weights + bias).astype(np.float64))).tolist()
        named = zip(self._manifest.serious.items(), likely, strict=True)
        return {code: round(share, 4) for (code, threshold), share in named if share >= threshold}

    def _name_intents(self, features: Vector, understood: float) -> list[IntentCandidate]:
        weights, bias = self._intents
        logits = (features @ weights + bias) / self._manifest.temperature
        shares = np.exp(logits - logits.max())
        shares = shares / shares.sum()
        even = (1 - understood) / len(shares)
        ranked = sorted(zip(self._manifest.intents, shares, strict=True), key=lambda pair: -pair[1])
        return [
            IntentCandidate(name=name, confidence=round(float(share) * understood + even, 4))
            for name, share in ranked[:_MOST_INTENTS]
        ]

    def _shrink(self, vector: Vector) -> str:
        """Return the message's vector in few directions and one byte each, for comparison by cosine."""
        few = vector @ self._directions
        few = few / max(float(np.linalg.norm(few)), _TINY)
        small = np.clip(np.rint(few * _QUANTISED_ONE), -127, 127).astype(np.int8)
        return base64.b64encode(small.tobytes()).decode("ascii")


@cache
def load_classifier() -> Classifier:
    """Return the installed model, loaded once.

    Raises:
        ModelUnusable: there is none, or it cannot be served here.
    """
    folder = locate_model()
    return Classifier(folder, begin_loading(folder))
