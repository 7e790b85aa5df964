"""A compiled condition says what jmespath's own interpreter says, on any expression and any facts."""

from typing import Any

import jmespath
from hypothesis import example, given
from hypothesis import strategies as st
from jmespath.exceptions import JMESPathError

from relief.decide.condition import compile_condition

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
@example(expression="contains(list, `true`)", facts={"a": 1, "b": None, "list": [1], "text": ""})
def test_a_compiled_condition_is_what_the_library_says(expression: str, facts: dict[str, Any]) -> None:
    """Given any expression and facts, when it is compiled, then it answers as jmespath does."""
    assert _outcome(compile_condition(expression), facts) == _outcome(jmespath.compile(expression).search, facts)
