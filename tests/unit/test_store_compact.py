"""Decisions as they are stored: small, read back as they were, and readable as they were stored once."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from relief.contracts.states import DecisionRecord
from relief.store.packed import unpack
from relief.store.writes import dump_decision, load_decision
from tests.pipeline import START, Session

_STORED: Final = json.loads((Path(__file__).parent / "cases" / "stored_decision.json").read_text(encoding="utf-8"))
"""One decision in each form that it was ever stored in, and what it says: kept as bytes, so that no change of code changes it."""

_SMALLER: Final = 0.55
"""What is stored takes at most this share of what it stands for."""


def decide() -> list[tuple[dict[str, Any], DecisionRecord]]:
    """Return the stored decisions of a conversation, each with the record that is read from it."""
    session = Session()
    session.say("My internet has been down since Monday. I need this fixed now.")
    stored = [session.writes[1]["Put"]["Item"]]
    session.say("Still down. I told you already", bot={"step": "restart_device", "outcome": "failed"})
    stored.append(session.writes[1]["Put"]["Item"])
    session.say("Get me a person, this is ridiculous!!", bot={"step": "remote_diagnosis", "outcome": "failed"})
    stored.append(session.writes[1]["Put"]["Item"])
    records = [load_decision(item, START) for item in stored]
    return [(item, record) for item, record in zip(stored, records, strict=True) if record is not None]


def test_given_decisions_when_read_and_stored_again_then_nothing_is_lost() -> None:
    decided = decide()
    assert len(decided) == 3
    for item, record in decided:
        again = load_decision({**dump_decision(record, record.decided_at), "expires_at": item["expires_at"]}, START)
        assert again == record
        assert record.facts["scores"] == record.response.signals.scores()
        assert record.facts["codes"] == sorted(record.response.signals.codes())
        assert any(rule.fired for rule in record.evaluated) == (record.response.action.value == "escalate")
        written = {"facts": record.facts, "evaluated": [rule.model_dump(mode="json") for rule in record.evaluated]}
        whole = {**json.loads(unpack(item["explanation"]["S"])), **written}
        assert len(item["explanation"]["S"]) <= _SMALLER * len(json.dumps(whole, separators=(",", ":")))


def test_given_facts_that_the_signals_do_not_say_then_they_are_kept() -> None:
    _, record = decide()[-1]
    other = record.model_copy(update={"facts": {"scores": {"frustration": 1.0}, "journey": {"name": "default"}}})

    read = load_decision({**dump_decision(other, record.decided_at), "expires_at": {"N": "9999999999"}}, START)

    assert read is not None
    assert read.facts == other.facts


@pytest.mark.parametrize("place", range(3))
def test_given_a_decision_as_it_was_stored_once_then_it_is_read(place: int) -> None:
    item, record = decide()[place]
    explanation = json.loads(unpack(item["explanation"]["S"]))
    del explanation["said"]
    explanation["facts"] = record.facts
    explanation["evaluated"] = [rule.model_dump(mode="json") for rule in record.evaluated]

    read = load_decision({**item, "explanation": {"S": json.dumps(explanation)}}, START)

    assert read == record


@pytest.mark.parametrize("form", _STORED["as_stored"])
def test_given_a_decision_that_an_earlier_version_stored_then_it_is_read_as_it_was_decided(form: str) -> None:
    read = load_decision(_STORED["as_stored"][form], START)

    assert read is not None
    assert read.model_dump(mode="json") == _STORED["record"]
