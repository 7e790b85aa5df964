"""Which rules of a policy can fire for a customer in a journey: what the others ask for tells no two states apart."""

from collections.abc import Mapping
from typing import Any, Final

from relief.decide.journeys import Journey
from relief.decide.proof.formula import Formula, formula_of, rule_formula
from relief.decide.proof.solve import Solver, Undecided
from relief.decide.proof.space import Space

_UNKNOWN: Final = {"tier": "standard", "value": "medium", "tenure_months": 0}
"""What the facts say of a customer of whom nothing is known."""


class Concerns:
    """Answers the question for one policy; what was found out about its conditions serves every walk."""

    def __init__(self, space: Space) -> None:
        """Take every rule apart once."""
        self._solver = Solver(space)
        self._rules = [(rule, rule_formula(rule)) for rule in space.policy.rules]

    def rules_for(self, journey: Journey, customer: Mapping[str, Any]) -> frozenset[str]:
        """Return the ids of the rules that can fire there."""
        asked = [formula_of(f"journey.name == '{journey.name}'")]
        for name, value in {**_UNKNOWN, **customer}.items():
            literal = f"'{value}'" if isinstance(value, str) else f"`{value}`"
            asked.append(formula_of(f"customer.{name} == {literal}"))
        return frozenset(rule.id for rule, formula in self._rules if self._can_hold([formula, *asked]))

    def _can_hold(self, formulas: list[Formula]) -> bool:
        try:
            return self._solver.solve(formulas) is not None
        except Undecided:
            return True
