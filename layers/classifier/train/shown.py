"""What a fine-tuning shows the network, batch by batch: the messages as tokens, and what is known of them as tensors.

Batches are made ahead of the training, in processes of their own where there is a graphics card to keep busy.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from transformers import PreTrainedTokenizerBase

from train.encoder import Batch, encode_pairs
from train.readings import READ
from train.recipe import Recipe
from train.rows import DIMENSIONS, OWN, Row
from train.serious import SOURCE as SERIOUS
from train.variation import vary, vary_dialect

UNKNOWN: Final = -100
"""The class of an intent that nobody has named, which the cross-entropy of torch leaves out."""
_COMPARED: Final = 8
"""One row of so many is compared, with the original encoder and with itself, but not fewer than so many of a batch:
each costs a pass of its own."""
_THROUGHOUT: Final = 0.25
"""Share of the varied messages in which all is said otherwise that can be."""
_POOL: Final = 50
"""Batches are cut from so many batches' rows, sorted by length, so that little is padded."""
_MOST_MEASURED: Final = 1_200
"""Characters of a row that its length is told by."""
_MAKERS: Final = 2
"""Processes that make batches for one graphics card."""


class Labels(NamedTuple):
    """The names of the classes of each head, in order; several of ``emotions`` and ``matters`` may hold at once."""

    intents: list[str]
    emotions: list[str]
    matters: list[str]


@dataclass(frozen=True)
class Shown:
    """A batch as it is shown, a row a message.

    Targets are probabilities, a column a class; those that are not known are not numbers.
    """

    messages: Batch
    alone: Batch
    """The first messages without what was said before."""
    varied: Tensor
    """Places of messages that are shown as somebody else would write them."""
    as_written: Batch
    """The same messages as they were written."""
    dimensions: Tensor
    weight: Tensor
    intent: Tensor
    emotions: Tensor
    matters: Tensor

    def to(self, device: torch.device) -> "Shown":
        """Return the batch on a device."""
        return Shown(**{part.name: getattr(self, part.name).to(device) for part in fields(self)})


def show(
    rows: list[Row], tokenizer: PreTrainedTokenizerBase, labels: Labels, recipe: Recipe, *, ahead: bool
) -> DataLoader[Shown]:
    """Return the batches of a whole fine-tuning, the same ones for the same recipe.

    Args:
        rows: what to train on.
        tokenizer: of the network.
        labels: the classes of its heads.
        recipe: how often which rows come up, and how they are shown.
        ahead: make batches in processes of their own.
    """
    batches = _cut(rows, tokenizer, recipe, random.Random(recipe.seed))  # noqa: S311 - reproducible, not secret
    made = _Batches(batches, tokenizer, labels, recipe)
    return DataLoader(made, batch_size=None, num_workers=_MAKERS if ahead else 0)


class _Batches(Dataset[Shown]):
    """Each batch draws by its own number: it is the same whichever process makes it."""

    def __init__(
        self, batches: list[list[Row]], tokenizer: PreTrainedTokenizerBase, labels: Labels, recipe: Recipe
    ) -> None:
        self.batches, self.tokenizer, self.labels, self.recipe = batches, tokenizer, labels, recipe

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int) -> Shown:
        rows = self.batches[number]
        dice = random.Random(f"{self.recipe.seed} {number}")  # noqa: S311 - reproducible, not secret
        pairs = [_vary(row, self.recipe, dice) for row in rows]
        compared = max(_COMPARED, len(rows) // _COMPARED)
        changed = [place for place, row in enumerate(rows) if row.source == OWN and pairs[place][1] != row.text]
        changed = changed[:compared]
        unknown = float("nan")
        return Shown(
            messages=encode_pairs(self.tokenizer, pairs),
            alone=encode_pairs(self.tokenizer, [("", text) for _, text in pairs[:compared]]),
            varied=torch.tensor(changed, dtype=torch.long),
            as_written=encode_pairs(self.tokenizer, [(pairs[place][0], rows[place].text) for place in changed or [0]]),
            dimensions=torch.tensor([[row.targets.get(name, unknown) for name in DIMENSIONS] for row in rows]),
            weight=torch.tensor([row.weight for row in rows]),
            intent=torch.tensor([_place(row.intent, self.labels.intents) for row in rows]),
            emotions=_hold([row.emotions for row in rows], self.labels.emotions),
            matters=_hold([None if row.matter is None else (row.matter,) for row in rows], self.labels.matters),
        )


def _vary(row: Row, recipe: Recipe, dice: random.Random) -> tuple[str, str]:
    """Return what was said before the message, and the message, as they are shown this time."""
    said = "" if dice.random() < recipe.without_context else row.said
    if dice.random() >= recipe.varied:
        return said, row.text
    return said, vary_dialect(row.text, dice) if dice.random() < _THROUGHOUT else vary(row.text, dice)


def _place(name: str | None, names: list[str]) -> int:
    return names.index(name) if name in names else UNKNOWN


def _hold(held: list[tuple[str, ...] | None], names: list[str]) -> Tensor:
    unknown = [float("nan")] * len(names)
    return torch.tensor([unknown if found is None else [float(name in found) for name in names] for found in held])


def _cut(rows: list[Row], tokenizer: PreTrainedTokenizerBase, recipe: Recipe, dice: random.Random) -> list[list[Row]]:
    """Repeat the rows as the recipe says, and cut them into batches of about equal lengths."""
    repeated = [row for row in rows if dice.random() < _share(row, recipe) for _ in range(_times(row, recipe))]
    wanted = int(len(repeated) * recipe.epochs)
    shown: list[Row] = []
    while len(shown) < wanted:
        dice.shuffle(repeated)
        shown += repeated[: wanted - len(shown)]
    lengths = _measure(rows, tokenizer)
    pool = recipe.batch * _POOL
    cut: list[list[Row]] = []
    for start in range(0, len(shown), pool):
        near = sorted(shown[start : start + pool], key=lambda row: lengths[id(row)])
        cut += [near[place : place + recipe.batch] for place in range(0, len(near), recipe.batch)]
    dice.shuffle(cut)
    return cut


def _measure(rows: Sequence[Row], tokenizer: PreTrainedTokenizerBase) -> dict[int, int]:
    texts = [f"{row.said} {row.text}"[:_MOST_MEASURED] for row in rows]
    return {id(row): len(ids) for row, ids in zip(rows, tokenizer(texts)["input_ids"], strict=True)}


def _share(row: Row, recipe: Recipe) -> float:
    return 1.0 if row.source in {OWN, READ, SERIOUS} else recipe.public_share


def _times(row: Row, recipe: Recipe) -> int:
    if row.new and recipe.new_repeated is not None:
        return recipe.new_repeated
    often = {
        OWN: recipe.examples_repeated,
        READ: recipe.readings_repeated,
        "stanford_politeness": recipe.politeness_repeated,
    }
    return often.get(row.source, 1)
