"""The encoder in ONNX Runtime: from a message to its vector and its features."""

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
import tokenizers
from numpy.typing import NDArray

from relief.classify.tokens import Pieces, cut_message

ENCODER_FILE = "encoder.onnx"
TOKENIZER_FILE = "tokenizer.json"

_MASK: Final = "mask"
"""An input that encoders have which were exported to be shown several messages at once."""
_SLOWER: Final = ["SkipLayerNormFusion"]
"""What ONNX Runtime does to be faster and is not: a sum and a normalisation as one take three times as long."""

Vector = NDArray[np.float32]


class Encoder:
    """A loaded encoder. One message at a time: a quantised model's answer would depend on its batch-mates."""

    def __init__(self, folder: Path, name: str = ENCODER_FILE) -> None:
        """Load an encoder and its tokenizer, both on one thread: a Lambda function of this size has hardly more."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(
            str(folder / name), options, ["CPUExecutionProvider"], disabled_optimizers=_SLOWER
        )
        self._masked = any(one.name == _MASK for one in self._session.get_inputs())
        self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def cut(self, text: str, said: str = "") -> Pieces:
        """Return the pieces of a message that comes after what was said."""
        return cut_message(self._tokenizer, said, text)

    def encode(self, pieces: Pieces) -> tuple[Vector, Vector]:
        """Return the message's own vector (length 1), and the features on which the heads are fitted."""
        ids = np.array([pieces.ids], dtype=np.int64)
        segments = np.array([pieces.segments], dtype=np.int64)
        shown = {"ids": ids, "segments": segments}
        if self._masked:
            shown[_MASK] = np.ones_like(ids)
        mean, *others = self._session.run(None, shown)
        return mean[0], np.concatenate([mean[0] * math.sqrt(mean.shape[1]), *(other[0] for other in others)])
