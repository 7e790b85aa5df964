"""Fine-tune the encoder on all sources at once; a row moves only the heads that its labels speak of."""

import math
from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn
from tqdm import tqdm
from transformers import PreTrainedTokenizerBase

from train.encoder import Network, Pooled
from train.recipe import Recipe
from train.rows import DIMENSIONS, Row
from train.shown import UNKNOWN, Labels, Shown, show

_SHOWN: Final = 50
"""The loss is read off the device once in so many batches."""
_SEVERAL: Final = 2.0
"""Weight of the heads of which several classes may hold at once."""


def fit(
    network: Network,
    original: Pooled,
    tokenizer: PreTrainedTokenizerBase,
    rows: list[Row],
    labels: Labels,
    recipe: Recipe,
) -> None:
    """Train the network in place, on whichever device it lies.

    Args:
        network: the network to train.
        original: the encoder as it was, which is not changed; on the same device.
        tokenizer: of both.
        rows: what to train on.
        labels: the classes of its heads.
        recipe: the choices.
    """
    torch.manual_seed(recipe.seed)
    device = next(network.parameters()).device
    batches = show(rows, tokenizer, labels, recipe, ahead=device.type == "cuda")
    optimizer = _optimizer(network, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _warm_then_down(len(batches)))
    network.train()
    original.eval()
    progress = tqdm(batches, unit="batch", mininterval=5)
    for step, made in enumerate(progress):
        if step in {0, recipe.heads_first}:
            _train_encoder(network, recipe, trained=step >= recipe.heads_first)
        batch = made.to(device)
        vectors, logits = network(batch.messages)
        loss = _task_loss(batch, logits, recipe)
        loss = loss + recipe.likeness * _unlikeness(vectors, original, batch)
        loss = loss + recipe.agreement * _disagreement(network, batch, logits["dimensions"])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if progress.n % _SHOWN == 0:
            progress.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
    network.eval()


def size_heads(labels: Labels) -> dict[str, int]:
    """Return how many classes each head of a network has."""
    return {
        "dimensions": len(DIMENSIONS),
        "intent": max(1, len(labels.intents)),
        "emotions": max(1, len(labels.emotions)),
        "matters": max(1, len(labels.matters)),
    }


def _train_encoder(network: Network, recipe: Recipe, *, trained: bool) -> None:
    network.pooled.requires_grad_(requires_grad=trained)
    words = network.pooled.encoder.get_input_embeddings()
    words.requires_grad_(requires_grad=trained and recipe.words_trained)


def _optimizer(network: Network, recipe: Recipe) -> torch.optim.Optimizer:
    rates = [
        {"params": network.pooled.parameters(), "lr": recipe.encoder_rate},
        {"params": network.heads.parameters(), "lr": recipe.head_rate},
    ]
    return torch.optim.AdamW(rates, weight_decay=0.01)


def _warm_then_down(steps: int) -> Callable[[int], float]:
    warm = max(1, steps // 15)
    return lambda step: min(step / warm, 0.5 * (1 + math.cos(math.pi * min(1.0, step / max(1, steps)))))


def _unlikeness(vectors: Tensor, original: Pooled, batch: Shown) -> Tensor:
    """Return one minus the mean cosine to what the original encoder says of the messages alone."""
    with torch.no_grad():
        wanted, _ = original(batch.alone.ids, batch.alone.mask, batch.alone.segments)
    return (1 - (vectors[: len(wanted)] * wanted).sum(-1)).mean()


def _disagreement(network: Network, batch: Shown, logits: Tensor) -> Tensor:
    """Return how far the scores of messages are from those of the same messages as they were written.

    The squared distance of log-odds, as one of the ways to hold a model to what must not matter.
    Source: A. Garg and others, "Counterfactual Fairness in Text Classification through Robustness", 2019.
    """
    if not len(batch.varied):
        return logits.new_zeros(())
    _, as_written = network(batch.as_written)
    return (logits[batch.varied] - as_written["dimensions"]).square().mean()


def _task_loss(batch: Shown, logits: dict[str, Tensor], recipe: Recipe) -> Tensor:
    """Sum the losses of the heads, each over the rows that have its label, in shares of all rows."""
    weighed = _odds_loss(logits["dimensions"], batch.dimensions) * batch.weight.unsqueeze(-1)
    named = nn.functional.cross_entropy(logits["intent"], batch.intent, ignore_index=UNKNOWN, reduction="sum")
    several = [_odds_loss(logits[head], getattr(batch, head)).mean(-1).sum() for head in ("emotions", "matters")]
    return (weighed.sum() + recipe.intents * named + _SEVERAL * sum(several)) / len(batch.weight)


def _odds_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Return the cross-entropy of each log-odds, 0 where nobody knows what is right."""
    losses = nn.functional.binary_cross_entropy_with_logits(logits, wanted.nan_to_num(), reduction="none")
    return losses.where(~wanted.isnan(), 0.0)
