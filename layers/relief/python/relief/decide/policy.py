"""The policy as data: thresholds, costs and hard rules, validated and type-checked when loaded."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from jmespath.exceptions import JMESPathError
from pydantic import Field, PrivateAttr, model_validator

from relief.contracts.model import Contract, Name, Score
from relief.contracts.vocabulary import AccountValue, Action, Mode, ReasonCode, Tier
from relief.data_files import load_data_file
from relief.decide.condition import Condition, compile_condition
from relief.decide.facts import EXEMPLARY_FACTS

_FOLDER = Path(__file__).parent / "policies"
_Positive = Annotated[float, Field(ge=0)]


class Thresholds(Contract):
    """Where the ladder takes its next step."""

    clarify_below: Score
    change_strategy_at: Score
    silent_friction_at: Score
    confusion_at: Score
    idle_turns: Annotated[int, Field(ge=1, le=2, description="The mission allows two turns at most.")]
    strategy_changes: Annotated[int, Field(ge=1, le=3)]


class Costs(Contract):
    """The numbers of the soft layer, in units of one wrong answer of full harm."""

    doubt: Score
    friction: Score
    failure: Score
    value: dict[AccountValue, _Positive]
    urgency: _Positive
    needless_handover: Score


class PriorityWeights(Contract):
    """How a hand-over's priority (1 to 100) is put together."""

    base: Annotated[int, Field(ge=0, le=100)]
    urgency: _Positive
    frustration: _Positive
    tier: dict[Tier, _Positive]
    value: dict[AccountValue, _Positive]
    incident: _Positive


class Rule(Contract):
    """One hard rule. It fires when ``when`` holds and ``measure`` reaches its threshold."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{2,63}$")]
    reason: ReasonCode
    when: str
    measure: str | None = None
    threshold: float | None = None
    threshold_of: str | None = None
    action: Action
    mode: Mode
    queue: Name | None = None
    priority: Annotated[int, Field(ge=0, le=60)] = 0
    because: Annotated[str, Field(min_length=10, max_length=200)]
    _compiled: tuple[Condition, Condition | None, Condition | None] = PrivateAttr()

    @model_validator(mode="after")
    def _compiles(self) -> "Rule":
        when = _compile(self.when, bool, f"rule {self.id}: when")
        measure = threshold_of = None
        if self.measure is not None:
            if (self.threshold is None) == (self.threshold_of is None):
                message = f"rule {self.id}: measure needs exactly one of threshold and threshold_of"
                raise ValueError(message)
            measure = _compile(self.measure, float, f"rule {self.id}: measure")
        if self.threshold_of is not None:
            threshold_of = _compile(self.threshold_of, float, f"rule {self.id}: threshold_of")
        self._compiled = (when, measure, threshold_of)
        return self

    def evaluate(self, facts: dict[str, Any]) -> tuple[bool, float]:
        """Return whether the rule fires, and its margin: by how much it fired (0 or above) or missed (below 0)."""
        when, measure, threshold_of = self._compiled
        holds = bool(when(facts))
        if measure is None:
            return holds, 1.0 if holds else -1.0
        threshold = self.threshold if threshold_of is None else threshold_of(facts)
        margin = float(measure(facts)) - float(threshold or 0.0)
        return holds and margin >= 0, round(margin, 4) if holds else min(-0.0001, round(margin, 4))


class Policy(Contract):
    """A whole policy, with its version."""

    version: Annotated[str, Field(min_length=1, max_length=32)]
    thresholds: Thresholds
    costs: Costs
    priority: PriorityWeights
    rules: list[Rule] = Field(min_length=1)

    @model_validator(mode="after")
    def _keeps_the_first_promise(self) -> "Policy":
        identifiers = [rule.id for rule in self.rules]
        if len(set(identifiers)) != len(identifiers):
            message = "two rules have the same id"
            raise ValueError(message)
        asked = {**EXEMPLARY_FACTS, "codes": ["HUMAN_REQUEST"]}
        first = next((rule for rule in self.rules if rule.evaluate(asked)[0]), None)
        if first is None or first.action is not Action.escalate:
            message = "a plain request for a human must escalate: add a rule on contains(codes, 'HUMAN_REQUEST')"
            raise ValueError(message)
        return self


def _compile(expression: str, expected: type, where: str) -> Condition:
    try:
        compiled = compile_condition(expression)
        value = compiled(EXEMPLARY_FACTS)
    except JMESPathError as error:
        message = f"{where}: {error}"
        raise ValueError(message) from error
    if expected is bool and not isinstance(value, bool):
        message = f"{where}: must be true or false, is {type(value).__name__}; does it name a fact that does not exist?"
        raise ValueError(message)
    if expected is float and (isinstance(value, bool) or not isinstance(value, int | float)):
        message = f"{where}: must be a number, is {type(value).__name__}; does it name a fact that does not exist?"
        raise ValueError(message)
    return compiled


@lru_cache(maxsize=1)
def load_policy() -> Policy:
    """Load the policy in force: the file that ``RELIEF_POLICY`` names, or the shipped one.

    Raises:
        DataFileInvalid: the file does not validate.
    """
    named = os.environ.get("RELIEF_POLICY")
    return load_data_file(Path(named) if named else _FOLDER / "default.yaml", Policy)
