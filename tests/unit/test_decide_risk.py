"""The soft layer's two costs: the formula's own numbers, and the balance that it is solved for."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from relief.decide.policy import Costs
from relief.decide.risk import find_balance, weigh_risk

COSTS = Costs.model_validate(
    {
        "doubt": 0.5,
        "friction": 0.4,
        "failure": 0.2,
        "value": {"low": 0.5, "high": 2.0},
        "urgency": 0.25,
        "needless_handover": 0.3,
    }
)
SHARE = st.floats(0.05, 0.95)


def known(
    confidence: float = 1.0,
    frustration: float = 0.0,
    unsuccessful: int = 0,
    *,
    urgency: float = 0.0,
    value: str = "medium",
) -> dict[str, Any]:
    """Return what the formula reads of a turn."""
    return {
        "intent": {"confidence": confidence},
        "scores": {"frustration": frustration, "urgency": urgency},
        "progress": {"unsuccessful": unsuccessful},
        "customer": {"value": value},
        "journey": {"harm": 0.8},
    }


@pytest.mark.parametrize(
    ("facts", "unresolved", "automating"),
    [
        (known(), 0.0, 0.0),
        (known(confidence=0.6), 0.2, 0.16),
        (known(frustration=0.5), 0.2, 0.16),
        (known(unsuccessful=2), 0.4, 0.32),
        (known(unsuccessful=9), 1.0, 0.8),
        (known(0.6, 0.5, 2), 0.616, 0.4928),
        (known(confidence=0.6, value="high"), 0.2, 0.32),
        (known(confidence=0.6, value="low"), 0.2, 0.08),
        (known(confidence=0.6, urgency=0.4), 0.2, 0.18),
    ],
)
def test_costs_are_those_of_the_formula(facts: dict[str, Any], unresolved: float, automating: float) -> None:
    """Given numbers that can be reckoned by hand, then both costs are those."""
    assert weigh_risk(facts, COSTS) == {"automating": automating, "handing_over": 0.3, "unresolved": unresolved}


@given(SHARE, SHARE, st.integers(0, 4), SHARE, SHARE)
def test_at_the_balance_automating_costs_what_was_asked_for(
    confidence: float, frustration: float, unsuccessful: int, urgency: float, bound: float
) -> None:
    """Given any turn, when frustration or confidence is put where the balance says, then automating costs that."""
    facts = known(confidence, frustration, unsuccessful, urgency=urgency)
    found = find_balance(facts, COSTS, bound)
    for path, number in found.items():
        part, name = path.split(".")
        changed = {**facts, part: {**facts[part], name: number}}
        assert weigh_risk(changed, COSTS)["automating"] == pytest.approx(bound, abs=1e-4)


@given(SHARE, SHARE, st.integers(0, 4), SHARE)
def test_a_balance_that_there_is_is_found(
    confidence: float, frustration: float, unsuccessful: int, other: float
) -> None:
    """Given what a turn would cost with another frustration, or confidence, then the balance leads to that one."""
    facts = known(confidence, frustration, unsuccessful)
    for path in ("scores.frustration", "intent.confidence"):
        part, name = path.split(".")
        unresolved = 1 - (1 - 0.5 * (1 - (other if part == "intent" else confidence))) * (
            1 - 0.4 * (other if part == "scores" else frustration)
        ) * (1 - 0.2 * unsuccessful)
        assume(unresolved > 0.01)
        assert find_balance(facts, COSTS, 0.8 * unresolved)[path] == pytest.approx(other, abs=1e-6), name


def test_a_balance_lies_between_nothing_and_certainty() -> None:
    """Given a customer who is calm, then confidence has a balance; what lies at or beyond an end is none."""
    calm = find_balance(known(confidence=0.5), COSTS, 0.2)
    assert calm["intent.confidence"] == pytest.approx(0.5)
    # 0.8 * 0.5 * (1 - 0) is what no confidence at all costs, and nothing is what certainty costs.
    assert "intent.confidence" not in find_balance(known(), COSTS, 0.4)
    assert "intent.confidence" not in find_balance(known(), COSTS, 0.0)
    assert "intent.confidence" not in find_balance(known(), COSTS, 0.5)
    assert find_balance(known(), COSTS, -0.1) == {}


def test_what_costs_nothing_has_no_balance() -> None:
    """Given no harm and no urgency, or no weight of friction and doubt, then there is nothing to put elsewhere."""
    assert find_balance({**known(0.5, 0.5), "journey": {"harm": 0.0}}, COSTS, 0.3) == {}
    free = COSTS.model_copy(update={"friction": 0.0, "doubt": 0.0})
    assert find_balance(known(0.5, 0.5), free, 0.3) == {}
    assert find_balance(known(0.5, 0.5, unsuccessful=5), COSTS, 0.3) == {}
