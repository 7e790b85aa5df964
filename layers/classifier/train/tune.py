"""Fine-tune the encoder several times and average the weights, which errs less on messages of other kinds than ours.

Source: M. Wortsman and others, "Model soups: averaging weights of multiple fine-tuned models improves accuracy without
increasing inference time", 2022.
"""

import shutil
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from relief.classify.encoder import ENCODER_FILE, TOKENIZER_FILE
from train.encoder import Network, Pooled, count_layers, load_encoder, locate_weights, shorten
from train.export import FULL_FILE, export_encoder, quantise
from train.fit import fit, size_heads
from train.recipe import Recipe
from train.recover import recover_weights, recover_wording
from train.rows import Row
from train.serious import CODES
from train.shown import Labels
from train.sources import Sources
from train.wording import fit_wording

WEIGHTS_FILE = "averaged.safetensors"
"""The tuned weights, which are not shipped."""


def tune_encoder(
    sources: Sources, recipes: list[Recipe], start: dict[str, Tensor] | None = None, layers: int | None = None
) -> dict[str, Tensor]:
    """Fine-tune by each recipe, and return the average of the weights.

    Uses a graphics card where there is one: minutes there are hours on two cores.

    Args:
        sources: all messages.
        recipes: one for each fine-tuning.
        start: weights to go on from; they count as one more in the average, unless they are shortened.
        layers: keep so many layers, the first ones: less to compute for every message, and less known of wording.
    """
    weights = locate_weights()
    whole = start if start is not None else load_encoder(weights)[0].state_dict()
    begun = whole if layers is None else shorten(whole, layers)
    tuned = [_tune(weights, sources, recipe, begun) for recipe in recipes]
    counts = start is not None and count_layers(begun) == count_layers(start)
    return average([begun, *tuned] if counts else tuned)


def write_encoder(state: dict[str, Tensor], rows: list[Row], work: Path) -> None:
    """Write an encoder with 32 bits, with 8 bits, its weights and its tokenizer.

    Args:
        state: its weights.
        rows: the training messages, for what the pieces alone say.
        work: folder to write to.
    """
    weights = locate_weights()
    encoder, tokenizer = load_encoder(weights, count_layers(state))
    encoder.load_state_dict(state)
    save_file(state, work / WEIGHTS_FILE)
    shutil.copy(weights / TOKENIZER_FILE, work / TOKENIZER_FILE)
    export_encoder(encoder, torch.from_numpy(fit_wording(tokenizer, rows)), work / FULL_FILE)
    quantise(work / FULL_FILE, work / ENCODER_FILE)


def keep_encoder(model: Path, work: Path) -> None:
    """Copy the encoder of a trained model as it is, and write beside it what it would be with 32 bits.

    Args:
        model: the trained model.
        work: folder to write to.
    """
    for name in (ENCODER_FILE, TOKENIZER_FILE):
        shutil.copy(model / name, work / name)
    state = recover_weights(model)
    encoder, _ = load_encoder(locate_weights(), count_layers(state))
    encoder.load_state_dict(state)
    save_file(state, work / WEIGHTS_FILE)
    export_encoder(encoder, recover_wording(model), work / FULL_FILE)


def average(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of several states of one network; what are not numbers with a fraction is the first's."""
    first = states[0]
    return {
        name: torch.stack([state[name].double() for state in states]).mean(0).to(value.dtype)
        if value.is_floating_point()
        else value
        for name, value in first.items()
    }


def _tune(weights: Path, sources: Sources, recipe: Recipe, start: dict[str, Tensor]) -> dict[str, Tensor]:
    encoder, tokenizer = load_encoder(weights, count_layers(start))
    encoder.load_state_dict(start)
    if recipe.epochs > 0:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        labels = name_classes(sources)
        torch.manual_seed(recipe.seed)
        network = Network(encoder, size_heads(labels)).to(device)
        original = Pooled(load_encoder(weights)[0]).to(device)
        fit(network, original, tokenizer, sources.rows, labels, recipe)
    return {name: value.detach().cpu().contiguous() for name, value in encoder.state_dict().items()}


def name_classes(sources: Sources) -> Labels:
    """Return the classes that the heads of a network tell apart."""
    return Labels(
        intents=sorted({row.intent for row in sources.own if row.intent}),
        emotions=sorted({name for row in sources.rows for name in row.emotions or ()}),
        matters=[*CODES],
    )
