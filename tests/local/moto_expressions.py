"""moto's update expressions without work done twice: each is parsed once, and its tree is walked cheaply.

moto parses the text of an update three times, copies the tree node by node, and asks at each of its nodes, ten times
over, for an abstract class's instances. An update of a dozen attributes takes it longer than all else in a turn. Conditions, which
hold a version number at most, are parsed once for each number.
"""

# moto leaves these modules out of its own type checks, so their names are unknown.
# mypy: disable-error-code="attr-defined"

import contextlib
import functools
import pickle
from collections.abc import Callable, Iterator
from typing import Any, Final
from unittest import mock

from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.parsing import ast_nodes, validators
from moto.dynamodb.parsing.expressions import UpdateExpressionParser

_REMEMBERED_EXPRESSIONS: Final = 500

# Whether a class is one of these, remembered: an abstract base class finds out anew each time.
_is_kind: Callable[[Any, Any], bool] = functools.cache(issubclass)


@contextlib.contextmanager
def cheap_expressions() -> Iterator[None]:
    """Replace the slow parts of moto's expressions, as long as the context lasts."""
    make = functools.lru_cache(_REMEMBERED_EXPRESSIONS)(UpdateExpressionParser.make)
    walker = ast_nodes.DepthFirstTraverser
    with contextlib.ExitStack() as mends:
        for target, name, replacement in (
            # Nobody changes the tree that was parsed: a validator works on a copy of its own.
            (UpdateExpressionParser, "make", staticmethod(make)),
            (ConditionExpressionParser, "parse", _remembered_conditions(ConditionExpressionParser.parse)),
            (validators, "deepcopy", _copy),
            (walker, "traverse", _traverse),
            (walker, "process", _process),
            (ast_nodes.Node, "find_clauses", _find_clauses),
        ):
            mends.enter_context(mock.patch.object(target, name, replacement))
        yield


def _remembered_conditions(moto_s_own: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return what parses a condition. What it yields is asked about items and never changes."""

    @functools.lru_cache(_REMEMBERED_EXPRESSIONS)
    def parse_once(text: str, values: tuple[tuple[str, str, str], ...]) -> tuple[Any, list[str], list[str]]:
        parser = ConditionExpressionParser(text, {}, {name: {kind: value} for name, kind, value in values})
        return moto_s_own(parser), parser.expr_attr_names_found, parser.expr_attr_values_found

    def parse(self: Any) -> Any:
        values = self.expression_attribute_values or {}
        if self.expression_attribute_names or len(values) > 1:
            return moto_s_own(self)
        plain = tuple((name, kind, value) for name, typed in values.items() for kind, value in typed.items())
        if any(type(value) is not str for _, _, value in plain):
            return moto_s_own(self)
        found, names, found_values = parse_once(self.condition_expression, plain)
        self.expr_attr_names_found.extend(names)
        self.expr_attr_values_found.extend(found_values)
        return found

    return parse


def _copy(tree: Any) -> Any:
    return pickle.loads(pickle.dumps(tree, pickle.HIGHEST_PROTOCOL))  # noqa: S301 - the bytes come from the same line


def _traverse(self: Any, root: Any) -> Any:
    """Process the nodes bottom up, as moto does."""
    kinds = self.nodes_to_be_processed()
    before_child = self.pre_processing_of_child

    def visit(node: Any, child_id: int) -> Any:
        kind = type(node)
        if not _is_kind(kind, ast_nodes.Node):
            return node
        parent = node.parent
        for position, child in enumerate(node.children or ()):
            before_child(node, position)
            visit(child, position)
        if _is_kind(kind, kinds):
            node = self.process(node)
            node.parent = parent
            if parent:
                parent.children[child_id] = node
        return node

    return visit(root, -1)


def _process(self: Any, node: Any) -> Any:
    for kind, processor in self._processing_map().items():
        if _is_kind(type(node), kind):
            return processor(node)
    return None


_NESTING: Final = (ast_nodes.Expression, ast_nodes.UpdateExpressionFunction)


def _find_clauses(self: Any, clause_types: list[type]) -> list[Any]:
    clauses: list[Any] = []
    for child in self.children or ():
        if type(child) in clause_types:
            clauses.append(child)
        elif _is_kind(type(child), _NESTING):
            clauses.extend(_find_clauses(child, clause_types))
    return clauses
