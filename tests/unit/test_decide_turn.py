"""Decisions at the contract: what a turn with these words, steps and facts leads to."""

from datetime import timedelta

import pytest

from relief.classify.model import load_classifier
from relief.contracts.incident import Incident
from relief.contracts.vocabulary import Action, Mode, Owner, ReasonCode
from relief.store.items import load_context
from relief.store.writes import put_context
from tests.pipeline import SETTINGS, START, Session

FAILED = {"outcome": "failed"}


def test_a_plain_question_is_answered() -> None:
    """Given a first, clear question, then the bot goes on."""
    answer = Session().say("Where is my order A-20391?", bot={"intent": {"name": "order_tracking", "confidence": 0.9}})
    assert answer.action is Action.answer
    assert answer.owner is Owner.bot
    assert answer.handoff is None
    assert answer.reasons[0].code is ReasonCode.ROUTINE


def test_an_unclear_message_gets_one_question_and_never_a_second() -> None:
    """Given words that could mean anything, then one question is asked, and after that another way is taken."""
    session = Session()
    first = session.say("it doesnt let me", bot={"intent": {"name": "unknown", "confidence": 0.2}})
    second = session.say("the thing", bot={"intent": {"name": "unknown", "confidence": 0.2}})
    assert first.action is Action.clarify
    assert first.next.ask is not None
    assert second.action in {Action.change_strategy, Action.escalate}
    assert second.next.ask is None or second.next.ask.slot != first.next.ask.slot


def test_a_failed_step_is_followed_by_its_alternative_then_by_a_person() -> None:
    """Given a step that fails, then its alternative is proposed; when that fails too, a person takes over."""
    session = Session()
    session.say("my bill is wrong", journey="billing_dispute", facts={"order_number": "A-1"})
    changed = session.say("no, nothing there", bot={"step": "verify_charge", **FAILED})
    assert changed.action is Action.change_strategy
    assert changed.next.step == "search_by_amount"
    assert "verify_charge" in changed.next.do_not_repeat
    over = session.say("that shows nothing either", bot={"step": "search_by_amount", **FAILED})
    assert over.action is Action.escalate
    assert over.reasons[0].code is ReasonCode.REPEATED_FAILURE
    assert over.handoff is not None
    assert over.handoff.queue == "billing"
    tried = {step.step: step.outcome.value for step in over.handoff.summary.tried}
    assert tried == {"verify_charge": "failed", "search_by_amount": "failed"}


@pytest.mark.parametrize(
    ("text", "customer", "reason", "queue"),
    [
        ("I will take this to the ombudsman.", {}, ReasonCode.LEGAL_OR_REGULATOR, "complaints"),
        ("Someone hacked my account and bought things", {}, ReasonCode.SECURITY_CONCERN, "security"),
        ("My mother depends on her oxygen concentrator", {}, ReasonCode.SAFETY_OR_VULNERABILITY, "crisis"),
        ("I want to cancel my subscription", {"tenure_months": 72}, ReasonCode.CANCELLATION_THREAT, "retention"),
        ("I have written three times about this refund now.", {}, ReasonCode.REPEATED_CONTACT, "refunds"),
    ],
)
def test_hard_triggers_hand_over_at_once(text: str, customer: dict[str, int], reason: ReasonCode, queue: str) -> None:
    """Given calm words with a serious matter in them, then a person takes over in the same turn."""
    answer = Session().say(text, customer=customer)
    assert answer.action is Action.escalate
    assert reason in {one.code for one in answer.reasons}
    assert answer.handoff is not None
    assert answer.handoff.queue == queue


def test_a_short_standing_customer_may_cancel_without_a_person() -> None:
    """Given a cancellation by a customer of a few months, then it is automated."""
    answer = Session().say("I want to cancel my subscription", customer={"tenure_months": 3, "value": "low"})
    assert answer.action is not Action.escalate


def test_waiting_differs_from_needing_it_now() -> None:
    """Given "annoyed but can wait" and "need it now", then urgency and real-time differ."""
    patient = Session().say("I'm annoyed, but it can wait. Please have a person look at it.")
    urgent = Session().say("I need this fixed now, get me a person, my flight leaves in two hours!")
    assert patient.handoff is not None
    assert urgent.handoff is not None
    assert urgent.signals.urgency.score > patient.signals.urgency.score + 0.4
    assert urgent.handoff.priority > patient.handoff.priority
    assert urgent.handoff.realtime
    assert not patient.handoff.realtime


