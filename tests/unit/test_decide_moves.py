"""What a counterfactual may change of a turn: each fact by as little as matters, with whatever cannot but change along."""

import copy
from typing import Any, Final

import pytest

from relief.decide.moves import STEP, Change, Move, list_moves, look_up
from relief.decide.policy import Policy, load_policy
from tests.pipeline import Session
from tests.property.test_counterfactual import recorded

REQUEST: Final = "codes:HUMAN_REQUEST"
FAILED: Final = {"bot": {"step": "verify_charge", "outcome": "failed"}}


def facts_of(*turns: dict[str, Any]) -> dict[str, Any]:
    """Return the facts that the last of these turns was decided on."""
    session = Session()
    for turn in turns:
        session.say(**turn)
    return copy.deepcopy(recorded(session).facts)


@pytest.fixture
def facts() -> dict[str, Any]:
    """A second turn, in words, of a billing dispute whose first step has failed."""
    return facts_of({"text": "my bill is wrong", "journey": "billing_dispute"}, {"text": "it says not found", **FAILED})


def policy_with(when: str) -> Policy:
    """Return the shipped policy with a rule more, on this condition."""
    document = load_policy().model_dump(mode="json")
    rule = document["rules"][0] | {"id": "one-more", "when": when, "measure": None, "threshold": None}
    return Policy.model_validate({**document, "rules": [rule | {"threshold_of": None}, *document["rules"]]})


def moves(facts: dict[str, Any], policy: Policy | None = None) -> dict[Change, Move]:
    """Return the moves by what they change first."""
    found = list_moves(facts, policy or load_policy())
    assert [one.distance for one in found] == sorted(one.distance for one in found)
    return {one.change: one for one in found}


def test_every_move_changes_something(facts: dict[str, Any]) -> None:
    """Given a turn, then no move leaves its fact as it is, and each goes some way."""
    found = moves(facts, policy_with("customer.tier == 'vip' && customer.tenure_months >= `12`"))
    assert len(found) > 30
    for one in found.values():
        path, value = one.change
        assert look_up(facts, path) != value, one
        assert one.distance > 0, one


def test_a_sign_may_be_added_to_words_alone_and_a_request_last_of_all(facts: dict[str, Any]) -> None:
    """Given words, then a sign that a rule asks for may be added; a request for a person is the last resort, and counts."""
    assert not {"LEGAL_PHRASE", "HUMAN_REQUEST"} & set(facts["codes"])
    found = moves(facts)
    assert found["codes:LEGAL_PHRASE", True] == Move(1.0, ("codes:LEGAL_PHRASE", True))
    assert found[REQUEST, True] == Move(2.0, (REQUEST, True), (("progress.human_requests", 1),))
    silent = facts | {"turn": facts["turn"] | {"has_text": False}}
    assert not [path for path, value in moves(silent) if path.startswith("codes:") and value]


def test_a_sign_that_was_found_may_be_absent() -> None:
    """Given signs in the words, then each may be absent; without the request nobody was asked for, and no score says so."""
    facts = facts_of({"text": "I want a human. My lawyer will hear of this."})
    found = moves(facts)
    assert found["codes:LEGAL_PHRASE", False] == Move(0.3, ("codes:LEGAL_PHRASE", False))
    assert found[REQUEST, False].distance == 0.3
    assert ("progress.human_requests", 0) in found[REQUEST, False].implied
    assert ("codes:LEGAL_PHRASE", True) not in found


def test_words_that_only_sound_like_a_request_may_sound_less_so(facts: dict[str, Any]) -> None:
    """Given a score that a rule reads as a request, then it may be just below that; with the request goes the score too."""
    policy = policy_with("scores.escalation_intent >= `0.8`")
    facts["scores"]["escalation_intent"] = 0.9
    lowest = min(policy.levers.marks["scores.escalation_intent"])
    below = ("scores.escalation_intent", round(lowest - STEP, 4))
    assert moves(facts, policy)[below].distance == pytest.approx(0.9 - below[1])
    facts["codes"] = ["HUMAN_REQUEST"]
    facts["progress"]["human_requests"] = 1
    assert moves(facts, policy)[REQUEST, False].implied == (("progress.human_requests", 0), below)
    facts["codes"] = []
    facts["scores"]["escalation_intent"] = 0.0
    assert not [path for path, _ in moves(facts, policy) if path == "scores.escalation_intent"]


def test_friction_that_is_new_shows_in_words_or_in_behaviour(facts: dict[str, Any]) -> None:
    """Given more friction than there was, then words or behaviour show it, whichever there are; less shows nothing."""
    facts["scores"]["frustration"] = 0.1
    for turn, shown in (
        ({"has_text": True, "telemetry": False}, (("turn.expressed", True),)),
        ({"has_text": True, "telemetry": True}, (("turn.expressed", True),)),
        ({"has_text": False, "telemetry": True}, (("turn.behaviour", True),)),
        ({"has_text": False, "telemetry": False}, ()),
        ({"has_text": True, "expressed": True}, ()),
    ):
        before = {"expressed": False, "behaviour": False, "telemetry": False}
        found = moves(facts | {"turn": facts["turn"] | before | turn})
        grown = [one.implied for one in found.values() if one.change[0] == "scores.frustration" and one.change[1] > 0.1]
        assert grown, turn
        assert set(grown) == {shown}, turn


