"""The decision as a pure function: sums, which rule decides, dangers while somebody waits, and what a hand-over weighs."""

import copy
from typing import Any, Final

import pytest

from relief.contracts.vocabulary import Action, Mode, Owner, ReasonCode
from relief.decide.judge import complete_facts, evaluate_rules, find_danger, is_more_urgent, judge, list_fired
from relief.decide.ladder import climb
from relief.decide.policy import load_policy
from tests.pipeline import Session
from tests.property.test_counterfactual import recorded

ROUTINE, SECURITY, SAFETY = ReasonCode.ROUTINE, ReasonCode.SECURITY_CONCERN, ReasonCode.SAFETY_OR_VULNERABILITY
PLAIN: Final = {"text": "Where is my order?", "bot": {"intent": {"name": "order_tracking", "confidence": 0.95}}}


def facts_of(**turn: Any) -> dict[str, Any]:
    """Return the facts that a first turn is decided on."""
    session = Session()
    session.say(**turn)
    return copy.deepcopy(recorded(session).facts)


def test_sums_are_of_both_kinds() -> None:
    """Given counts, then failures and refusals are unsuccessful, clarifications and changes interventions."""
    facts = facts_of(**PLAIN)
    facts["progress"] |= {"failures": 2, "refusals": 1, "clarifications": 1, "strategy_changes": 3}
    progress = complete_facts(facts, load_policy())["progress"]
    assert (progress["unsuccessful"], progress["interventions"]) == (3, 4)


def test_every_rule_is_recorded_with_its_margin_and_the_quick_way_finds_the_same() -> None:
    """Given a turn, then each rule of the policy is in the record, and evaluating without margins fires the same rules."""
    session = Session()
    session.say("I want a human. My lawyer will hear of this.")
    record = recorded(session)
    policy = load_policy()
    assert [one.rule for one in record.evaluated] == [rule.id for rule in policy.rules]
    fired, evaluated = evaluate_rules(policy, record.facts)
    assert [one.rule.id for one in fired] == [one.rule for one in evaluated if one.fired]
    assert [one.rule.id for one in list_fired(policy, record.facts)] == [one.rule.id for one in fired]
    assert {"person-requested", "legal-or-regulator"} <= {one.rule.id for one in fired}


def test_the_first_rule_decides_and_the_others_are_reasons_too() -> None:
    """Given several rules that hand over, then the first gives mode and reason, each is named, and the queue is the first's."""
    policy = load_policy()
    facts = facts_of(text="I want a human. My lawyer will hear of this.")
    judgement = judge(facts, policy)
    named = [one.rule.id for one in judgement.escalating]
    assert judgement.action is Action.escalate
    assert named == [rule.id for rule in policy.rules if rule.id in named]
    assert judgement.mode is judgement.escalating[0].rule.mode
    assert [reason.rule for reason in judgement.reasons] == named
    assert judgement.queue == next(one.rule.queue for one in judgement.escalating if one.rule.queue)


