"""The numbers and words that a policy compares each fact with: between them it cannot tell."""

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from relief.decide.condition import Node, parse_condition, path_of
from relief.decide.condition_types import CODES
from relief.decide.dependencies import variables_of
from relief.decide.facts import EXEMPLARY_FACTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relief.decide.policy import Rule, Thresholds

_ORDER: Final = frozenset({"lt", "lte", "gt", "gte", "eq", "ne"})


def is_count(name: str) -> bool:
    """Tell whether a fact counts something, as opposed to a score, a word or a truth value."""
    section, _, field = name.partition(".")
    if not field:
        return False
    value = EXEMPLARY_FACTS[section][field]
    return isinstance(value, int) and not isinstance(value, bool)


def read_marks(rules: "Sequence[Rule]", limits: "Thresholds") -> dict[str, set[Any]]:
    """Return what the policy compares each independent fact with: numbers, words, and the codes it asks for."""
    marks: defaultdict[str, set[Any]] = defaultdict(set)
    for path, mark in (
        ("scores.confusion", limits.confusion_at),
        ("scores.frustration", limits.change_strategy_at),
        ("scores.frustration", limits.silent_friction_at),
        ("intent.confidence", limits.clarify_below),
        ("intent.confidence", 0.45),  # where a bot's own confidence counts as doubt
        ("progress.turns_without_progress", limits.idle_turns),
        ("progress.clarifications", 1),
        ("progress.strategy_changes", limits.strategy_changes),
    ):
        marks[path].add(mark)
    for rule in rules:
        _collect(parse_condition(rule.when), marks)
        if rule.measure is not None:
            tree = parse_condition(rule.measure)
            _collect(tree, marks)
            for path in _paths(tree):
                marks[path].update({rule.threshold} - {None})
    return marks


def _collect(node: Node, marks: defaultdict[str, set[Any]]) -> None:
    children = node.get("children", [])
    if node["type"] == "function_expression" and node["value"] == "contains" and children[1]["type"] == "literal":
        if path_of(children[0]) == (CODES,):
            marks[CODES].add(children[1]["value"])
    elif node["type"] == "comparator" and node["value"] in _ORDER:
        literals = [child["value"] for child in children if child["type"] == "literal" and child["value"] is not None]
        plain = node["value"] in {"gte", "lt"} and children[0]["type"] != "literal"
        for name in {name for child in children for name in _paths(child)}:
            marks[name].update(literals)
            if not plain and is_count(name):
                # Above the mark is another answer than at it.
                marks[name].update(one + 1 for one in literals if isinstance(one, int | float))
        return
    path = path_of(node)
    if path is not None:
        for name in variables_of(".".join(path)) if path != (CODES,) else ():
            marks[name].update(())
        return
    for child in children:
        if isinstance(child, dict):
            _collect(child, marks)


def _paths(node: Node) -> list[str]:
    path = path_of(node)
    if path is not None:
        return list(variables_of(".".join(path)))
    return [name for child in node.get("children", []) if isinstance(child, dict) for name in _paths(child)]
