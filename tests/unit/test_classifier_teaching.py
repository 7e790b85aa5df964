"""A trained model says of public messages what nobody has labelled, and nothing of what somebody has."""

from pathlib import Path
from typing import Final

import pytest
from train.rows import DIMENSIONS, Row
from train.teach import TAUGHT, teach

from relief.classify.model import Classifier
from relief.contracts.vocabulary import Dimension

MODEL: Final = Path(__file__).parents[2] / "layers" / "classifier" / "model"


@pytest.mark.parametrize("known", [{}, {"politeness": 0.2}, {"frustration": 0.9, "confusion": 0.0}])
def test_given_a_message_then_only_what_nobody_has_labelled_is_taught(known: dict[str, float]) -> None:
    message = Row(id="one", source="public", text="I have been waiting for three hours, where is it?", targets=known)

    (taught,) = teach(MODEL, [message], most=5, seed=1)

    seen = Classifier(MODEL).classify(message.text).scores
    assert taught.targets == {name: seen[Dimension(name)] for name in DIMENSIONS if name not in known}
    assert (taught.source, taught.text, taught.intent) == (TAUGHT, message.text, None)
    assert taught.weight < message.weight


def test_given_a_message_with_every_label_then_nothing_is_taught() -> None:
    told = Row(id="one", source="public", text="Fine.", targets=dict.fromkeys(DIMENSIONS, 0.0))

    assert teach(MODEL, [told], most=5, seed=1) == []


def test_given_the_same_text_often_then_it_is_taught_once_and_no_more_than_asked_for() -> None:
    rows = [Row(id=str(number), source="public", text=f"Where is order {number % 4}?") for number in range(12)]

    assert len({row.text for row in teach(MODEL, rows, most=9, seed=1)}) == 4
    drawn = teach(MODEL, rows, most=2, seed=1)
    assert len(drawn) == 2
    assert teach(MODEL, rows, most=2, seed=1) == drawn
