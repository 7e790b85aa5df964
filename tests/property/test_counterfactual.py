"""The counterfactual of any decision: true, possible, and the smallest there is."""

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from relief.contracts.decision import Counterfactual, FactChange
from relief.contracts.states import DecisionRecord
from relief.contracts.turn import TurnRequest
from relief.decide.counterfactual import find_counterfactual
from relief.decide.judge import complete_facts, judge
from relief.decide.moves import list_moves
from relief.decide.policy import load_policy
from relief.decide.proof.formula import formula_of
from relief.decide.proof.solve import _holds
from relief.decide.proof.space import INVARIANTS
from relief.store.writes import load_decision
from tests.pipeline import START, Session
from tests.property.test_promises import REQUESTS_FOR_A_PERSON, TEXTS, conversations

POLICY = load_policy()
SERIOUS = (*TEXTS, *REQUESTS_FOR_A_PERSON, "I will call my lawyer", "somebody hacked my account", "I want to cancel")


def changed(facts: dict[str, Any], changes: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the facts with these changes, and what follows from them."""
    after = copy.deepcopy(facts)
    for path, value in changes:
        section, _, name = path.partition(".")
        if name:
            after[section][name] = value
        else:
            codes = set(after["codes"]) - {path.partition(":")[2]}
            after["codes"] = sorted(codes | ({path.partition(":")[2]} if value else set()))
    return complete_facts(after, POLICY)


def pairs(changes: list[FactChange]) -> list[tuple[str, Any]]:
    """Return changes as pairs of path and value."""
    return [(one.fact, one.becomes) for one in changes]


def recorded(session: Session) -> DecisionRecord:
    """Return the last decision as it is stored."""
    item = next(
        write["Put"]["Item"] for write in session.writes if "explanation" in write.get("Put", {}).get("Item", {})
    )
    record = load_decision(item, START)
    assert record is not None
    return record


def true_of_turns(facts: dict[str, Any]) -> list[str]:
    """Return which of what is true of any turn does not hold."""
    return [one for one in INVARIANTS if not _holds(formula_of(one), facts)]


@given(conversations(SERIOUS), st.sampled_from(["low", "medium", "high"]))
def test_what_would_have_flipped_a_decision_does_flip_it(turns: list[TurnRequest], value: str) -> None:
    """Given any turn, when its counterfactual is applied to its facts, then the action is the one that it names."""
    session = Session()
    session.say("hello", customer={"value": value, "tenure_months": 30})
    for turn in turns:
        session.take(turn)
        record = recorded(session)
        found = record.counterfactual
        if record.facts["owner"] != "bot":
            assert found is None
            continue
        assert found is not None
        facts = record.facts
        after = changed(facts, [*pairs(found.changes), *pairs(found.implied)])
        assert judge(facts, POLICY).action is not found.action
        assert judge(after, POLICY).action is found.action
        assert all(one.was != one.becomes for one in found.changes)
        assert set(true_of_turns(after)) <= set(true_of_turns(facts))
        check_that_nothing_is_smaller(facts, found)


def check_that_nothing_is_smaller(facts: dict[str, Any], found: Counterfactual) -> None:
    """Check by trying every single move, with every rule asked anew."""
    before = judge(facts, POLICY).action
    for move in list_moves(facts, POLICY):
        if len(found.changes) == 1 and move.change == (found.changes[0].fact, found.changes[0].becomes):
            return
        assert judge(changed(facts, [move.change, *move.implied]), POLICY).action is before
    assert len(found.changes) > 1


@given(conversations(SERIOUS))
def test_the_search_leaves_the_facts_alone(turns: list[TurnRequest]) -> None:
    """Given any turn, then searching twice gives the same, and the facts are as they were."""
    session = Session()
    for turn in turns:
        session.take(turn)
    record = recorded(session)
    before = json.dumps(record.facts, sort_keys=True)
    assert find_counterfactual(record.facts, POLICY) == record.counterfactual
    assert json.dumps(record.facts, sort_keys=True) == before
