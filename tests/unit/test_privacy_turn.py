"""Redaction of a whole turn."""

from typing import Any

import pytest

from relief.contracts.turn import MAX_TEXT_CHARACTERS, TurnRequest
from relief.privacy.kinds import Kind
from relief.privacy.turn import redact_turn

CARD = "4111 1111 1111 1111"


def turn(**fields: Any) -> TurnRequest:
    return TurnRequest.model_validate({"turn_id": "t-1", "channel": "web_chat", "text": "hello", **fields})


def test_given_personal_data_in_every_string_when_redacted_then_none_is_left() -> None:
    full = turn(
        text=f"my card {CARD}",
        telemetry=[{"kind": "control_clicked", "target": "ana@example.com"}],
        customer={"ref": "c-1", "products": [CARD, "card"], "region": "eu-west"},
        bot={"said": f"Is it {CARD}?", "intent": {"name": "ana@example.com", "confidence": 0.5}, "step": "verify"},
        facts={"order_number": "A123", "note": f"paid with {CARD}"},
        evidence=[{"kind": "upload", "ref": "https://u:pw1234@files.example/x"}],
        preferences={"contact": "ana@example.com"},
    )
    redacted = redact_turn(full)
    written = redacted.turn.model_dump_json()
    assert "4111" not in written
    assert "ana@" not in written
    assert "pw1234" not in written
    assert redacted.turn.facts == {"order_number": "A123", "note": "paid with [CARD]"}
    assert redacted.turn.customer is not None
    assert redacted.turn.customer.products == ["[CARD]", "card"]
    assert redacted.turn.customer.ref == "c-1"
    assert redacted.counts == {Kind.card: 4, Kind.email: 3, Kind.url_secret: 1}
    assert full.text == f"my card {CARD}"


def test_given_nothing_personal_when_redacted_then_the_turn_is_equal() -> None:
    plain = turn(facts={"order_number": "4155550132", "express": True, "items": 3, "total": 19.99})
    assert redact_turn(plain).turn == plain
    assert redact_turn(plain).counts == {}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("password", "hunter2", "[SECRET]"),
        ("date_of_birth", "14/03/1985", "[DATE_OF_BIRTH]"),
        ("order_date", "14/03/2026", "14/03/2026"),
        ("order_number", "4155550132", "4155550132"),
        ("phone", "4155550132", "[PHONE]"),
        ("card_number", 4111111111111111, "[CARD]"),
        ("one_time_code", 482913, "[ONE_TIME_CODE]"),
        ("one_time_code", 482913.0, "[ONE_TIME_CODE]"),
        ("note_13", "12 Baker Street, London", "[ADDRESS], London"),
        ("order_number", 48291, 48291),
        ("express", True, True),
    ],
)
def test_given_a_fact_when_redacted_then_its_name_tells_what_its_value_is(
    name: str, value: object, expected: object
) -> None:
    assert redact_turn(turn(facts={name: value})).turn.facts == {name: expected}


@pytest.mark.parametrize(
    ("bot", "text", "expected"),
    [
        ({"said": "Please enter the 6-digit code we sent to you."}, "482913", "[ONE_TIME_CODE]"),
        ({"said": "What is your date of birth?"}, "14/03/1985", "[DATE_OF_BIRTH]"),
        ({"said": "What is your order number?"}, "4155550132", "4155550132"),
        ({"asked": ["password"]}, "hunter2", "[SECRET]"),
        ({"asked": ["password"]}, "I already told you", "I already told you"),
        ({"asked": ["name"]}, "Ana Lopez", "[NAME]"),
        ({"asked": ["name"]}, "This is absurd, let me talk to a person", "This is absurd, let me talk to a person"),
        ({"asked": ["phone_number"]}, "4155550132, call me after 5", "[PHONE], call me after 5"),
        ({"asked": ["order_number", "phone"]}, f"use {CARD}", "use [CARD]"),
        ({"said": "Anything else?"}, "482913", "482913"),
    ],
)
def test_given_a_question_when_the_reply_is_redacted_then_the_question_tells_what_it_is(
    bot: dict[str, object], text: str, expected: str
) -> None:
    assert redact_turn(turn(bot=bot, text=text)).turn.text == expected


def test_given_strings_that_placeholders_make_longer_when_redacted_then_they_still_fit_the_contract() -> None:
    target = ("1.2.3.4," * 8)[:64]
    value = ("1.2.3.4," * 25)[:200]
    text = ("a@b.co," * 1_143)[:MAX_TEXT_CHARACTERS]
    redacted = redact_turn(
        turn(text=text, facts={"note": value}, telemetry=[{"kind": "step_failed", "target": target}])
    ).turn
    again = TurnRequest.model_validate_json(redacted.model_dump_json())
    assert again == redacted
    assert str(again.facts["note"]).replace("[IP_ADDRESS]", "").strip(",") == ""


def test_given_a_turn_without_text_when_redacted_then_it_stays_valid() -> None:
    silent = TurnRequest.model_validate(
        {"turn_id": "t", "channel": "sms", "telemetry": [{"kind": "waited", "seconds": 9}]}
    )
    assert redact_turn(silent).turn == silent
