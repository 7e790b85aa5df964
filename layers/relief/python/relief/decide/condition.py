"""Compile a JMESPath expression into nested functions: a policy asks a hundred of them in each turn.

jmespath parses and defines what an expression means; its interpreter walks the syntax tree anew at each search, which
costs about 20 times what these functions cost. Kinds of node that no policy needs often are left to the interpreter.
"""

import operator
from collections.abc import Callable
from numbers import Number
from typing import Any, Final

import jmespath
from jmespath.visitor import TreeInterpreter

Condition = Callable[[Any], Any]
"""Takes the facts, returns what the expression says of them."""

Node = dict[str, Any]
"""A node of jmespath's syntax tree."""
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "lt": operator.lt,
    "gt": operator.gt,
    "lte": operator.le,
    "gte": operator.ge,
}
_interpreter: Final[Any] = TreeInterpreter()  # its stubs leave out what is used here


def compile_condition(expression: str) -> Condition:
    """Return the function that an expression is.

    Raises:
        jmespath.exceptions.JMESPathError: the expression cannot be parsed.
    """
    return compile_tree(parse_condition(expression))


def parse_condition(expression: str) -> Node:
    """Return the syntax tree of an expression.

    Raises:
        jmespath.exceptions.JMESPathError: the expression cannot be parsed.
    """
    tree: Any = jmespath.compile(expression).parsed
    node: Node = tree
    return node


def compile_tree(tree: Node) -> Condition:
    """Return the function that a syntax tree is."""
    return _compile(tree)


def _compile(node: Node) -> Condition:
    builder = _BUILDERS.get(node["type"])
    if builder is None:
        return lambda facts: _interpreter.visit(node, facts)
    return builder(node)


def _field(node: Node) -> Condition:
    name = node["value"]
    return lambda facts: facts.get(name) if isinstance(facts, dict) else None


def _chain(node: Node) -> Condition:
    steps = [_compile(child) for child in node["children"]]

    def follow(facts: Any) -> Any:  # noqa: ANN401 - JSON data
        for step in steps:
            facts = step(facts)
        return facts

    return follow


def path_of(node: Node) -> tuple[str, ...] | None:
    """Return the names of a plain path such as ``turn.outcome``; ``None`` for any other node."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression":
        return None
    names: list[str] = []
    for child in node["children"]:
        part = path_of(child)
        if part is None:
            return None
        names += part
    return tuple(names)


def _literal(node: Node) -> Condition:
    value = node["value"]
    return lambda _facts: value


def _itself(_node: Node) -> Condition:
    return lambda facts: facts


def _comparison(node: Node) -> Condition:
    left, right = (_compile(child) for child in node["children"])
    kind = node["value"]
    if kind == "eq":
        return lambda facts: _equal(left(facts), right(facts))
    if kind == "ne":
        return lambda facts: not _equal(left(facts), right(facts))
    compare = _ORDER[kind]

    def ordered(facts: Any) -> bool | None:  # noqa: ANN401 - JSON data
        first, second = left(facts), right(facts)
        return compare(first, second) if _has_order(first) and _has_order(second) else None

    return ordered


def _both(node: Node) -> Condition:
    left, right = (_compile(child) for child in node["children"])

    def both(facts: Any) -> Any:  # noqa: ANN401 - JSON data
        first = left(facts)
        if first is False:
            return False
        return right(facts) if first is True or not _is_false(first) else first

    return both


def _either(node: Node) -> Condition:
    left, right = (_compile(child) for child in node["children"])

    def either(facts: Any) -> Any:  # noqa: ANN401 - JSON data
        first = left(facts)
        if first is True:
            return True
        return right(facts) if first is False or _is_false(first) else first

    return either


def _negation(node: Node) -> Condition:
    (inner,) = (_compile(child) for child in node["children"])

    def negation(facts: Any) -> bool:  # noqa: ANN401 - JSON data
        value = inner(facts)
        return not value and not _is_number(value)

    return negation


def _call(node: Node) -> Condition:
    name, arguments = node["value"], [_compile(child) for child in node["children"]]
    library = _interpreter._functions  # noqa: SLF001 - jmespath has no public way to its functions

    def call(facts: Any) -> Any:  # noqa: ANN401 - JSON data
        values = [argument(facts) for argument in arguments]
        if name == "contains" and isinstance(values[0], list) and len(values) == 2:  # noqa: PLR2004 - list and element
            return values[1] in values[0]
        return library.call_function(name, values)

    return call


_BUILDERS: Final[dict[str, Callable[[Node], Condition]]] = {
    "field": _field,
    "subexpression": _chain,
    "pipe": _chain,
    "literal": _literal,
    "identity": _itself,
    "current": _itself,
    "comparator": _comparison,
    "and_expression": _both,
    "or_expression": _either,
    "not_expression": _negation,
    "function_expression": _call,
}


def _is_number(value: object) -> bool:
    return isinstance(value, Number) and not isinstance(value, bool)


def _has_order(value: object) -> bool:
    return isinstance(value, str) or _is_number(value)


def _is_false(value: object) -> bool:
    """Tell what JMESPath takes for false: an empty text, list or object, null and false, but no number."""
    return value is None or value is False or (isinstance(value, str | list | dict) and not value)


def _equal(left: object, right: object) -> bool:
    """Compare as JMESPath does: true is not 1, and false is not 0."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right
