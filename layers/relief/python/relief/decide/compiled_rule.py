"""A rule ready to run: its compiled conditions, outside the model, where reading them costs next to nothing."""

from functools import lru_cache
from typing import Any, Final

from relief.contracts.states import FiredRule
from relief.decide.condition import Condition

_SMALLEST_MARGIN: Final = 0.0001  # the last digit that margins are rounded to: what did not fire never shows as 0
_DIGITS: Final = 4


class CompiledRule:
    """What a rule's ``when``, ``measure``, ``threshold`` and ``threshold_of`` say of a document of facts."""

    __slots__ = ("_evaluated", "_measure", "_threshold", "_threshold_of", "_when", "name")

    def __init__(
        self,
        name: str,
        when: Condition,
        measure: Condition | None,
        threshold: float,
        threshold_of: Condition | None,
    ) -> None:
        """Keep the compiled parts; what a rule without measure can say is made once."""
        self.name = name
        self._when = when
        self._measure = measure
        self._threshold = threshold
        self._threshold_of = threshold_of
        self._evaluated = {
            holds: FiredRule(rule=name, fired=holds, margin=1.0 if holds else -1.0) for holds in (True, False)
        }

    def fires(self, facts: dict[str, Any]) -> bool:
        """Return whether the rule fires."""
        return bool(self._when(facts)) and self.reaches(facts)

    def reaches(self, facts: dict[str, Any]) -> bool:
        """Return whether the measure reaches its threshold, whatever ``when`` says; true without a measure."""
        if self._measure is None:
            return True
        threshold = self._threshold if self._threshold_of is None else self._threshold_of(facts)
        return bool(self._measure(facts) >= threshold)

    def evaluate(self, facts: dict[str, Any]) -> FiredRule:
        """Return whether the rule fires, and its margin: by how much it fired (0 or above) or missed (below 0).

        The unit is the measure's own. A rule without measure fires with 1 and misses with -1.
        """
        holds = bool(self._when(facts))
        if self._measure is None:
            return self._evaluated[holds]
        threshold = self._threshold if self._threshold_of is None else self._threshold_of(facts)
        exact = self._measure(facts) - threshold
        margin = round(float(exact), _DIGITS)
        fires = holds and exact >= 0
        if not fires and margin > -_SMALLEST_MARGIN:
            margin = -_SMALLEST_MARGIN
        return _evaluated(self.name, fires, margin)


@lru_cache(maxsize=4096)
def _evaluated(rule: str, fired: bool, margin: float) -> FiredRule:  # noqa: FBT001 - the model's own fields
    """Return the model; the same few margins come again and again, and making one costs more than the rule itself."""
    return FiredRule(rule=rule, fired=fired, margin=margin)
