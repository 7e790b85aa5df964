"""Write the encoder as ONNX, 32 bits and 8, with pooling and normalisation inside the graph."""

import copy
import math
from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from transformers import PreTrainedModel

from train.encoder import WIDTH

FULL_FILE = "encoder.fp32.onnx"
"""The encoder with 32 bits, which is not shipped."""

_OPSET = 17
_RUNTIME = "com.microsoft"
_YIELDS = ["mean", "first", "inner", "wording"]


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
    """The encoder as it is served: one message at a time, hence nothing padded and nothing to mask.

    Besides its two vectors it yields the mean of the message's tokens after each layer but the last, since what those
    still know of wording and tone the last ones have given up for the tasks; and what the pieces alone say.

    Source: I. Tenney and others, "BERT Rediscovers the Classical NLP Pipeline", 2019.
    """

    def __init__(self, encoder: PreTrainedModel, wording: Tensor) -> None:
        super().__init__()
        copied: Any = copy.deepcopy(encoder)
        for layer in copied.encoder.layer:
            layer.attention.self = _Attention(layer.attention.self, copied.config.num_attention_heads)
        self.encoder = copied
        self.wording = nn.Embedding.from_pretrained(wording.float().unsqueeze(-1))

    def forward(self, ids: Tensor, segments: Tensor) -> tuple[Tensor, ...]:
        states = self.encoder(
            input_ids=ids, attention_mask=None, token_type_ids=segments, output_hidden_states=True
        ).hidden_states
        own = segments.unsqueeze(1).to(states[-1].dtype)
        means = nn.functional.normalize(torch.cat([own @ state for state in states[1:]], dim=1), dim=-1)
        inner = means[:, :-1].flatten(1) * WIDTH**0.5
        said = (own @ self.wording(ids)).squeeze(-1) / own.sum(-1).sqrt()
        return means[:, -1], states[-1][:, 0], inner, said


def export_encoder(encoder: PreTrainedModel, wording: Tensor, path: Path) -> None:
    """Write the encoder with 32-bit weights.

    Args:
        encoder: the tuned encoder.
        wording: what each piece of its vocabulary says of politeness.
        path: the file to write.
    """
    served = _Served(encoder, wording).eval()
    ids = torch.tensor([[101, 7592, 102, 2088, 102]])
    segments = torch.tensor([[0, 0, 0, 1, 1]])
    names = ["ids", "segments"]
    torch.onnx.export(
        served,
        (ids, segments),
        str(path),
        input_names=names,
        output_names=_YIELDS,
        dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names} | {name: {0: "batch"} for name in _YIELDS},
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
