"""The batch command: rows in, answers out, in order, whatever a row holds."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from relief.classify.model import load_classifier
from relief.contracts.signals import Classification
from relief.contracts.vocabulary import Dimension
from relief.detect.__main__ import find_classifier, run

ASKED = "Could you give me the order number?"
HISTORY = [
    {"speaker": "bot", "text": ASKED},
    {"speaker": "customer", "text": "A-20391"},
    {"speaker": "bot", "text": ASKED},
]


def silent(_text: str, _said: str) -> None:
    """Stand in where there is no classifier."""


def answers(rows: list[Any], classify: Callable[[str, str], Classification | None] = silent) -> list[dict[str, Any]]:
    """Run the command over rows, each an object or a raw line."""
    out = io.StringIO()
    run([row if isinstance(row, str) else json.dumps(row) for row in rows], out, None, classify)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_given_rows_then_every_answer_has_five_scores_and_an_intent_in_the_order_of_the_rows() -> None:
    found = answers([{"id": str(number), "text": f"where is my order {number}"} for number in range(5)])
    assert [row["id"] for row in found] == ["0", "1", "2", "3", "4"]
    assert all(set(row["signals"]) == {dimension.value for dimension in Dimension} for row in found)
    assert all(0 <= score <= 1 for row in found for score in row["signals"].values())
    assert all(row["intent"]["name"] == "order_tracking" for row in found)


def test_given_the_same_words_after_a_repeated_question_then_they_show_more_friction() -> None:
    alone, after = answers([{"id": "a", "text": "A-20391"}, {"id": "b", "text": "A-20391", "history": HISTORY}])
    assert after["signals"]["frustration"] > alone["signals"]["frustration"] + 0.1
    assert "BOT_REPEATED" in after["evidence"]


def test_given_a_history_then_each_turn_is_classified_with_what_was_said_before_it() -> None:
    seen: list[tuple[str, str]] = []

    def classify(text: str, said: str) -> Classification:
        seen.append((text, said))
        return Classification(scores={Dimension.frustration: 0.95}, model="m")

    with_model, without = (
        answers([{"id": "a", "text": "again", "history": HISTORY}], one)[0] for one in (classify, silent)
    )
    assert seen == [("A-20391", ASKED), ("again", ASKED)]
    assert with_model["signals"]["frustration"] > without["signals"]["frustration"]


@pytest.mark.parametrize("text", ["", " ", "\x00\ud800", "ﷺ" * 900, "a" * 9_000, "😡" * 500, "\u202e!" * 100])
def test_given_any_characters_then_the_row_is_answered(text: str) -> None:
    (found,) = answers([{"id": "x", "text": text}])
    assert set(found["signals"]) == {dimension.value for dimension in Dimension}


def test_given_rows_that_cannot_be_read_then_each_says_why_and_the_others_are_answered() -> None:
    found = answers(
        ["{", "[1]", {"text": "no id"}, {"id": 7, "text": None}, {"id": "h", "history": [{"speaker": "dog"}]}]
    )
    assert ["error" in row for row in found] == [True, True, True, False, True]
    assert found[3]["id"] == "7"
    assert "history.0.speaker" in found[4]["error"]


def test_given_no_model_then_the_command_says_so_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RELIEF_MODEL_FOLDER", str(tmp_path))
    monkeypatch.setattr("relief.classify.model.load_classifier", load_classifier.__wrapped__)
    assert find_classifier()("anything", "") is None
    assert "No classifier" in capsys.readouterr().err
