"""Fine-tune the encoder several times and average the weights, which errs less on messages of other kinds than ours.

Source: M. Wortsman and others, "Model soups: averaging weights of multiple fine-tuned models improves accuracy without
increasing inference time", 2022.
"""

import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from relief.classify.encoder import ENCODER_FILE, TOKENIZER_FILE
from train.encoder import Network, Pooled, load_encoder, locate_weights
from train.export import FULL_FILE, export_encoder, quantise
from train.fit import Recipe, fit
from train.rows import DIMENSIONS
from train.serious import CODES
from train.sources import Sources, thin

WEIGHTS_FILE = "averaged.safetensors"
"""The average before it is refined, which is not shipped."""


def tune_encoder(
    sources: Sources, recipes: list[Recipe], refining: Recipe, work: Path, start: Path | None = None
) -> None:
    """Fine-tune by each recipe, average, refine the average, and write it with 32 bits, with 8, and its tokenizer.

    Uses a graphics card where there is one: minutes there are hours on two cores.

    Args:
        sources: all messages.
        recipes: one for each fine-tuning.
        refining: of the last one, which begins with the average.
        work: folder to write to.
        start: a folder with :data:`WEIGHTS_FILE` to refine, instead of an average.
    """
    weights = locate_weights()
    shutil.copy(weights / TOKENIZER_FILE, work / TOKENIZER_FILE)
    original = load_encoder(weights)[0].state_dict()
    begun = load_file(start / WEIGHTS_FILE) if start else average([_tune(original, sources, one) for one in recipes])
    save_file(begun, work / WEIGHTS_FILE)
    state = _tune(begun, thin(sources, refining.seed), refining)
    encoder, _ = load_encoder(weights)
    encoder.load_state_dict(state)
    export_encoder(Pooled(encoder), work / FULL_FILE)
    quantise(work / FULL_FILE, work / ENCODER_FILE)


def average(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of several states of one network; what are not numbers with a fraction is the first's."""
    first = states[0]
    return {
        name: torch.stack([state[name].double() for state in states]).mean(0).to(value.dtype)
        if value.is_floating_point()
        else value
        for name, value in first.items()
    }


def _tune(begun: dict[str, Tensor], sources: Sources, recipe: Recipe) -> dict[str, Tensor]:
    """Return the encoder's weights after a fine-tuning that begins with these."""
    weights = locate_weights()
    encoder, tokenizer = load_encoder(weights)
    encoder.load_state_dict(begun)
    if recipe.epochs > 0:
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        labels = {
            "intent": sorted({row.intent for row in sources.own if row.intent}),
            "emotions": sorted({name for row in sources.rows for name in row.emotions or ()}),
            "matters": [*CODES],
        }
        sizes = {"dimensions": len(DIMENSIONS)} | {name: max(1, len(names)) for name, names in labels.items()}
        torch.manual_seed(recipe.seed)
        network = Network(encoder, sizes).to(device)
        original = Pooled(load_encoder(weights)[0]).to(device)
        fit(network, original, tokenizer, sources.rows, labels, recipe)
    return {name: value.detach().cpu().contiguous() for name, value in encoder.state_dict().items()}
