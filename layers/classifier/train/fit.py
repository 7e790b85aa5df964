"""Fine-tune the encoder on all sources at once; a row moves only the heads that its labels speak of."""

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from tqdm import tqdm
from transformers import PreTrainedTokenizerBase

from train.encoder import Network, Pooled, encode_pairs
from train.rows import DIMENSIONS, OWN, Row

_POOL: Final = 50
"""Batches are cut from so many batches' rows, sorted by length, so that little is padded."""


@dataclass(frozen=True)
class Recipe:
    """What can be chosen about the fine-tuning."""

    epochs: float = 2.0
    batch: int = 32
    encoder_rate: float = 4e-5
    head_rate: float = 1e-3
    examples_repeated: int = 3
    """How often our own labelled messages come up in an epoch."""
    likeness: float = 6.0
    """Weight of staying close to what the original encoder says of the message alone."""
    without_context: float = 0.2
    """Share of rows that are shown without what was said before."""
    seed: int = 20261123


def fit(
    network: Network,
    original: Pooled,
    tokenizer: PreTrainedTokenizerBase,
    rows: list[Row],
    labels: dict[str, list[str]],
    recipe: Recipe,
) -> None:
    """Train the network in place.

    Args:
        network: the network to train.
        original: the encoder as it was, which is not changed.
        tokenizer: of both.
        rows: what to train on.
        labels: for the heads with classes ("intent", "emotions"), their names in order.
        recipe: the choices.
    """
    torch.manual_seed(recipe.seed)
    dice = random.Random(recipe.seed)  # noqa: S311 - reproducible, not secret
    batches = list(_batches(rows, tokenizer, recipe, dice))
    rates = [
        {"params": network.pooled.parameters(), "lr": recipe.encoder_rate},
        {"params": network.heads.parameters(), "lr": recipe.head_rate},
    ]
    optimizer = torch.optim.AdamW(rates, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _warm_then_down(len(batches)))
    network.train()
    original.eval()
    progress = tqdm(batches, unit="batch", mininterval=5)
    for batch in progress:
        pairs = [("" if dice.random() < recipe.without_context else row.said, row.text) for row in batch]
        vectors, logits = network(encode_pairs(tokenizer, pairs))
        loss = _task_loss(batch, logits, labels) + recipe.likeness * _unlikeness(vectors, original, tokenizer, batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        progress.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
    network.eval()


def _batches(
    rows: list[Row], tokenizer: PreTrainedTokenizerBase, recipe: Recipe, dice: random.Random
) -> Iterator[list[Row]]:
    repeated = [row for row in rows for _ in range(recipe.examples_repeated if row.source == OWN else 1)]
    wanted = int(len(repeated) * recipe.epochs)
    shown: list[Row] = []
    while len(shown) < wanted:
        dice.shuffle(repeated)
        shown += repeated[: wanted - len(shown)]
    lengths = {id(row): len(tokenizer.encode(f"{row.said} {row.text}"[:1200])) for row in rows}
    pool = recipe.batch * _POOL
    cut: list[list[Row]] = []
    for start in range(0, len(shown), pool):
        near = sorted(shown[start : start + pool], key=lambda row: lengths[id(row)])
        cut += [near[place : place + recipe.batch] for place in range(0, len(near), recipe.batch)]
    dice.shuffle(cut)
    yield from cut


def _warm_then_down(steps: int) -> Callable[[int], float]:
    warm = max(1, steps // 15)
    return lambda step: min(step / warm, 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))


_COMPARED: Final = 8
"""So many rows of a batch are compared with the original encoder, which costs a pass of its own."""


def _unlikeness(vectors: Tensor, original: Pooled, tokenizer: PreTrainedTokenizerBase, batch: list[Row]) -> Tensor:
    """Return one minus the mean cosine to what the original encoder says of the messages alone."""
    alone = encode_pairs(tokenizer, [("", row.text) for row in batch[:_COMPARED]])
    with torch.no_grad():
        wanted, _ = original(alone.ids, alone.mask, alone.segments)
    return (1 - (vectors[:_COMPARED] * wanted).sum(-1)).mean()


def _task_loss(batch: list[Row], logits: dict[str, Tensor], labels: dict[str, list[str]]) -> Tensor:
    """Sum the losses of the heads, each over the rows that have its label."""
    loss = torch.zeros(())
    for place, name in enumerate(DIMENSIONS):
        known = [number for number, row in enumerate(batch) if name in row.targets]
        if known:
            wanted = torch.tensor([batch[number].targets[name] for number in known])
            weight = torch.tensor([batch[number].weight for number in known])
            losses = nn.functional.binary_cross_entropy_with_logits(
                logits["dimensions"][known, place], wanted, reduction="none"
            )
            loss = loss + (losses * weight).sum() / len(batch)
    known = [number for number, row in enumerate(batch) if row.intent in labels["intent"]]
    if known:
        classes = torch.tensor([labels["intent"].index(str(batch[number].intent)) for number in known])
        losses = nn.functional.cross_entropy(logits["intent"][known], classes, reduction="none")
        loss = loss + 0.5 * losses.sum() / len(batch)
    known = [number for number, row in enumerate(batch) if row.emotions is not None]
    if known:
        wanted = torch.tensor(
            [[float(name in (batch[number].emotions or ())) for name in labels["emotions"]] for number in known]
        )
        losses = nn.functional.binary_cross_entropy_with_logits(logits["emotions"][known], wanted, reduction="none")
        loss = loss + 2.0 * losses.mean(-1).sum() / len(batch)
    return loss
