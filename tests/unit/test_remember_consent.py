"""A customer who did not agree to storage: nothing that identifies or describes them is kept, and no promise is broken."""

import json
from datetime import timedelta
from typing import Any

import pytest

from relief.api.parachute import pack_parachute
from relief.contracts.context import SessionContext
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, Owner
from relief.remember.consent import keep_what_is_allowed
from relief.store.items import load_context
from relief.store.packed import unpack
from tests.pipeline import SETTINGS, START, Session

DISAGREES = {"consent": {"store_context": False}}
AGREES = {"consent": {"store_context": True}}
TOLD: dict[str, Any] = {
    "journey": "billing_dispute",
    "facts": {"order_number": "canary-1"},
    "preferences": {"contact": "canary-2"},
    "evidence": [{"kind": "upload", "ref": "canary-3"}],
    "customer": {"ref": "canary-4", "tier": "vip", "products": ["canary-5"], "region": "canary-6", "tenure_months": 61},
    "bot": {"step": "verify_charge", "outcome": "failed", "asked": ["charge_date"]},
}


def remembered(session: Session) -> SessionContext:
    """Return what the session's item holds."""
    context = load_context(session.item, session.now).context
    assert context is not None
    return context


def test_nothing_that_was_supplied_is_in_any_write() -> None:
    """Given turns without consent, up to a hand-over, then no write holds what the customer or a system supplied."""
    session = Session()
    for text in ("my bill is wrong", "it is still wrong, third time I write!!", "I want a human"):
        session.say(text, **TOLD, **DISAGREES)
        assert "canary" not in json.dumps(session.writes)
        assert "vip" not in json.dumps(session.writes)
        assert "CUSTOMER#" not in json.dumps(session.writes)


def test_the_context_keeps_what_the_promises_need_and_nothing_else() -> None:
    """Given a turn without consent, then steps, asked slots and counters stay, and scores, intents and sketches go."""
    session = Session()
    session.say("my bill is wrong", **TOLD, **DISAGREES)
    context = remembered(session)
    assert context.steps["verify_charge"].failures == 1
    assert context.slots["order_number"].answered
    assert context.progress.failures == 1
    kept = context.model_dump(exclude_defaults=True)
    for name in ("customer", "goal", "facts", "preferences", "evidence", "history", "last_signals", "peak_frustration"):
        assert name not in kept
    assert context.progress.issue == ""


def test_a_decision_lives_no_longer_than_the_session_needs_it() -> None:
    """Given a turn without consent, then its record ends with the session and does not say what it was decided on."""
    session = Session()
    answer = session.say("my bill is wrong", **TOLD, **DISAGREES)
    decision = session.writes[1]["Put"]["Item"]
    lives = int(decision["expires_at"]["N"]) - int(START.timestamp())
    assert lives == SETTINGS.session_hours * 3600
    assert json.loads(unpack(decision["explanation"]["S"]))["facts"] == {}
    assert json.loads(unpack(decision["response"]["S"]))["decision_id"] == answer.decision_id


def test_nothing_is_asked_or_tried_again() -> None:
    """Given turns without consent, then what was answered is not asked, what failed is not proposed, a person is told."""
    session = Session()
    session.say("my bill is wrong", **TOLD, **DISAGREES)
    second = session.say("and now?")
    assert "order_number" in second.next.do_not_ask
    assert "verify_charge" in second.next.do_not_repeat
    third = session.say("a human please", **TOLD)
    assert third.action is Action.escalate
    assert third.owner is Owner.queued
    assert third.handoff is not None
    summary = third.handoff.summary
    assert "order_number" in summary.do_not_ask
    assert "order_number" not in summary.open_questions
    assert summary.facts == {}
    assert {"identity", "account", "facts", "preferences", "evidence"} <= set(summary.dropped)
    assert any("did not agree" in advice for advice in summary.recommended_next)


def test_consent_stays_valid_until_a_turn_says_otherwise() -> None:
    """Given consent that is withdrawn and given again, then each holds for the turns that say nothing of it."""
    session = Session()
    session.say("my bill is wrong", **TOLD)
    assert remembered(session).facts == {"order_number": "canary-1"}
    session.say("hello", **DISAGREES)
    assert remembered(session).facts == {}
    session.say("hello?", facts={"charge_date": "canary-7"})
    assert "canary" not in json.dumps(session.writes)
    session.say("hello??", facts={"charge_date": "canary-8"}, **AGREES)
    assert remembered(session).facts == {"charge_date": "canary-8"}


@pytest.mark.parametrize("consent", [DISAGREES, AGREES])
def test_the_last_resort_keeps_to_it_as_well(consent: dict[str, Any]) -> None:
    """Given a turn that fails open, then what is prepared for it holds supplied values with consent only."""
    turn = TurnRequest.model_validate({"turn_id": "t1", "channel": "web_chat", "text": "hi", **TOLD, **consent})
    fallback = pack_parachute("s-1", turn, "hash", START, SETTINGS)
    assert ("canary" in fallback.model_dump_json()) is consent["consent"]["store_context"]
    assert "canary-4" not in fallback.ownership


def test_a_new_field_of_the_context_is_not_kept_by_oversight() -> None:
    """Given a context with every field filled, then only the fields that are listed survive."""
    context = SessionContext.model_validate(
        {
            "session_id": "s-1",
            "created_at": START,
            "updated_at": START,
            "expires_at": START + timedelta(hours=1),
            "channel": "sms",
            "store_context": False,
            "goal": "refund",
            "peak_frustration": 0.9,
            "first_frustration": 0.1,
            "evidence": ["upload:x"],
            "listed": {"customer": "k1.a", "until": START},
        }
    )
    assert keep_what_is_allowed(context).model_dump(exclude_unset=True).keys() <= {
        *"session_id turn owner created_at updated_at expires_at channel locale journey".split(),
        *"steps slots proposed progress handoff handoffs incidents_told store_context".split(),
    }
