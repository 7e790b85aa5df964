"""The views by role: each shows what its reader needs, in their words, and nothing that is not theirs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relief.contracts.context import SessionContext
from relief.contracts.handoff import Handoff
from relief.contracts.states import DecisionRecord, FiredRule
from relief.contracts.views import SessionView
from relief.contracts.vocabulary import HandoffState, Owner, ReasonCode, StepOutcome, View
from relief.store.items import load_context, load_handoff
from relief.store.writes import load_decision
from relief.summarise.agent_view import view_as_agent
from relief.summarise.customer_view import view_as_customer
from relief.summarise.customer_words import customer_words_for, load_customer_words
from relief.summarise.supervisor_view import MAX_DECISIONS, view_as_supervisor
from tests.pipeline import Session

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
RECORD_SECONDS = 30 * 86400


def a_context(**fields: Any) -> SessionContext:
    """A session in the middle of a billing dispute."""
    document = {
        "session_id": "s-1",
        "turn": 3,
        "created_at": NOW,
        "updated_at": NOW,
        "expires_at": NOW + timedelta(hours=24),
        "channel": "web_chat",
        "journey": "billing_dispute",
        "goal": "billing",
        "customer": {"ref": "k1.secret", "tier": "vip", "value": "low", "authenticated": "verified"},
        "facts": {"order_number": "A-1", "colour_of_door": "blue"},
        "evidence": ["upload:s3"],
        "steps": {"verify_charge": {"attempts": 2, "failures": 2, "last_outcome": "failed", "last_turn": 3}},
        "slots": {"charge_date": {"asked": 1, "asked_by": "bot"}, "order_number": {"answered": True}},
        "last_signals": {"frustration": 0.7, "urgency": 0.5},
        "first_frustration": 0.2,
        "peak_frustration": 0.8,
        **fields,
    }
    return SessionContext.model_validate(document)


def a_handed_over_session() -> tuple[SessionContext, list[DecisionRecord], Handoff]:
    """A session whose second turn is a hand-over: its context, its decisions, and the hand-over as delivered."""
    session = Session(start=NOW)
    decisions = []
    for text in ("my bill is wrong", "I want a human"):
        session.say(text, journey="billing_dispute", facts={"order_number": "A-1"})
        decisions.append(load_decision(session.writes[1]["Put"]["Item"], NOW))
    context = load_context(session.item, NOW).context
    handoff = load_handoff(session.writes[2]["Put"]["Item"], NOW)
    assert context is not None
    assert handoff is not None
    return context, [one for one in decisions if one], handoff.model_copy(update={"state": HandoffState.queued})


def test_an_agent_sees_what_was_tried_and_what_is_known() -> None:
    """Given a session, then an agent sees the goal, steps, values and open questions, and what not to ask."""
    view = view_as_agent(a_context(), None)
    assert view.goal == "a disputed charge settled (order number A-1, colour of door blue)"
    assert [(one.step, one.outcome, one.times) for one in view.tried] == [("verify_charge", StepOutcome.failed, 2)]
    assert view.emotion.words == "frustrated"
    assert view.emotion.trend == "rising"
    assert view.do_not_repeat == ["verify_charge"]
    assert view.open_questions == ["charge_amount", "charge_date"]
    assert {one.slot: one.answered for one in view.asked} == {"charge_date": False, "order_number": True}
    assert view.summary is None


def test_an_agent_sees_the_hand_over_as_it_is_now() -> None:
    """Given a hand-over that was delivered since the turn, then its state is the record's, not the context's."""
    context, _, handoff = a_handed_over_session()
    view = view_as_agent(context, handoff)
    assert context.handoff is not None
    assert context.handoff.state is HandoffState.requested
    assert view.handoff is not None
    assert view.handoff.state is HandoffState.queued
    assert view.summary == handoff.summary
    assert view_as_agent(context, None).handoff == context.handoff


@pytest.mark.parametrize("locale", ["en-US", "es-MX", "de_AT", "fr-FR"])
def test_a_customer_reads_it_in_their_language(locale: str) -> None:
    """Given a locale, then every text is in its language, English where there is none, and no place is left unfilled."""
    view = view_as_customer(a_context(locale=locale), RECORD_SECONDS)
    language = locale[:2] if locale[:2] != "fr" else "en"
    assert view.locale == language
    assert view.title == load_customer_words()[language].title
    texts = (view.topic, view.who, view.identity, view.feeling, view.kept, view.correct.text, view.more, *view.tried)
    assert not [text for text in texts if "{" in text or not text]
    assert "2026-11-24 10:00 UTC" in view.kept
    assert "30" in view.kept


def test_a_customer_sees_their_values_under_plain_names_and_how_to_correct_them() -> None:
    """Given facts, then each has a label, and the view says how to state it anew."""
    view = view_as_customer(a_context(), RECORD_SECONDS)
    assert [(one.label, one.value) for one in view.known] == [("order number", "A-1"), ("colour of door", "blue")]
    assert view.topic == "It is about a bill or charge."
    assert view.tried == ["“I'll look the charge up by its order number.” This did not work. (2 times)"]
    assert view.attachments == 1
    assert view.correct.path == "/v1/sessions/s-1/turns"
    assert view.correct.fields == ["facts", "preferences"]


def test_a_customer_does_not_see_what_the_business_thinks_of_the_account() -> None:
    """Given tier, value and reference, then the customer's view has none of them, nor any score."""
    shown = view_as_customer(a_context(), RECORD_SECONDS).model_dump_json()
    for hidden in ("vip", '"low"', "secret", "0.7"):
        assert hidden not in shown