def test_a_high_value_dispute_reaches_a_person_sooner_than_a_password_reset() -> None:
    """Given the same course of events, then the high-value dispute is handed over and the reset is not."""
    dispute, reset = Session(), Session()
    for session, journey, intent, text in (
        (dispute, "billing_dispute", "billing", "I see two identical charges on my bill"),
        (reset, "password_reset", "password_reset", "I need a new password"),
    ):
        session.say(
            text, journey=journey, customer={"value": "high"}, bot={"intent": {"name": intent, "confidence": 0.8}}
        )
        session.say("it was on the first of November", bot={"intent": {"name": intent, "confidence": 0.8}})
    assert dispute.answers[-1].action is Action.escalate
    assert dispute.answers[-1].mode is Mode.copilot
    assert reset.answers[-1].action is Action.answer


def test_silence_with_friction_makes_the_bot_speak_up() -> None:
    """Given a form step that fails three times without a word, then help is offered; a quiet view needs no words."""
    session = Session()
    quiet = session.say(telemetry=[{"kind": "step_viewed", "target": "address"}])
    stuck = session.say(
        telemetry=[{"kind": "step_failed", "target": "address"}] * 3
        + [{"kind": "control_clicked", "target": "next"}] * 5
    )
    assert quiet.action is Action.hold
    assert quiet.reasons[0].code is ReasonCode.NO_INTERVENTION
    assert stuck.action in {Action.change_strategy, Action.clarify, Action.escalate}
    assert stuck.next.say


def test_after_a_hand_over_the_bot_is_held_and_additions_reach_the_summary() -> None:
    """Given a hand-over under way, when the customer adds a fact, then the bot holds and the summary has it."""
    session = Session()
    first = session.say("I want a human", journey="billing_dispute")
    added = session.say("the amount was 49.90", facts={"charge_amount": "49.90"})
    again = session.say("hello?? a human please!")
    assert added.action is Action.hold
    assert added.owner is Owner.queued
    assert added.handoff is not None
    assert first.handoff is not None
    assert added.handoff.handoff_id == first.handoff.handoff_id
    assert added.handoff.summary.facts["charge_amount"] == "49.90"
    assert added.handoff.summary.reason.code is ReasonCode.CUSTOMER_REQUEST
    assert again.action is Action.escalate
    assert again.handoff is not None
    assert again.handoff.handoff_id == first.handoff.handoff_id


@pytest.mark.parametrize(
    ("locale", "expected"), [("es-ES", "persona"), ("de-DE", "wiederholen"), ("en-GB", "colleague")]
)
def test_the_customer_reads_their_language(locale: str, expected: str) -> None:
    """Given a locale, then the hand-over is announced in its language; unknown ones read English."""
    assert expected in Session().say("agent", locale=locale).next.say
    assert "colleague" in Session().say("agent", locale="fi-FI").next.say


def test_a_decision_carries_every_rule_with_its_margin() -> None:
    """Given any decision, then each rule of the policy is explained, fired or not."""
    session = Session()
    answer = session.say("I want to talk to a person")
    assert answer.reasons[0].rule == "person-requested"
    assert answer.versions.policy
    assert answer.versions.model == "none"


@pytest.mark.parametrize(
    ("said", "realtime"),
    [
        (["My internet is slow, but I can wait."], False),
        (["My internet is slow, but I can wait.", "Actually this is urgent now."], True),
        (["My internet is slow, this is urgent.", "Never mind, I can wait."], False),
        (["My internet is slow."], True),
    ],
)
def test_a_customer_who_can_wait_is_handed_over_asynchronously(said: list[str], *, realtime: bool) -> None:
    """Given what a customer last said of their hurry, when a person is asked for later, then the pace follows it."""
    session = Session()
    for text in said:
        session.say(text)
    over = session.say("Let me talk to a person, please.")
    assert over.handoff is not None
    assert over.handoff.realtime is realtime


