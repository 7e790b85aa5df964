"""Our own readings of public messages: kept without their texts, and found again by them."""

import gzip
import json
from pathlib import Path

import pytest
import train.public
import train.readings
from train.public import load_public, load_strangers
from train.readings import MEASURING, READ, TRAINING, Reading, digest, load_readings, read_again
from train.rows import DIMENSIONS, Row

from relief.detect.files import load_yaml

UPSET = Reading(dict.fromkeys(DIMENSIONS, 0.75), "complaint")


@pytest.mark.parametrize("part", [TRAINING, MEASURING])
def test_given_the_readings_then_each_grades_every_dimension_and_names_a_known_intent(part: str) -> None:
    intents = set(load_yaml("intents.yaml")["intents"])
    readings = load_readings(part)
    assert readings
    for name, reading in readings.items():
        assert len(name) == 16
        assert int(name, 16) >= 0
        assert all(0 <= grade <= 1 for grade in reading.targets.values())
        assert reading.intent in intents


def test_given_the_readings_that_measure_then_none_trains() -> None:
    assert not load_readings(TRAINING).keys() & load_readings(MEASURING).keys()


def test_given_the_readings_then_every_dimension_has_both_sides() -> None:
    for part in (TRAINING, MEASURING):
        for name in DIMENSIONS:
            grades = [reading.targets[name] for reading in load_readings(part).values()]
            assert sum(grade >= 0.5 for grade in grades) >= 10
            assert sum(grade < 0.5 for grade in grades) >= 10


def test_given_a_public_message_that_we_have_read_then_it_is_found_however_it_is_spaced_and_once() -> None:
    rows = [
        Row("1", "goemotions", "Where  is\nmy parcel"),
        Row("2", "goemotions", "where is my PARCEL"),
        Row("3", "goemotions", "hm"),
    ]

    found = list(read_again(rows, {digest("Where is my parcel"): UPSET}))

    assert [row.id for row in found] == ["1"]
    assert found[0].source == READ
    assert found[0].targets == UPSET.targets
    assert found[0].intent == "complaint"


def test_given_a_message_whose_politeness_five_people_judged_then_theirs_stands() -> None:
    row = Row("1", "stanford_politeness", "Why?", targets={"politeness": 0.1}, judged=("politeness",))

    (found,) = read_again([row], {digest("why?"): UPSET})

    assert found.targets == UPSET.targets | {"politeness": 0.1}


def test_given_a_folder_of_public_sets_then_what_is_unread_trains_as_its_own_labels_say(tmp_path: Path) -> None:
    folder = tmp_path / "banking77"
    folder.mkdir()
    document = {"id": "1", "text": "a text that nobody has read", "labels": {"intent": "card_arrival"}}
    (folder / "train.jsonl.gz").write_bytes(gzip.compress(json.dumps(document).encode()))

    found = load_public(tmp_path, seed=1)

    assert [(row.source, row.intent) for row in found["banking77"]] == [("banking77", "order_tracking")]
    assert READ not in found


def test_given_messages_that_we_have_read_then_their_own_labels_train_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = {TRAINING: {digest("one that trains"): UPSET}, MEASURING: {digest("one that measures"): UPSET}}
    for module in (train.readings, train.public):
        monkeypatch.setattr(module, "load_readings", readings.__getitem__)
    folder = tmp_path / "banking77"
    folder.mkdir()
    texts = ["one that trains", "one that measures", "one that nobody has read"]
    lines = [json.dumps({"id": text, "text": text, "labels": {"intent": "card_arrival"}}) for text in texts]
    (folder / "train.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))

    found = load_public(tmp_path, seed=1)

    assert [row.text for row in found["banking77"]] == ["one that nobody has read"]
    assert [(row.text, row.intent) for row in found[READ]] == [("one that trains", "complaint")]
    assert [row.text for row in load_strangers(tmp_path)] == ["one that measures"]