@pytest.mark.parametrize(
    ("reason", "than", "more"),
    [
        (SECURITY, ROUTINE, True),
        (SAFETY, ROUTINE, True),
        (SAFETY, SECURITY, True),
        (SECURITY, SECURITY, False),
        (SECURITY, SAFETY, False),
        (SAFETY, SAFETY, False),
        (ROUTINE, ROUTINE, False),
        (ReasonCode.LEGAL_OR_REGULATOR, ROUTINE, False),
    ],
)
def test_safety_goes_before_security_and_both_before_the_rest(
    reason: ReasonCode,
    than: ReasonCode,
    more: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Given two reasons, then a danger is more urgent than none, safety than security, and nothing than itself."""
    assert is_more_urgent(reason, than) is more


@pytest.mark.parametrize("owner", [Owner.queued, Owner.offered, Owner.human, Owner.bot])
def test_a_danger_is_found_while_somebody_waits_and_no_person_has_it_yet(owner: Owner) -> None:
    """Given a takeover reported, then whoever waits is handed over for it; who has a person, or the bot, is not."""
    policy = load_policy()
    facts = facts_of(text="Someone hacked my account and bought things. I want a human.")
    facts["owner"] = owner.value
    fired = list_fired(policy, facts)
    found = find_danger(facts, fired, ReasonCode.CUSTOMER_REQUEST)
    if owner not in {Owner.queued, Owner.offered}:
        assert found is None
        return
    assert found is not None
    assert [one.rule.reason for one in found.escalating] == [SECURITY]
    assert (found.action, found.mode) == (Action.escalate, found.escalating[0].rule.mode)
    assert find_danger(facts, fired, SECURITY) is None
    assert find_danger(facts, fired, SAFETY) is None


def test_what_a_hand_over_weighs_is_the_policys_own_sum() -> None:
    """Given two customers who differ by tier and value alone, then their priorities differ by the policy's points for these."""
    weights = load_policy().priority
    sums = {}
    for tier, value in (("standard", "low"), ("plus", "low"), ("vip", "low"), ("standard", "high")):
        session = Session()
        handoff = session.say("I want a human", customer={"tier": tier, "value": value}).handoff
        assert handoff is not None
        sums[tier, value] = handoff.priority
    least = sums["standard", "low"]
    assert sums["plus", "low"] - least == weights.tier["plus"] - weights.tier["standard"]
    assert sums["vip", "low"] - least == weights.tier["vip"] - weights.tier["standard"]
    assert sums["standard", "high"] - least == weights.value["high"] - weights.value["low"]
    facts = facts_of(text="I want a human", customer={"tier": "standard", "value": "low"})
    rule = max(one.rule.priority for one in judge(facts, load_policy()).escalating)
    scores = facts["scores"]
    soft = weights.urgency * scores["urgency"] + weights.frustration * scores["frustration"]
    assert least == round(weights.base + soft + rule)


def test_reasons_name_an_incident_where_there_is_one_alone() -> None:
    """Given no incident, then a decision has no reason but its own; the journey is the one that the topic leads to."""
    session = Session()
    answer = session.say(**PLAIN)
    assert [one.code for one in answer.reasons] == [ROUTINE]
    assert answer.incident is None
    named = Session()
    named.say("my bill is wrong", journey="billing_dispute")
    assert recorded(named).facts["journey"]["specific"]
    assert recorded(named).journey == "billing_dispute"


@pytest.mark.parametrize(
    ("confidence", "expected", "specific", "mode"),
    [
        (0.45, True, True, Mode.rule_based),
        (0.44, True, True, Mode.ai_assisted),
        (0.9, False, True, Mode.ai_assisted),
        (0.9, True, False, Mode.ai_assisted),
    ],
)
def test_what_is_understood_and_expected_stays_on_the_fixed_flow(
    confidence: float,
    expected: bool,  # noqa: FBT001 - as above
    specific: bool,  # noqa: FBT001 - as above
    mode: Mode,
) -> None:
    """Given an answer, then it is the journey's own flow where its message is understood well enough and expected."""
    policy = load_policy()
    assert policy.thresholds.clarify_below == 0.45
    facts = facts_of(**PLAIN)
    facts["intent"] |= {"confidence": confidence, "settled": True}
    facts["turn"] |= {"expected": expected}
    facts["journey"]["specific"] = specific
    rung = climb(facts, policy)
    assert (rung.action, rung.mode) == (Action.answer, mode)


@pytest.mark.parametrize(
    ("outcome", "codes", "action"),
    [
        ("none", [], Action.change_strategy),
        ("succeeded", [], Action.answer),
        ("none", ["GRATITUDE"], Action.answer),
        ("succeeded", ["GRATITUDE"], Action.answer),
    ],
)
def test_what_went_well_is_not_changed_for_being_told_crossly(outcome: str, codes: list[str], action: Action) -> None:
    """Given a step that succeeded, or thanks, then friction in the words changes nothing of the approach."""
    facts = facts_of(**PLAIN)
    facts["turn"] |= {"answers": False, "expressed": True, "tried": True, "outcome": outcome}
    facts["scores"] |= {"frustration": 0.95, "confusion": 0.0}
    facts["codes"] = codes
    assert climb(facts, load_policy()).action is action
