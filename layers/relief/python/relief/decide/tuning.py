"""The numbers of a policy that verdicts may argue about, and the small changes that are tried of each.

Left alone is whatever a promise rests on: rules without a measure, rules that count (attempts, turns, contacts), what
is always reviewed, a request for a person, and how often the ladder may try (``idle_turns``, ``strategy_changes``).
"""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from relief.contracts.vocabulary import ReasonCode
from relief.decide.policy import Policy, Rule
from relief.decide.rollout import SENSITIVE

STEPS: Final = (-0.2, -0.15, -0.1, -0.05, 0.05, 0.1, 0.15, 0.2)
"""Changes that are tried of each number, in its own unit: small ones, so that a policy moves and does not jump."""

_SOFT_MEASURES: Final = ("scores.", "trends.", "previous.", "intent.confidence", "risk.")
_THRESHOLDS: Final = ("clarify_below", "change_strategy_at", "silent_friction_at", "confusion_at")
_COSTS: Final = ("doubt", "friction", "failure", "urgency", "needless_handover")
_PROTECTED: Final = SENSITIVE | {ReasonCode.CUSTOMER_REQUEST}
_DIGITS: Final = 4


class Lever(NamedTuple):
    """One number: what it is called, and the way to it in the policy's document."""

    name: str
    path: tuple[str | int, ...]
    now: float


def is_protected(rule: Rule) -> bool:
    """Tell whether a rule is left alone: it is no matter of degree, or a promise rests on it."""
    soft = rule.measure is not None and rule.measure.startswith(_SOFT_MEASURES)
    return not soft or rule.reason in _PROTECTED


def list_levers(policy: Policy) -> list[Lever]:
    """Return the soft numbers of a policy: thresholds of the ladder, costs, and thresholds of rules on scores."""
    levers = [
        Lever(f"thresholds.{name}", ("thresholds", name), getattr(policy.thresholds, name)) for name in _THRESHOLDS
    ]
    levers += [Lever(f"costs.{name}", ("costs", name), getattr(policy.costs, name)) for name in _COSTS]
    levers += [
        Lever(f"costs.value.{name.value}", ("costs", "value", name.value), number)
        for name, number in policy.costs.value.items()
    ]
    levers += [
        Lever(f"rules.{rule.id}", ("rules", place, "threshold"), rule.threshold)
        for place, rule in enumerate(policy.rules)
        if rule.threshold is not None and not is_protected(rule)
    ]
    return levers


def change(policy: Policy, lever: Lever) -> Iterator[tuple[float, Policy]]:
    """Yield the policy with each small change of one number that the policy's own limits allow."""
    document = policy.model_dump(mode="json")
    for step in STEPS:
        value = round(lever.now + step, _DIGITS)
        if value < 0 or (lever.path[0] == "rules" and value > 1):
            continue
        _put(document, lever.path, value)
        try:
            yield value, Policy.model_validate(document)
        except ValidationError:
            continue


def _put(document: Any, path: tuple[str | int, ...], value: float) -> None:  # noqa: ANN401 - a JSON document
    for name in path[:-1]:
        document = document[name]
    document[path[-1]] = value
