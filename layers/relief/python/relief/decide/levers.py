"""What of a policy the search for a counterfactual needs to know: where facts are compared, and by which rules."""

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from relief.decide.condition import parse_condition
from relief.decide.dependencies import list_variables
from relief.decide.marks import read_marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relief.decide.policy import Rule, Thresholds

_RISK: Final = "risk.automating"
_NEEDLESS: Final = "risk.handing_over"


class Levers:
    """The facts that a policy's rules rest on."""

    __slots__ = ("codes", "marks", "readers", "risks", "variables", "weighs_against_handover")

    def __init__(self, rules: "Sequence[Rule]", limits: "Thresholds") -> None:
        """Read every rule once."""
        marks = read_marks(rules, limits)
        self.codes = sorted(marks.pop("codes", ()))
        self.marks: dict[str, list[float]] = {
            name: sorted(mark for mark in held if isinstance(mark, int | float) and not isinstance(mark, bool))
            for name, held in marks.items()
        }
        """The numbers that each fact is compared with, in order."""
        self.variables = [_variables(rule) for rule in rules]
        """The independent facts behind each rule, in the policy's order."""
        readers: defaultdict[str, list[int]] = defaultdict(list)
        for place, names in enumerate(self.variables):
            for name in names:
                readers[name].append(place)
        self.readers = {name: tuple(places) for name, places in readers.items()}
        """The places of the rules that rest on a fact."""
        self.risks = sorted({rule.threshold for rule in rules if rule.measure == _RISK and rule.threshold is not None})
        """The numbers that rules compare the cost of automating with."""
        self.weighs_against_handover = any(rule.measure == _RISK and rule.threshold_of == _NEEDLESS for rule in rules)


def _variables(rule: "Rule") -> frozenset[str]:
    parts = (part for part in (rule.when, rule.measure, rule.threshold_of) if part is not None)
    return frozenset(name for part in parts for name in list_variables(parse_condition(part)))
