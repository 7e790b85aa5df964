"""Read the weights of a trained model back from what is served, so that training can go on from it.

The full weights are not shipped. What 8 bits keep of them is what the model answers with, and a few steps of training
lose no more by starting there.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from relief.classify.encoder import ENCODER_FILE
from train.encoder import load_encoder, locate_weights

_UNTRAINED: Final = "embeddings.word_embeddings.weight"
"""The word pieces' vectors are those that training started from: they need not be read from 8 bits."""
_PARTS: Final = ("query", "key", "value")
_PRODUCTS: Final = ("attention.output.dense", "intermediate.dense", "output.dense")
"""The matrix products of a layer in the order of the graph, where they have lost their names."""
_NAMELESS: Final = "onnx::MatMul"
_SMALL: Final = "_quantized"
_WORDING: Final = "wording.weight"
_STORED: Final = "encoder."
"""What stands before the names of the encoder's own weights."""


class UnreadableModelError(Exception):
    """A model's encoder is none that this training wrote."""


def recover_weights(folder: Path) -> dict[str, Tensor]:
    """Return the weights of a model's encoder in 32 bits.

    Args:
        folder: a trained model.

    Raises:
        UnreadableModelError: its encoder has other parts than this training gives one.
    """
    graph = onnx.load(str(folder / ENCODER_FILE)).graph
    kept = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
    layers = sum(name.startswith(_NAMELESS) and name.endswith(_SMALL) for name in kept) // len(_PRODUCTS)
    state = load_encoder(locate_weights(), layers)[0].state_dict()
    found = {name: torch.from_numpy(values.copy()) for name, values in _named(kept, layers).items()}
    found[_UNTRAINED] = state[_UNTRAINED]
    for name, value in state.items():
        if name not in found or found[name].shape != value.shape:
            message = f"{folder / ENCODER_FILE} holds no weights {name} of the shape {tuple(value.shape)}"
            raise UnreadableModelError(message)
    return {name: found[name].to(value.dtype).contiguous() for name, value in state.items()}


def recover_wording(folder: Path) -> Tensor:
    """Return what a model's encoder takes each word piece to say of politeness."""
    graph = onnx.load(str(folder / ENCODER_FILE)).graph
    return torch.from_numpy(_widen({one.name: numpy_helper.to_array(one) for one in graph.initializer}, _WORDING)[:, 0])


def _named(kept: dict[str, Any], layers: int) -> dict[str, Any]:
    """Return every weight by the name it has in training, matrices turned the way they are there."""
    found = {name.removeprefix(_STORED): value for name, value in kept.items() if value.dtype == np.float32}
    whole = {name.removesuffix(_SMALL): _widen(kept, name.removesuffix(_SMALL)) for name in kept if _SMALL in name}
    nameless = [value for name, value in whole.items() if name.startswith(_NAMELESS)]
    found |= {name.removeprefix(_STORED): value for name, value in whole.items()}
    for layer in range(layers):
        own = f"encoder.layer.{layer}"
        for place, part in enumerate(_PRODUCTS):
            found[f"{own}.{part}.weight"] = nameless[layer * len(_PRODUCTS) + place].T
        together = found.pop(f"{own}.attention.self.weight"), found.pop(f"{own}.attention.self.bias")
        matrices, offsets = np.split(together[0], len(_PARTS), axis=1), np.split(together[1], len(_PARTS))
        for part, matrix, offset in zip(_PARTS, matrices, offsets, strict=True):
            found[f"{own}.attention.self.{part}.weight"] = matrix.T
            found[f"{own}.attention.self.{part}.bias"] = offset
    return found


def _widen(kept: dict[str, Any], name: str) -> Any:
    """Return a matrix in 32 bits: its small numbers, less the zero point, times the scale of each column."""
    small = kept[f"{name}{_SMALL}"].astype(np.float32) - kept[f"{name}_zero_point"].astype(np.float32)
    return (small * kept[f"{name}_scale"]).astype(np.float32)
