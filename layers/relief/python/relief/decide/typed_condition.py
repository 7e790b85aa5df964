"""Compile conditions whose facts have known types to Python itself: a tenth of the time of nested functions.

The facts document has one shape (``relief.decide.facts``). Where that shape settles the type of every value that an
expression asks for, its meaning is Python's own: a number compared with a number, a text with a text, membership of a
list, and, or, not. Everything else is left to ``relief.decide.condition``.
"""

import ast
from collections.abc import Callable
from typing import Any, Final

from relief.decide.condition import Condition, Node, compile_tree, path_of

_COMPARE: Final[dict[str, Callable[[], ast.cmpop]]] = {
    "lt": ast.Lt,
    "gt": ast.Gt,
    "lte": ast.LtE,
    "gte": ast.GtE,
    "eq": ast.Eq,
    "ne": ast.NotEq,
}
_ARGUMENT: Final = "facts"
_LIST_AND_ELEMENT: Final = 2


class _NotTyped(Exception):
    """The expression is outside the subset that Python and JMESPath agree on."""


def compile_typed(tree: Node, example: dict[str, Any]) -> Condition:
    """Return the function that a syntax tree is, for facts of the same shape and types as ``example``."""
    try:
        body, _ = _translate(tree, example)
    except _NotTyped:
        return compile_tree(tree)
    arguments = ast.arguments(posonlyargs=[], args=[ast.arg(_ARGUMENT)], kwonlyargs=[], kw_defaults=[], defaults=[])
    expression = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, body)))
    # Built from a tree of comparisons, field names and constants alone; no text of the policy is ever parsed as Python.
    compiled: Condition = eval(compile(expression, "<condition>", "eval"), {"__builtins__": {}})  # noqa: S307
    return compiled


def _translate(node: Node, example: dict[str, Any]) -> tuple[ast.expr, type]:
    """Return the Python expression of a node, and the type of its value."""
    kind = node["type"]
    path = path_of(node)
    if path is not None:
        return _look_up(path, example)
    if kind == "literal":
        return _constant(node["value"])
    if kind == "comparator":
        return _compare(node, example)
    if kind in {"and_expression", "or_expression"}:
        operator = ast.And() if kind == "and_expression" else ast.Or()
        return ast.BoolOp(operator, [_truth(child, example) for child in node["children"]]), bool
    if kind == "not_expression":
        return ast.UnaryOp(ast.Not(), _truth(node["children"][0], example)), bool
    if kind == "function_expression" and node["value"] == "contains":
        return _contains(node, example)
    raise _NotTyped


def _truth(node: Node, example: dict[str, Any]) -> ast.expr:
    expression, kind = _translate(node, example)
    if kind is not bool:
        raise _NotTyped
    return expression


def _look_up(path: tuple[str, ...], example: dict[str, Any]) -> tuple[ast.expr, type]:
    expression: ast.expr = ast.Name(_ARGUMENT, ast.Load())
    value: Any = example
    for name in path:
        if not isinstance(value, dict) or name not in value:
            raise _NotTyped
        value = value[name]
        expression = ast.Subscript(expression, ast.Constant(name), ast.Load())
    kind = float if isinstance(value, int) and not isinstance(value, bool) else type(value)
    return expression, kind


def _constant(value: Any) -> tuple[ast.expr, type]:  # noqa: ANN401 - JSON data
    if isinstance(value, bool | str):
        return ast.Constant(value), type(value)
    if isinstance(value, int | float):
        return ast.Constant(value), float
    raise _NotTyped


def _compare(node: Node, example: dict[str, Any]) -> tuple[ast.expr, type]:
    (left, first), (right, second) = (_translate(child, example) for child in node["children"])
    comparable = (first is second and first in {float, str}) or (
        first is second is bool and node["value"] in {"eq", "ne"}
    )
    if not comparable:
        raise _NotTyped
    return ast.Compare(left, [_COMPARE[node["value"]]()], [right]), bool


def _contains(node: Node, example: dict[str, Any]) -> tuple[ast.expr, type]:
    if len(node["children"]) != _LIST_AND_ELEMENT:
        raise _NotTyped
    (held, outer), (element, inner) = (_translate(child, example) for child in node["children"])
    if outer is not list or inner is not str:
        raise _NotTyped
    return ast.Compare(element, [ast.In()], [held]), bool
