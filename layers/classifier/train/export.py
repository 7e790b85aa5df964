"""Write the encoder as ONNX, 32 bits and 8, with pooling and normalisation inside the graph."""

import copy
import math
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from transformers import PreTrainedModel

from train.encoder import Pooled

FULL_FILE = "encoder.fp32.onnx"
"""The encoder with 32 bits, which is not shipped."""

_OPSET = 17
_RUNTIME = "com.microsoft"


class _Attend(torch.autograd.Function):
    """Self-attention over every token, as one operator of ONNX Runtime: a tenth quicker than its parts."""

    @staticmethod
    def forward(_context: Any, hidden: Tensor, weight: Tensor, bias: Tensor, heads: int) -> Tensor:
        """Return what the operator returns."""
        rows, tokens, width = hidden.shape
        parts = (hidden @ weight + bias).view(rows, tokens, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        query, key, value = parts
        shares = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(width // heads), -1)
        return (shares @ value).transpose(1, 2).reshape(rows, tokens, width)

    @staticmethod
    def symbolic(graph: Any, hidden: Any, weight: Any, bias: Any, heads: int) -> Any:
        """Return the operator."""
        return graph.op(f"{_RUNTIME}::Attention", hidden, weight, bias, num_heads_i=heads).setType(hidden.type())


class _Attention(nn.Module):
    """The three projections of an attention as one, and no mask."""

    def __init__(self, spelt_out: Any, heads: int) -> None:
        super().__init__()
        parts = [spelt_out.query, spelt_out.key, spelt_out.value]
        self.weight = nn.Parameter(torch.cat([part.weight for part in parts]).T.contiguous())
        self.bias = nn.Parameter(torch.cat([part.bias for part in parts]))
        self.heads = heads

    def forward(self, hidden: Tensor, *_: Any, **__: Any) -> tuple[Tensor, None]:
        return _Attend.apply(hidden, self.weight, self.bias, self.heads), None


class _Served(nn.Module):
    """The encoder as it is served: one message at a time, hence nothing padded and nothing to mask."""

    def __init__(self, encoder: PreTrainedModel) -> None:
        super().__init__()
        copied: Any = copy.deepcopy(encoder)
        for layer in copied.encoder.layer:
            layer.attention.self = _Attention(layer.attention.self, copied.config.num_attention_heads)
        self.pooled = Pooled(copied)

    def forward(self, ids: Tensor, segments: Tensor) -> tuple[Tensor, Tensor]:
        return self.pooled(ids, None, segments)


def export_encoder(pooled: Pooled, path: Path) -> None:
    """Write the encoder with 32-bit weights."""
    served = _Served(pooled.encoder).eval()
    ids = torch.tensor([[101, 7592, 102, 2088, 102]])
    segments = torch.tensor([[0, 0, 0, 1, 1]])
    names = ["ids", "segments"]
    torch.onnx.export(
        served,
        (ids, segments),
        str(path),
        input_names=names,
        output_names=["mean", "first"],
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names}
        | {"mean": {0: "batch"}, "first": {0: "batch"}},
        opset_version=_OPSET,
        custom_opsets={_RUNTIME: 1},
        dynamo=False,
    )


def quantise(source: Path, target: Path) -> None:
    """Write the weights of matrix products and embeddings with 8 bits, a scale for each channel.

    Per tensor and 4 bits lose too much (measured: cosine to the full model below .96).
    """
    quantize_dynamic(
        str(source),
        str(target),
        per_channel=True,
        weight_type=QuantType.QInt8,
        extra_options={"MatMulConstBOnly": True},
    )
