"""The labelled messages that the classifier learns from: whole, consistent and told apart."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from train.rows import CALIBRATION_AREAS, HELD_OUT_AREAS, load_examples
from train.serious import NONE, load_serious, name_matters

from relief.contracts.vocabulary import Channel, Dimension
from relief.detect.files import load_yaml

FOLDER = Path(__file__).parents[2] / "layers" / "classifier" / "train" / "examples"
FILES = sorted(FOLDER.glob("*.jsonl"))
GRADES = {0, 0.5, 1}
SPEAKERS = {"bot", "agent", "customer"}


def read(path: Path) -> list[dict[str, Any]]:
    """Return a file's messages."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_given_a_product_area_then_every_message_is_labelled_in_full(path: Path) -> None:
    intents, channels = set(load_yaml("intents.yaml")["intents"]), {channel.value for channel in Channel}
    for row in read(path):
        assert row["area"] == path.stem
        assert row["text"].strip()
        assert set(row["labels"]) == {dimension.value for dimension in Dimension}
        assert set(row["labels"].values()) <= GRADES
        assert row["intent"] in intents
        assert row["channel"] in channels
        assert all(line["speaker"] in SPEAKERS and line["text"].strip() for line in row["history"])


def test_given_all_areas_then_no_message_stands_twice_after_the_same_lines() -> None:
    rows = [row for path in FILES for row in read(path)]
    seen = Counter((row["text"].casefold(), json.dumps(row["history"])) for row in rows)
    assert [text for (text, _), count in seen.items() if count > 1] == []
    assert len({row["id"] for row in rows}) == len(rows)


def test_given_all_areas_then_every_dimension_has_both_sides_and_a_third_is_hard() -> None:
    rows = [row for path in FILES for row in read(path)]
    for dimension in Dimension:
        graded = Counter(row["labels"][dimension.value] for row in rows)
        assert min(graded[grade] for grade in GRADES) >= len(rows) / 40
    assert sum(row["kind"] not in {"plain", "calm_progress"} for row in rows) >= len(rows) / 3
    assert sum(bool(row["history"]) for row in rows) >= len(rows) / 3


def test_given_the_areas_that_measure_and_calibrate_then_all_are_there_and_none_is_both() -> None:
    areas = {path.stem for path in FILES}
    assert areas >= {*HELD_OUT_AREAS, *CALIBRATION_AREAS}
    assert not {*HELD_OUT_AREAS} & {*CALIBRATION_AREAS}


def test_given_serious_messages_then_none_that_sets_a_threshold_also_trains() -> None:
    serious = load_serious(["How can I help?"])
    assert not {row.text for row in serious.training} & {row.text for row in serious.calibration}
    assert {row.said for row in serious.training} == {"", "How can I help?"}
    assert {row.matter for row in serious.training} == {row.matter for row in serious.calibration}


def test_given_labelled_messages_then_their_matter_is_known_but_in_areas_that_only_measure() -> None:
    rows = name_matters(load_examples(FOLDER))
    assert all(row.matter is None for row in rows if row.area in HELD_OUT_AREAS)
    known = Counter(row.matter for row in rows if row.matter not in {None, NONE})
    assert min(known[name] for name in ("safety", "vulnerability", "security", "legal")) >= 10
