"""A condition taken apart into and, or and its smallest questions, so that a search can reason about each.

The questions (leaves) are asked of the very functions that live decisions run; only and, or and not are read here.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from relief.decide.condition import Condition, Node, parse_condition, path_of
from relief.decide.condition_types import CODES
from relief.decide.facts import EXEMPLARY_FACTS
from relief.decide.policy import Rule
from relief.decide.typed_condition import compile_typed

_DERIVED: Final[dict[str, tuple[str, ...]]] = {
    "progress.unsuccessful": ("progress.failures", "progress.refusals"),
    "progress.interventions": ("progress.clarifications", "progress.strategy_changes"),
    "risk.handing_over": (),
    **dict.fromkeys(
        ("risk.automating", "risk.unresolved"),
        (
            "scores.frustration",
            "progress.failures",
            "progress.refusals",
            "intent.confidence",
            "customer.value",
            "journey",
            "scores.urgency",
        ),
    ),
}
"""Facts that follow from others (``relief.decide.judge.complete_facts``), and from which."""
_JOURNEY: Final = "journey"


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
    variables = set(_variables(parse_condition(rule.measure)))
    if rule.threshold_of is not None:
        variables |= set(_variables(parse_condition(rule.threshold_of)))
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
    return Leaf(lambda facts: bool(compiled(facts)), tuple(sorted(set(_variables(node)))), wanted)


def _variables(node: Node) -> Iterator[str]:
    """Yield the facts that a part of a condition depends on; a code that is looked for is a fact of its own."""
    path = path_of(node)
    if path is not None:
        yield from variables_of(".".join(path))
        return
    children = node.get("children", [])
    contains = node["type"] == "function_expression" and node["value"] == "contains"
    if contains and path_of(children[0]) == (CODES,) and children[1]["type"] == "literal":
        yield f"{CODES}:{children[1]['value']}"
        return
    for child in children:
        yield from _variables(child)


def variables_of(path: str) -> tuple[str, ...]:
    """Return the independent facts behind one: itself, or those that it follows from."""
    if path.partition(".")[0] == _JOURNEY:
        return (path,) if path == "journey.can_ask" else (_JOURNEY,)
    return _DERIVED.get(path, (path,))