def test_what_nothing_is_known_of_is_never_routine() -> None:
    """Given a classifier that is sure to know nothing of a message, then a question comes, not an answer."""
    session = Session()
    session.classifier = load_classifier()
    answer = session.say("well, that one, you know")
    assert answer.intent.name == "out_of_scope"
    assert answer.action is Action.clarify
    assert answer.reasons[0].code is ReasonCode.LOW_CONFIDENCE


def test_unexpected_input_leaves_the_fixed_flow() -> None:
    """Given a task on a fixed flow, when the customer writes of something else, then assistance takes over."""
    session = Session()
    fixed = session.say("I forgot my password and need to reset it")
    other = session.say("my cousin has the other cable")
    assert (fixed.mode, other.mode) == (Mode.rule_based, Mode.ai_assisted)


OUTAGE = Incident(
    incident_id="tv",
    messages={"en": "TV is down. News at nine."},
    declared_at=START,
    expires_at=START + timedelta(hours=4),
)


def test_what_failed_before_an_incident_was_told_does_not_count_against_its_customer() -> None:
    """Given a failed step that an incident explains, then being cross about the incident changes and hands over nothing."""
    session = Session()
    session.classifier = load_classifier()
    session.say("screen says E-14", journey="technical_fault", facts={"error_code": "E-14"})
    session.incidents = [OUTAGE]
    told = session.say("did that. E-14.", bot={"step": "restart_device", **FAILED})
    cross = session.say("seriously the one night i invite people over")
    assert OUTAGE.messages["en"] in told.next.say
    assert "restart_device" in cross.next.do_not_repeat
    assert cross.action is Action.answer


def test_what_fails_after_an_incident_was_told_counts() -> None:
    """Given an incident that was told, then failures from then on change the approach and bring a person."""
    session = Session()
    session.incidents = [OUTAGE]
    session.say("my bill is wrong", journey="billing_dispute", facts={"order_number": "A-1"})
    changed = session.say("no, nothing there", bot={"step": "verify_charge", **FAILED})
    over = session.say("that shows nothing either", bot={"step": "search_by_amount", **FAILED})
    assert changed.action is Action.change_strategy
    assert over.action is Action.escalate


def test_waiting_out_an_incident_comes_to_a_person_in_the_end() -> None:
    """Given an incident that was told, then a customer who gets nowhere turn after turn still reaches a person."""
    session = Session()
    session.incidents = [OUTAGE]
    actions = [session.say(f"Nothing yet, message {number}").action for number in range(12)]
    assert Action.escalate in actions


def test_what_the_conversation_is_about_is_not_asked_for_when_it_was_told() -> None:
    """Given a topic that was told but may not be kept, when the next message is vague, then it is not asked for."""
    session = Session()
    session.say("hm", facts={"topic": "A-20391"})
    stored = load_context(session.item, session.now)
    assert stored.context is not None
    forgotten = stored.context.model_copy(update={"facts": {}})
    session.item = put_context(forgotten, stored.version, SETTINGS)["Put"]["Item"]

    answer = session.say("it still shows the same")

    assert "topic" in answer.next.do_not_ask
    assert answer.next.ask is None or answer.next.ask.slot not in answer.next.do_not_ask


@pytest.mark.parametrize(
    ("reply", "intent"),
    [
        ("Yes, both are for the same subscription.", "billing"),
        ("No, the other card ends with those digits.", "billing"),
        ("No, I forgot my password and need to reset it.", "password_reset"),
    ],
)
def test_a_yes_or_a_no_keeps_the_matter_unless_it_names_another(reply: str, intent: str) -> None:
    """Given a billing matter, when an answer begins with yes or no, then only plain words for another matter change it."""
    session = Session()
    session.classifier = load_classifier()
    session.say("There is a charge of 249 on my statement that I want to dispute, I was billed twice.")
    assert session.say(reply).intent.name == intent


@pytest.mark.parametrize("name", ["ChangeOrder", "change_order", "change-order", "Change Order"])
def test_a_bots_name_for_an_intent_is_known_however_it_is_written(name: str) -> None:
    """Given words that say little, when the bot is sure of an intent, then it is known by the names that bots give it."""
    answer = Session().say("the other one please", bot={"intent": {"name": name, "confidence": 0.9}})
    assert answer.intent.name == "order_change"
