"""A compiled condition says what jmespath's own interpreter says, on any expression and any facts."""

from typing import Any

import jmespath
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from relief.decide.condition import compile_condition, parse_condition
from relief.decide.typed_condition import compile_typed

_LEAVES = st.sampled_from(
    [
        "a",
        "b.c",
        "@",
        "a.b",
        "list",
        "text",
        "`0`",
        "`1`",
        "`0.5`",
        "`true`",
        "`false`",
        "`null`",
        "'x'",
        "`[]`",
        "`{}`",
    ]
)


def _grow(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(parts, parts)
    operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "&&", "||", "|"])
    return st.one_of(
        st.builds(lambda both, between: f"({both[0]}) {between} ({both[1]})", pair, operators),
        st.builds("!({})".format, parts),
        st.builds("length({})".format, parts),
        st.builds(lambda both: f"contains({both[0]}, {both[1]})", pair),
        st.builds("list[?@ == {}]".format, parts),
        st.builds("[{0}, a]".format, parts),
    )


_EXPRESSIONS = st.recursive(_LEAVES, _grow, max_leaves=8)
_VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2), st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from(["", "x", "y"])
)
_FACTS = st.fixed_dictionaries(
    {
        "a": st.one_of(_VALUES, st.dictionaries(st.sampled_from("bc"), _VALUES)),
        "b": st.one_of(_VALUES, st.dictionaries(st.sampled_from("bc"), _VALUES)),
        "list": st.lists(_VALUES, max_size=3),
        "text": st.sampled_from(["", "x", "xy"]),
    }
)


def _outcome(search: Any, facts: dict[str, Any]) -> object:
    try:
        found = search(facts)
    except (JMESPathError, TypeError) as error:  # the library itself lets some wrong types through to Python
        return type(error)
    return type(found), found


@given(expression=_EXPRESSIONS, facts=_FACTS)
@example(expression="!(a)", facts={"a": 0, "b": None, "list": [], "text": ""})
@example(expression="(a) == (`true`)", facts={"a": 1, "b": None, "list": [], "text": ""})
@example(expression="(a) && (b.c)", facts={"a": False, "b": {"c": 1}, "list": [], "text": ""})
@example(expression="(a) && (b.c)", facts={"a": True, "b": {"c": 1}, "list": [], "text": ""})
@example(expression="(a) || (b.c)", facts={"a": True, "b": {"c": 1}, "list": [], "text": ""})
@example(expression="(a) || (b.c)", facts={"a": False, "b": {"c": 1}, "list": [], "text": ""})
@example(expression="(a) != (b.c)", facts={"a": 1, "b": {"c": 1}, "list": [], "text": ""})
@example(expression="(list) == ([a, text])", facts={"a": 1, "b": None, "list": [], "text": ""})
@example(expression="contains(list, `true`)", facts={"a": 1, "b": None, "list": [1], "text": ""})
def test_a_compiled_condition_is_what_the_library_says(expression: str, facts: dict[str, Any]) -> None:
    """Given any expression and facts, when it is compiled, then it answers as jmespath does."""
    assert _outcome(compile_condition(expression), facts) == _outcome(jmespath.compile(expression).search, facts)


_FIRST: dict[str, Any] = {"a": 1, "b": {"c": "x"}, "list": ["x"], "text": "x", "flag": True}
_OF_ITS_SHAPE = st.fixed_dictionaries(
    {
        "a": st.integers(-1, 2),
        "b": st.fixed_dictionaries({"c": st.sampled_from(["", "x", "y"])}),
        "list": st.lists(st.sampled_from(["x", "y"]), max_size=2),
        "text": st.sampled_from(["", "x", "xy"]),
        "flag": st.booleans(),
    }
)


@pytest.mark.parametrize(
    "expression",
    [
        "a >= `1` && text == 'x'",
        "(a == `1` || flag) && !flag",
        "contains(list, text) || b.c != 'x'",
        "flag == `true`",
        # What has no type that Python and JMESPath agree on is left to the slower way.
        "text && flag",
        "flag > `false`",
        "a == text",
        "a == `null`",
        "list == `[]`",
        "contains(list, `1`)",
        "contains(text, 'x')",
        "contains(b.c, text)",
        "length(list) > `0`",
        "b.nothing == 'x'",
        "nothing",
        "text.more",
        "list[?@ == 'x'] && flag",
        "list[0].c || text",
        "`0` && flag",
        "a || flag",
        "@.a < `2`",
    ],
)
@given(facts=_OF_ITS_SHAPE)
def test_knowing_the_types_changes_nothing_but_the_time(expression: str, facts: dict[str, Any]) -> None:
    """Given facts of one shape, when a condition is compiled for that shape, then it answers as jmespath does."""
    compiled = compile_typed(parse_condition(expression), _FIRST)
    assert _outcome(compiled, facts) == _outcome(jmespath.compile(expression).search, facts)


@pytest.mark.parametrize("expression", ["contains(list)", "contains(list, text, text)"])
def test_a_call_that_cannot_be_is_refused_by_both_ways(expression: str) -> None:
    """Given a function with too few or too many arguments, then both ways refuse it as jmespath does."""
    refused = _outcome(jmespath.compile(expression).search, _FIRST)
    assert _outcome(compile_typed(parse_condition(expression), _FIRST), _FIRST) == refused
    assert _outcome(compile_condition(expression), _FIRST) == refused
