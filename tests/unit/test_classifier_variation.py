"""Messages as others would write them: the same message for the same dice, varied, and never broken."""

import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from train.rows import load_examples
from train.variation import vary, vary_dialect

_EXAMPLES = Path(__file__).parents[2] / "layers" / "classifier" / "train" / "examples"


@given(st.text(max_size=200), st.integers(0, 10_000))
def test_given_any_text_when_varied_then_the_same_dice_give_the_same_text(text: str, seed: int) -> None:
    assert vary(text, random.Random(seed)) == vary(text, random.Random(seed))


def test_given_a_letter_whose_small_form_is_another_when_varied_then_nothing_breaks() -> None:
    for seed in range(50):
        assert vary("\u0130 am not sure", random.Random(seed))


def test_given_our_messages_when_varied_then_most_change_and_keep_most_of_their_words() -> None:
    rows = load_examples(_EXAMPLES)[::20]
    varied = [vary(row.text, random.Random(place)) for place, row in enumerate(rows)]

    changed = sum(row.text != text for row, text in zip(rows, varied, strict=True))
    assert changed >= len(rows) * 0.6
    for row, text in zip(rows, varied, strict=True):
        assert len(text.split()) >= len(row.text.split()) * 0.5


def test_given_another_dialect_throughout_then_all_that_can_be_said_otherwise_is() -> None:
    for seed in range(20):
        text = vary_dialect("I do not know, you cannot help.", random.Random(seed)).lower()

        assert "do not know" not in text
        assert "cannot" not in text
