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
from train.readings import READ
from train.rows import DIMENSIONS, OWN, Row
from train.serious import SOURCE as SERIOUS
from train.variation import vary

_POOL: Final = 50
"""Batches are cut from so many batches' rows, sorted by length, so that little is padded."""


SEED: Final = 20261123


@dataclass(frozen=True)
class Recipe:
    """What can be chosen about the fine-tuning."""

    epochs: float = 3.0
    batch: int = 64
    encoder_rate: float = 8e-5
    head_rate: float = 1e-3
    examples_repeated: int = 8
    """How often our own labelled messages come up in an epoch."""
    new_repeated: int | None = None
    """How often those do that the weights started from have not seen, where it is not as often."""
    readings_repeated: int = 2
    """How often public messages that we have read ourselves do."""
    politeness_repeated: int = 2
    """How often those of Stanford Politeness do."""
    likeness: float = 2.0
    """Weight of staying close to what the original encoder says of the message alone."""
    without_context: float = 0.2
    """Share of rows that are shown without what was said before."""
    varied: float = 0.5
    """Share of rows that are shown as somebody else would write them."""
    agreement: float = 1.0
    """Weight of scoring a message as it is and as somebody else would write it alike, in squared log-odds."""
    intents: float = 1.0
    """Weight of naming the intent."""
    words_trained: bool = False
    """Whether the vectors of the word pieces are trained too."""
    heads_first: int = 0
    """So many batches train the heads alone, lest a tuned encoder be moved by what untrained heads say.

    Source: A. Kumar and others, "Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution",
    2022.
    """
    public_share: float = 1.0
    """Share of the rows of public sets that are shown, but for those that we have read ourselves."""
    seed: int = SEED


SHIPPED: Final = (
    Recipe(epochs=3.13, encoder_rate=8e-5, likeness=2.0, agreement=1.0, seed=13),
    Recipe(epochs=3.18, encoder_rate=1e-4, likeness=1.0, agreement=2.0, seed=21),
    Recipe(
        epochs=3.04,
        encoder_rate=8e-5,
        examples_repeated=12,
        politeness_repeated=1,
        likeness=2.0,
        intents=1.5,
        varied=0.6,
        seed=22,
    ),
)
"""The fine-tunings from MiniLM whose average is what shipped models began with, as far as each came in five minutes of
one H200."""

GOING_ON: Final = Recipe(
    epochs=1.0,
    batch=32,
    examples_repeated=1,
    new_repeated=8,
    politeness_repeated=1,
    heads_first=80,
    public_share=0.15,
    seed=31,
)
"""What goes on from a trained model: new messages come up often, others often enough not to be forgotten.

Half an hour on two cores.
"""


def fit(
    network: Network,
    original: Pooled,
    tokenizer: PreTrainedTokenizerBase,
    rows: list[Row],
    labels: dict[str, list[str]],
    recipe: Recipe,
) -> None:
    """Train the network in place, on whichever device it lies.

    Args:
        network: the network to train.
        original: the encoder as it was, which is not changed; on the same device.
        tokenizer: of both.
        rows: what to train on.
        labels: for the heads with classes ("intent", "emotions", "matters"), their names in order.
        recipe: the choices.
    """
    torch.manual_seed(recipe.seed)
    dice = random.Random(recipe.seed)  # noqa: S311 - reproducible, not secret
    batches = list(_batches(rows, tokenizer, recipe, dice))
    optimizer = _optimizer(network, recipe)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, _warm_then_down(len(batches)))
    network.train()
    original.eval()
    device = next(network.parameters()).device
    progress = tqdm(batches, unit="batch", mininterval=5)
    for step, batch in enumerate(progress):
        if step in {0, recipe.heads_first}:
            _train_encoder(network, recipe, trained=step >= recipe.heads_first)
        shown = [_show(row, recipe, dice) for row in batch]
        vectors, logits = network(encode_pairs(tokenizer, shown).to(device))
        loss = _task_loss(batch, logits, labels, recipe)
        loss = loss + recipe.likeness * _unlikeness(vectors, original, tokenizer, [text for _, text in shown])
        loss = loss + recipe.agreement * _disagreement(network, tokenizer, batch, shown, logits)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if progress.n % _SHOWN == 0:
            progress.set_postfix(loss=f"{loss.item():.3f}", refresh=False)
    network.eval()


_SHOWN: Final = 50
"""The loss is read off the device once in so many batches."""


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


