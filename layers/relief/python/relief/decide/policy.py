"""The policy as data: thresholds, costs and hard rules, validated and type-checked when loaded."""

import json
import os
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from jmespath.exceptions import JMESPathError
from pydantic import Field, PrivateAttr, ValidationError, ValidationInfo, field_validator, model_validator

from relief.contracts.model import Contract, Name, Score
from relief.contracts.vocabulary import AccountValue, Action, EvidenceCode, Mode, ReasonCode, Tier
from relief.decide.compiled_rule import CompiledRule
from relief.decide.condition import Condition, parse_condition
from relief.decide.condition_types import check_types
from relief.decide.facts import EXEMPLARY_FACTS
from relief.decide.journeys import load_journeys
from relief.decide.levers import Levers
from relief.decide.rollout import RolloutPlan
from relief.decide.source import Misplaced, parse_source, refuse_source
from relief.decide.typed_condition import compile_typed
from relief.errors import DataFileInvalid

SHIPPED_POLICY = Path(__file__).parent / "policies" / "default.yaml"
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

    @field_validator("when", "measure", "threshold_of")
    @classmethod
    def _has_the_right_type(cls, expression: str | None, info: ValidationInfo) -> str | None:
        if expression is not None:
            expected = bool if info.field_name == "when" else float
            _compile(expression, expected, f"rule {info.data.get('id', '?')}: {info.field_name}")
        return expression

    @model_validator(mode="after")
    def _has_one_threshold(self) -> "Rule":
        if self.measure is not None and (self.threshold is None) == (self.threshold_of is None):
            message = f"rule {self.id}: measure needs exactly one of threshold and threshold_of"
            raise ValueError(message)
        if self.measure is None and (self.threshold is not None or self.threshold_of is not None):
            message = f"rule {self.id}: a threshold needs a measure; name what is to reach it"
            raise ValueError(message)
        return self

    def compile(self) -> CompiledRule:
        """Return the rule ready to run."""
        numbers = (self.measure, self.threshold_of)
        measure, threshold_of = (None if one is None else _compile(one, float, self.id) for one in numbers)
        return CompiledRule(self.id, _compile(self.when, bool, self.id), measure, self.threshold or 0.0, threshold_of)


class Policy(Contract):
    """A whole policy, with its version."""

    version: Annotated[str, Field(min_length=1, max_length=32)]
    thresholds: Thresholds
    costs: Costs
    priority: PriorityWeights
    rules: list[Rule] = Field(min_length=1)
    rollout: RolloutPlan = RolloutPlan()
    _plan: tuple[tuple[Rule, CompiledRule], ...] = PrivateAttr()
    _levers: Levers | None = PrivateAttr(None)

    @property
    def plan(self) -> tuple[tuple[Rule, CompiledRule], ...]:
        """Every rule with its compiled form, in the policy's order."""
        return self._plan

    @property
    def levers(self) -> Levers:
        """What the search for a counterfactual needs of the rules; read once, when it is first asked for."""
        if self._levers is None:
            self._levers = Levers(self.rules, self.thresholds)
        return self._levers

    @property
    def judgement(self) -> str:
        """Fingerprint of what judges: everything but version and rollout.

        Agreement belongs to it, so a journey that is moved on keeps the agreement it has earned, and a changed
        threshold starts anew.
        """
        return _fingerprint(self.model_dump(mode="json", exclude={"version", "rollout"}))

    @property
    def content(self) -> str:
        """Fingerprint of the whole policy."""
        return _fingerprint(self.model_dump(mode="json"))

    @model_validator(mode="after")
    def _keeps_the_first_promise(self) -> "Policy":
        identifiers = [rule.id for rule in self.rules]
        if len(set(identifiers)) != len(identifiers):
            message = "two rules have the same id"
            raise ValueError(message)
        self._plan = tuple((rule, rule.compile()) for rule in self.rules)
        asked = {**EXEMPLARY_FACTS, "codes": [EvidenceCode.HUMAN_REQUEST.value]}
        first = next((rule for rule, compiled in self._plan if compiled.fires(asked)), None)
        if first is None or first.action is not Action.escalate:
            message = "a plain request for a human must escalate: add a rule on contains(codes, 'HUMAN_REQUEST')"
            raise ValueError(message)
        return self


def _fingerprint(document: dict[str, Any]) -> str:
    """Return a hash of the content; the order in which names were written does not count."""
    return sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]


@lru_cache(maxsize=1024)
def _compile(expression: str, expected: type, where: str) -> Condition:
    """Compile a condition. Kept, because variants of a policy differ in a number and share their conditions."""
    try:
        tree = parse_condition(expression)
        check_types(tree, EXEMPLARY_FACTS, where)
        compiled = compile_typed(tree, EXEMPLARY_FACTS)
        value = compiled(EXEMPLARY_FACTS)
    except JMESPathError as error:
        message = f"{where}: {error}"
        raise ValueError(message) from error
    if expected is bool and not isinstance(value, bool):
        message = f"{where}: must be true or false, is {type(value).__name__}; compare it with something"
        raise ValueError(message)
    if expected is float and (isinstance(value, bool) or not isinstance(value, int | float)):
        message = f"{where}: must be a number, is {type(value).__name__}; name a score, a count or a cost"
        raise ValueError(message)
    return compiled


@lru_cache(maxsize=1)
def load_policy() -> Policy:
    """Load the policy that the installation is shipped with: the file that ``RELIEF_POLICY`` names, or ours.

    Raises:
        DataFileInvalid: the file does not validate; names file, line and what to do.
    """
    named = os.environ.get("RELIEF_POLICY")
    path = Path(named) if named else SHIPPED_POLICY
    try:
        return parse_policy(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        message = f"{path.name}: cannot be read: {error}"
        raise DataFileInvalid(message) from error


def parse_policy(text: str, name: str) -> Policy:
    """Read a policy from YAML or JSON text; ``name`` is what messages call it.

    Raises:
        DataFileInvalid: it does not validate, or rolls out a journey that nobody defines. Names line and field.
    """
    policy = parse_source(text, name, Policy)
    unknown = policy.rollout.unknown_journeys(load_journeys())
    if unknown:
        cure = "there is no such journey; correct its name or add its file"
        problems = [Misplaced(("rollout", "journeys", journey), cure) for journey in unknown]
        raise refuse_source(text, name, problems)
    return policy


def open_policy(document: str, name: str) -> Policy:
    """Read a policy that was accepted once and is stored as JSON.

    Raises:
        DataFileInvalid: this release does not take it any more.
    """
    try:
        return Policy.model_validate_json(document)
    except ValidationError as error:
        message = f"policy {name}: is stored, but does not validate any more: {error.error_count()} problems"
        raise DataFileInvalid(message) from error
