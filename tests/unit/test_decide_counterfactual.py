"""What would have flipped a decision: in plain words, kept with the decision, and cheap."""

import statistics
import time
from typing import Any

import pytest

from relief.decide.counterfactual import find_counterfactual
from relief.decide.judge import complete_facts
from relief.decide.policy import Policy, load_policy
from relief.summarise.supervisor_view import view_as_supervisor
from tests.load.decide import many_rules, typical_decisions
from tests.pipeline import Session
from tests.property.test_counterfactual import recorded

FAILED = {"outcome": "failed"}


def taken(*turns: dict[str, Any]) -> Session:
    """Return a session in which these turns were taken."""
    session = Session()
    for turn in turns:
        session.say(**turn)
    return session


@pytest.mark.parametrize(
    ("turns", "text"),
    [
        (
            [{"text": "I want a human"}],
            "Instead of escalate, one question would have been asked if human request had not been found.",
        ),
        (
            [{"text": "I want to talk to a human. My lawyer will hear of this and somebody hacked my account"}],
            (
                "Instead of escalate, the bot would have gone on if security phrase had not been found and "
                "legal phrase had not been found and human request had not been found."
            ),
        ),
        (
            [
                {"text": "my bill is wrong", "journey": "billing_dispute", "facts": {"order_number": "A-1"}},
                {"text": "it says not found", "bot": {"step": "verify_charge", **FAILED}},
            ],
            "Instead of change_strategy, a person would have taken over if there were 2 failed attempts, not 1.",
        ),
        (
            [{"text": "it doesnt let me", "bot": {"intent": {"name": "unknown", "confidence": 0.2}}}],
            (
                "Instead of clarify, the bot would have gone on if the confidence in what the customer needs were "
                "at least 0.45, not 0.2."
            ),
        ),
    ],
)
def test_it_says_what_would_have_had_to_differ(turns: list[dict[str, Any]], text: str) -> None:
    """Given a decision, then its record says in one sentence what would have given another."""
    found = recorded(taken(*turns)).counterfactual
    assert found is not None
    assert found.text == text


def test_supervisors_read_it_with_the_decision() -> None:
    """Given a decision, when a supervisor looks at the session, then it is in the explanation and as data."""
    record = recorded(taken({"text": "I want to cancel my contract", "customer": {"tenure_months": 72}}))
    view = view_as_supervisor("s-1", None, [record], [])
    assert record.counterfactual is not None
    assert view.decisions[0].counterfactual == record.counterfactual
    assert record.counterfactual.text in view.decisions[0].explanation


def test_a_rule_behind_a_rule_is_undone_as_well() -> None:
    """Given a furious customer of value whose calls are counted, then the three facts that it takes are found."""
    first = {"text": "hello", "journey": "account_recovery", "customer": {"value": "high", "tenure_months": 30}}
    facts = recorded(taken(first, {"text": "I cannot log in"})).facts
    facts["scores"] = {
        "frustration": 0.991915,
        "urgency": 0.115475,
        "confusion": 0.083173,
        "politeness": 0.337475,
        "escalation_intent": 0.159709,
    }
    facts["codes"] = ["DISSATISFACTION", "NEGATIVE_EMOTION", "PUNCTUATION", "REPEATED_CONTACT", "TONE_CHANGE"]
    facts["intent"] |= {"name": "complaint", "confidence": 0.677396, "settled": False, "doubted": False}
    facts["turn"] |= {"number": 2, "expressed": True, "tried": True, "answers": False, "expected": False}
    facts["progress"] |= {"turns": 2, "turns_without_progress": 0, "clarifications": 1, "stated_contacts": 3}
    facts["progress"] |= {"interventions": 1, "failures": 0, "refusals": 0, "strategy_changes": 0}
    found = find_counterfactual(complete_facts(facts, load_policy()), load_policy())
    assert found is not None
    assert {one.fact for one in found.changes} == {
        "progress.clarifications",
        "progress.stated_contacts",
        "scores.frustration",
    }


def test_there_is_none_while_a_person_has_the_conversation() -> None:
    """Given a conversation that waits for a person, then nothing that the customer does would change that."""
    session = taken({"text": "I want a human"}, {"text": "hello?"})
    assert recorded(session).counterfactual is None


def test_nothing_is_kept_where_the_customer_allows_nothing() -> None:
    """Given no consent to keep the context, then neither facts nor what would have had to differ are kept."""
    record = recorded(taken({"text": "I want to cancel", "consent": {"store_context": False}}))
    assert record.counterfactual is None
    assert record.facts == {}


def test_a_policy_without_marks_still_has_one() -> None:
    """Given a policy with the request for a person as its only rule, then the answer is that request."""
    document = load_policy().model_dump(mode="json")
    document["rules"] = [rule for rule in document["rules"] if rule["id"] == "person-requested"]
    policy = Policy.model_validate(document)
    facts = recorded(taken({"text": "where is my order A-20391", "journey": "order_change"})).facts
    assert find_counterfactual(facts, policy) is not None


def test_a_hundred_rules_cost_little_more_than_the_rules_of_the_shipped_policy() -> None:
    """Given 100 rules, then the search takes a small multiple of its time with the shipped ones, not six times it."""
    costs = []
    for policy in (load_policy(), many_rules(100)):
        decided = [one() for one in typical_decisions(policy)]
        times = []
        for _ in range(15):
            started = time.process_time()
            for one in decided:
                find_counterfactual(one.facts, policy, one.evaluated)
            times.append(time.process_time() - started)
        costs.append(statistics.median(times))
    assert costs[1] < 4 * costs[0]