def test_a_bot_that_is_sure_has_no_doubt(facts: dict[str, Any]) -> None:
    """Given a bot that doubted what the customer needs, then a confidence above its doubt takes the doubt away."""
    facts["intent"] |= {"confidence": 0.2, "doubted": True}
    found = {one.change[1]: one.implied for one in moves(facts).values() if one.change[0] == "intent.confidence"}
    assert found[0.45] == (("intent.doubted", False),)
    assert all(implied == () for value, implied in found.items() if float(value) < 0.45)
    facts["intent"]["doubted"] = False
    assert all(one.implied == () for one in moves(facts).values() if one.change[0] == "intent.confidence")


def outcome_moves(facts: dict[str, Any], outcome: str) -> dict[str, dict[str, Any]]:
    """Return how the step may have ended otherwise, with what follows from each."""
    changed = facts | {"turn": facts["turn"] | {"outcome": outcome}}
    found = [one for one in moves(changed).values() if one.change[0] == "turn.outcome"]
    assert all(one.distance == 0.5 for one in found)
    return {str(one.change[1]): dict(one.implied) for one in found}


def test_a_step_that_ended_otherwise_is_counted_otherwise(facts: dict[str, Any]) -> None:
    """Given how a step ended, then the other ends come with the counts that they would have left."""
    facts["progress"] |= {"failures": 1, "refusals": 1, "turns_without_progress": 1, "turns": 3}
    facts["step"]["failures"] = 1
    assert outcome_moves(facts, "failed") == {
        "succeeded": {"progress.failures": 0, "progress.turns_without_progress": 0, "step.failures": 0}
    }
    assert outcome_moves(facts, "succeeded") == {
        "failed": {"progress.failures": 2, "progress.turns_without_progress": 2, "step.failures": 2}
    }
    assert outcome_moves(facts, "refused") == {
        "succeeded": {"progress.refusals": 0, "progress.turns_without_progress": 0, "step.failures": 0},
        "failed": {"progress.failures": 2, "progress.refusals": 0},
    }
    assert set(outcome_moves(facts, "pending")) == {"succeeded", "failed"}
    facts["progress"]["turns"] = 1
    assert outcome_moves(facts, "succeeded")["failed"] == {"progress.failures": 2, "step.failures": 2}
    facts["turn"]["step"] = ""
    assert outcome_moves(facts, "none") == {}
    assert "step.failures" not in outcome_moves(facts, "succeeded")["failed"]


def test_one_count_more_needs_a_turn_to_have_happened_in(facts: dict[str, Any]) -> None:
    """Given counts, then each may be one more or less; one more failure is one more turn, in which something was tried."""
    facts["progress"] |= {"failures": 1, "refusals": 0, "turns": 2, "clarifications": 1, "turns_without_progress": 1}
    found = moves(facts)
    number = facts["turn"]["number"]
    another = (("progress.turns", 3), ("turn.number", number + 1), ("turn.tried", True))
    assert found["progress.turns", 3] == Move(0.25 - STEP, ("progress.turns", 3), another[1:])
    assert found["progress.failures", 2] == Move(0.25, ("progress.failures", 2), another)
    assert found["progress.turns_without_progress", 2].implied == ()
    # This turn's own failure happened, so there cannot have been fewer than one.
    assert ("progress.failures", 0) not in found
    assert found["progress.clarifications", 0] == Move(0.25, ("progress.clarifications", 0))
    facts["progress"]["turns_without_progress"] = 2
    assert moves(facts)["progress.turns_without_progress", 3].implied == another
    assert ("progress.turns_without_progress", 1) in moves(facts)
    facts["turn"]["outcome"] = "succeeded"
    assert ("progress.turns_without_progress", 3) not in moves(facts)


def test_contacts_are_moved_to_where_a_rule_begins_or_ends(facts: dict[str, Any]) -> None:
    """Given how often the customer said to have written, then it is moved to the rule's number, or to just below it."""
    for stated, to in ((0, 3), (2, 3), (3, 2), (5, 2)):
        facts["progress"]["stated_contacts"] = stated
        move = moves(facts)["progress.stated_contacts", to]
        assert move.distance == pytest.approx(0.25 * abs(to - stated))


def test_the_account_is_another_where_a_rule_reads_it(facts: dict[str, Any]) -> None:
    """Given rules about accounts, then tier and tenure may be others, and never what they are."""
    policy = policy_with("customer.tier == 'vip' && customer.tenure_months >= `12`")
    facts["customer"] |= {"tier": "plus", "tenure_months": 30}
    found = moves(facts, policy)
    tiers = {value for path, value in found if path == "customer.tier"}
    assert tiers == {"standard", "vip"}
    assert found["customer.tenure_months", 11].distance == 0.4
    facts["customer"]["tenure_months"] = 11
    assert ("customer.tenure_months", 12) in moves(facts, policy)


def test_a_step_may_have_another_way_around_it(facts: dict[str, Any]) -> None:
    """Given a step that the journey knows, then whether there is another way may be otherwise; given none, it may not."""
    left = facts["step"]["alternative_left"]
    assert moves(facts)["step.alternative_left", not left].distance == 0.45
    facts["step"]["known"] = False
    assert ("step.alternative_left", not left) not in moves(facts)
