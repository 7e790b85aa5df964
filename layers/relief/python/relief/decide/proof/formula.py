"""A condition taken apart into and, or and its smallest questions, so that a search can reason about each.

The questions (leaves) are asked of the very functions that live decisions run; only and, or and not are read here.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from relief.decide.condition import Condition, Node, parse_condition
from relief.decide.dependencies import list_variables
from relief.decide.facts import EXEMPLARY_FACTS
from relief.decide.policy import Rule
from relief.decide.typed_condition import compile_typed


class Leaf(NamedTuple):
    """One question about the facts, and the answer that is wanted."""

    holds: Condition
    variables: tuple[str, ...]
    wanted: bool = True


class All(NamedTuple):
    """Every part must be as wanted."""

    parts: tuple["Formula", ...]


class Any_(NamedTuple):  # noqa: N801 - typing has taken Any
    """One part at least must be as wanted."""

    parts: tuple["Formula", ...]


Formula = Leaf | All | Any_


def formula_of(expression: str, *, wanted: bool = True) -> Formula:
    """Return a condition as a formula; with ``wanted`` false, its negation."""
    return _take_apart(parse_condition(expression), wanted)


def rule_formula(rule: Rule, *, fires: bool = True) -> Formula:
    """Return that a rule fires, or that it does not."""
    when = formula_of(rule.when, wanted=fires)
    if rule.measure is None:
        return when
    compiled = rule.compile()
    variables = set(list_variables(parse_condition(rule.measure)))
    if rule.threshold_of is not None:
        variables |= set(list_variables(parse_condition(rule.threshold_of)))
    reaches = Leaf(compiled.reaches, tuple(sorted(variables)), fires)
    return All((when, reaches)) if fires else Any_((when, reaches))


def leaf_of(question: Callable[[dict[str, Any]], bool], *variables: str, wanted: bool = True) -> Leaf:
    """Return a question that is asked in Python."""
    return Leaf(question, variables, wanted)


def _take_apart(node: Node, wanted: bool) -> Formula:  # noqa: FBT001 - flips on the way down
    kind = node["type"]
    if kind == "not_expression":
        return _take_apart(node["children"][0], not wanted)
    if kind in {"and_expression", "or_expression"}:
        parts = tuple(_take_apart(child, wanted) for child in node["children"])
        return All(parts) if (kind == "and_expression") == wanted else Any_(parts)
    compiled = compile_typed(node, EXEMPLARY_FACTS)
    return Leaf(lambda facts: bool(compiled(facts)), tuple(sorted(set(list_variables(node)))), wanted)
