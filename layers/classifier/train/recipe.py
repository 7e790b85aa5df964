"""What can be chosen about fine-tuning the encoder, and what was."""

from dataclasses import dataclass, replace
from typing import Final

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
    taught: int = 0
    """So many public messages are shown with what the model started from makes of them."""
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

SERVED_LAYERS: Final = 4
"""So many of the encoder's six layers are served: a message takes a quarter less time, measured side by side.

On processors without instructions for products of 8 bits six are less than five times faster than the full model.
"""

_SHORTENED: Final = Recipe(batch=256, encoder_rate=1.6e-4, head_rate=2e-3, agreement=2.0, heads_first=40, taught=50_000)
SHORTENED: Final = (
    replace(_SHORTENED, epochs=3.52, seed=81),
    replace(
        _SHORTENED,
        epochs=3.48,
        encoder_rate=2e-4,
        examples_repeated=6,
        readings_repeated=3,
        politeness_repeated=3,
        likeness=1.0,
        seed=82,
    ),
    replace(_SHORTENED, epochs=3.21, varied=0.6, intents=1.5, seed=83),
)
"""The fine-tunings of a trained model's first layers, taught by that model, whose average is served.

Each as far as it came in three minutes, all three at once on one H200.
"""

_GOING_ON: Final = Recipe(
    epochs=1.0,
    examples_repeated=2,
    new_repeated=8,
    readings_repeated=1,
    politeness_repeated=1,
    agreement=2.0,
    heads_first=80,
    public_share=0.15,
)
GOING_ON: Final = (
    replace(_GOING_ON, seed=91),
    replace(
        _GOING_ON,
        encoder_rate=1.2e-4,
        examples_repeated=3,
        new_repeated=6,
        politeness_repeated=2,
        varied=0.6,
        intents=1.5,
        seed=92,
    ),
)
"""What goes on from a trained model, and is averaged with it: new messages come up often, others often enough not to be
forgotten.

Each took forty minutes on one core, the other beside it.
"""
