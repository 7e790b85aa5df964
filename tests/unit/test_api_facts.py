"""What is kept of the facts that a turn states: by journey, by class, and nothing that no list names."""

from datetime import UTC, datetime
from typing import Any

import pytest

from relief.api.facts import classes_for, keep_facts
from relief.contracts.turn import NOT_KEPT, TurnRequest
from relief.contracts.vocabulary import FactClass
from relief.decide.journeys import DEFAULT_JOURNEY, load_journeys
from relief.store.items import load_context
from tests.pipeline import Session

NOW = datetime(2026, 11, 23, 10, 2, 33, tzinfo=UTC)


def kept(facts: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return what is kept of facts."""
    turn = TurnRequest.model_validate({"turn_id": "t", "channel": "sms", "text": "x", "facts": facts, **fields})
    return keep_facts(turn, NOW).turn.facts


@pytest.mark.parametrize(
    ("fields", "name", "value", "left"),
    [
        ({"journey": "billing_dispute"}, "order_number", "A-20391", "A-20391"),
        ({"journey": "billing_dispute"}, "charge_amount", 49.9, 49.9),
        ({"journey": "password_reset"}, "account_email", "somebody at work", "…work"),
        ({"journey": "password_reset"}, "account_email", "[EMAIL]", "[EMAIL]"),
        ({"journey": "password_reset"}, "customer_number", 20391, "…"),
        ({"journey": "password_reset"}, "customer_number", 9920391544, "…1544"),
        ({"journey": "account_recovery"}, "one_time_code", "482913", "supplied at 2026-11-23T10:02Z"),
        ({"customer": {"authenticated": "verified"}}, "one_time_code", 482913, "verified at 2026-11-23T10:02Z"),
        ({"customer": {"authenticated": "none"}}, "one_time_code", "x", "supplied at 2026-11-23T10:02Z"),
        ({}, "identity_check", True, "verified at 2026-11-23T10:02Z"),
        ({}, "identity_check", False, False),
        ({"journey": "billing_dispute"}, "favourite_colour", "teal", NOT_KEPT),
        ({"journey": "billing_dispute"}, "device_model", "X-100", NOT_KEPT),
        ({"journey": "technical_fault"}, "device_model", "X-100", "X-100"),
        ({}, "device_model", "X-100", "X-100"),
        ({"journey": "of_the_caller"}, "device_model", "X-100", "X-100"),
        ({}, "delivery_postcode", "EC1A 1BB or so", "…r so"),
    ],
)
def test_what_is_kept_of_a_fact(fields: dict[str, Any], name: str, value: Any, left: Any) -> None:
    """Given a fact in a journey, then its class decides what is left of the value, and an unlisted one leaves none."""
    assert kept({name: value}, **fields) == {name: left}


def test_what_is_dropped_is_named() -> None:
    """Given facts that no list allows, then their names are returned, and those alone."""
    facts = {"order_number": "A-1", "favourite_colour": "teal", "shoe_size": 42}
    turn = TurnRequest.model_validate({"turn_id": "t", "channel": "sms", "text": "x", "facts": facts})
    assert keep_facts(turn, NOW).not_kept == ["favourite_colour", "shoe_size"]


def test_without_a_journey_the_strictest_class_counts() -> None:
    """Given a turn that names no journey, then no fact is kept more openly than some journey keeps it."""
    openness = [FactClass.verified, FactClass.masked, FactClass.plain]
    anywhere = classes_for(None)
    for journey in load_journeys().values():
        for name, one in journey.kept_facts.items():
            assert openness.index(anywhere[name]) <= openness.index(one)


def test_every_journey_keeps_what_it_asks_for() -> None:
    """Given the shipped journeys, then no slot is both asked for and dropped."""
    for name, journey in load_journeys().items():
        assert set(journey.slots) <= set(classes_for(name))
        assert set(load_journeys()[DEFAULT_JOURNEY].kept_facts) <= set(classes_for(name))


def test_what_is_dropped_is_not_asked_for_and_not_stored() -> None:
    """Given a dropped fact, then its name is in the ledger as answered, no value is stored, and it is no progress twice."""
    session = Session()
    turn = {"facts": {"favourite_colour": NOT_KEPT}, "bot": {"step": "s", "outcome": "failed"}}
    first = session.say("teal", **turn)
    session.say("teal", **turn)
    context = load_context(session.item, session.now).context
    assert context is not None
    assert "favourite_colour" in first.next.do_not_ask
    assert context.facts == {}
    assert context.slots["favourite_colour"].answered
    assert context.progress.turns_without_progress == 2 or context.progress.strategy_changes