def _show(row: Row, recipe: Recipe, dice: random.Random) -> tuple[str, str]:
    """Return what was said before the message, and the message, as they are shown this time."""
    said = "" if dice.random() < recipe.without_context else row.said
    return said, vary(row.text, dice) if dice.random() < recipe.varied else row.text


def _batches(
    rows: list[Row], tokenizer: PreTrainedTokenizerBase, recipe: Recipe, dice: random.Random
) -> Iterator[list[Row]]:
    often = {
        OWN: recipe.examples_repeated,
        READ: recipe.readings_repeated,
        "stanford_politeness": recipe.politeness_repeated,
    }
    new = recipe.examples_repeated if recipe.new_repeated is None else recipe.new_repeated
    shares = dict.fromkeys({row.source for row in rows} - {OWN, READ, SERIOUS}, recipe.public_share)
    repeated = [
        row
        for row in rows
        if dice.random() < shares.get(row.source, 1.0)
        for _ in range(new if row.new else often.get(row.source, 1))
    ]
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
"""So many rows of a batch are compared, with the original encoder and with themselves: each costs a pass of its own."""


def _unlikeness(vectors: Tensor, original: Pooled, tokenizer: PreTrainedTokenizerBase, texts: list[str]) -> Tensor:
    """Return one minus the mean cosine to what the original encoder says of the messages alone."""
    alone = encode_pairs(tokenizer, [("", text) for text in texts[:_COMPARED]]).to(vectors.device)
    with torch.no_grad():
        wanted, _ = original(alone.ids, alone.mask, alone.segments)
    return (1 - (vectors[:_COMPARED] * wanted).sum(-1)).mean()


def _disagreement(
    network: Network,
    tokenizer: PreTrainedTokenizerBase,
    batch: list[Row],
    shown: list[tuple[str, str]],
    logits: dict[str, Tensor],
) -> Tensor:
    """Return how far the scores of messages are from those of the same messages as they were written.

    The squared distance of log-odds, as one of the ways to hold a model to what must not matter.
    Source: A. Garg and others, "Counterfactual Fairness in Text Classification through Robustness", 2019.
    """
    varied = [place for place, row in enumerate(batch) if row.source == OWN and shown[place][1] != row.text]
    varied = varied[:_COMPARED]
    if not varied:
        return logits["dimensions"].new_zeros(())
    pairs = [(shown[place][0], batch[place].text) for place in varied]
    _, as_written = network(encode_pairs(tokenizer, pairs).to(logits["dimensions"].device))
    return (logits["dimensions"][varied] - as_written["dimensions"]).square().mean()


def _task_loss(batch: list[Row], logits: dict[str, Tensor], labels: dict[str, list[str]], recipe: Recipe) -> Tensor:
    """Sum the losses of the heads, each over the rows that have its label."""
    device = logits["dimensions"].device
    loss = torch.zeros((), device=device)
    for place, name in enumerate(DIMENSIONS):
        known = [number for number, row in enumerate(batch) if name in row.targets]
        if known:
            wanted = torch.tensor([batch[number].targets[name] for number in known], device=device)
            weight = torch.tensor([batch[number].weight for number in known], device=device)
            losses = nn.functional.binary_cross_entropy_with_logits(
                logits["dimensions"][known, place], wanted, reduction="none"
            )
            loss = loss + (losses * weight).sum() / len(batch)
    known = [number for number, row in enumerate(batch) if row.intent in labels["intent"]]
    if known:
        classes = torch.tensor([labels["intent"].index(str(batch[number].intent)) for number in known], device=device)
        losses = nn.functional.cross_entropy(logits["intent"][known], classes, reduction="none")
        loss = loss + recipe.intents * losses.sum() / len(batch)
    return loss + _several(batch, logits, labels)


def _several(batch: list[Row], logits: dict[str, Tensor], labels: dict[str, list[str]]) -> Tensor:
    """Return the losses of the heads of which several classes may hold at once, or none."""
    device = logits["dimensions"].device
    loss = torch.zeros((), device=device)
    held = {
        "emotions": [row.emotions for row in batch],
        "matters": [None if row.matter is None else (row.matter,) for row in batch],
    }
    for head, names in held.items():
        known = [number for number, found in enumerate(names) if found is not None]
        if known:
            wanted = torch.tensor([[float(name in (names[number] or ())) for name in labels[head]] for number in known])
            losses = nn.functional.binary_cross_entropy_with_logits(
                logits[head][known], wanted.to(device), reduction="none"
            )
            loss = loss + 2.0 * losses.mean(-1).sum() / len(batch)
    return loss