@pytest.mark.parametrize("owner", list(Owner))
@pytest.mark.parametrize("outcome", list(StepOutcome))
def test_every_state_has_words(owner: Owner, outcome: StepOutcome) -> None:
    """Given any owner and outcome, then there are words for them in every language."""
    steps = {"a_step_of_the_bot": {"attempts": 1, "last_outcome": outcome}}
    for locale in load_customer_words():
        view = view_as_customer(a_context(locale=locale, owner=owner, steps=steps, goal=""), RECORD_SECONDS)
        assert view.who
        assert "a step of the bot" in view.tried[0]
        assert view.topic == customer_words_for(locale).topic_unknown


def test_a_customer_who_did_not_agree_is_told_what_is_kept_all_the_same() -> None:
    """Given no consent, then the view says so."""
    view = view_as_customer(a_context(store_context=False, facts={}), RECORD_SECONDS)
    assert view.kept.startswith("You did not agree to storage.")


def test_a_supervisor_sees_why_each_decision_was_made() -> None:
    """Given decisions, then each has its rules, margins and a sentence, and hand-overs their reason."""
    context, decisions, handoff = a_handed_over_session()
    view = view_as_supervisor("s-1", context, decisions, [handoff])
    assert [one.turn for one in view.decisions] == [1, 2]
    last = view.decisions[-1]
    assert last.explanation.startswith("Turn 2: escalate because CUSTOMER_REQUEST by person-requested, margin +1.00:")
    assert "Closest rule that did not fire" in last.explanation
    assert all(not rule.fired for rule in last.nearest)
    assert view.reason_codes[ReasonCode.CUSTOMER_REQUEST] == 1
    assert [(one.queue, one.reason, one.state) for one in view.escalations] == [
        ("billing", ReasonCode.CUSTOMER_REQUEST, HandoffState.queued)
    ]
    assert "summary" not in view.escalations[0].model_dump()


def test_the_rule_that_came_closest_is_named_first() -> None:
    """Given rules that did not fire, then they are sorted by how little was missing."""
    _, decisions, _ = a_handed_over_session()
    margins = {"far": -0.9, "near": -0.1, "middle": -0.4, "fired": 0.5}
    rules = [FiredRule(rule=name, fired=margin > 0, margin=margin) for name, margin in margins.items()]
    view = view_as_supervisor("s-1", None, [decisions[0].model_copy(update={"evaluated": rules})], [])
    assert [rule.rule for rule in view.decisions[0].nearest] == ["near", "middle", "far"]


def test_a_supervisor_sees_decisions_that_outlived_the_context() -> None:
    """Given an expired context, then decisions are still explained; of very many, the newest are shown."""
    _, decisions, _ = a_handed_over_session()
    view = view_as_supervisor("s-1", None, decisions * MAX_DECISIONS, [])
    assert view.owner is None
    assert view.turn == 2
    assert len(view.decisions) == MAX_DECISIONS
    assert view.decisions_left_out == MAX_DECISIONS


def test_a_reader_can_tell_the_views_apart() -> None:
    """Given any view as JSON, then it is read back as the view that it is."""
    context, decisions, handoff = a_handed_over_session()
    for view, one in (
        (View.agent, view_as_agent(context, handoff)),
        (View.customer, view_as_customer(context, RECORD_SECONDS)),
        (View.supervisor, view_as_supervisor("s-1", context, decisions, [handoff])),
    ):
        read = SessionView.model_validate_json(one.model_dump_json()).root
        assert read.view is view
        assert read == one
