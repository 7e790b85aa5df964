"""Check a condition against the shape of the facts: unknown facts, mixed types, values that never occur.

JMESPath itself takes a name that does not exist for null and goes on, so that a misspelt rule would simply never fire.
"""

import difflib
from enum import StrEnum
from typing import Any, Final

from jmespath.exceptions import JMESPathError

from relief.contracts.vocabulary import (
    AccountValue,
    Authentication,
    Channel,
    EvidenceCode,
    Owner,
    Severity,
    StepOutcome,
    Tier,
)
from relief.decide.condition import Node, compile_tree, path_of

NO_VALUE: Final = "none"


def _values(kind: type[StrEnum], *more: str) -> tuple[str, ...]:
    return (*more, *(one.value for one in kind))


CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "customer.tier": _values(Tier),
    "customer.value": _values(AccountValue),
    "customer.authenticated": _values(Authentication),
    "turn.channel": _values(Channel),
    "turn.outcome": _values(StepOutcome, NO_VALUE),
    "owner": _values(Owner),
    "incident.severity": _values(Severity, NO_VALUE),
}
"""Facts that are one of a few words. Names of journeys, intents and steps are data, so any word may occur there."""
CODES: Final = "codes"
_CODES: Final = [code.value for code in EvidenceCode]
_PLAIN_PARTS: Final = frozenset(
    {"comparator", "and_expression", "or_expression", "not_expression", "function_expression", "pipe"}
)


def check_types(tree: Node, example: dict[str, Any], where: str) -> None:
    """Check every plain part of a condition; what lies inside filters and projections is left to its evaluation.

    Raises:
        ValueError: a name is no fact, types are mixed, or a value never occurs; says which, and what to write instead.
    """
    path = path_of(tree)
    if path is not None:
        _known(path, example, where)
        return
    if tree["type"] not in _PLAIN_PARTS:
        return
    children = tree["children"]
    for child in children[:1] if tree["type"] == "pipe" else children:
        check_types(child, example, where)
    if tree["type"] == "comparator":
        _check_comparison(tree, example, where)
    elif tree["type"] == "function_expression":
        if tree["value"] == "contains":
            _check_contains(tree, where)
        _check_call(tree, example, where)


def _known(path: tuple[str, ...], example: dict[str, Any], where: str) -> Any:  # noqa: ANN401 - JSON data
    value: Any = example
    for depth, name in enumerate(path):
        if not isinstance(value, dict) or name not in value:
            known = list(value) if isinstance(value, dict) else []
            message = f"{where}: there is no fact {'.'.join(path)}; {_advise(name, known, path[:depth])}"
            raise ValueError(message)
        value = value[name]
    return value


def _advise(name: str, known: list[str], section: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    if close:
        return f"did you mean {'.'.join((*section, close[0]))}?"
    if not known:
        return f"{'.'.join(section)} has no parts"
    return f"use one of {', '.join(known)}"


def _check_comparison(tree: Node, example: dict[str, Any], where: str) -> None:
    sides = [(path_of(child), child) for child in tree["children"]]
    kinds = [_kind(path, child, example) for path, child in sides]
    named = " and ".join(".".join(path) if path else "the value" for path, _ in sides)
    if None not in kinds and kinds[0] != kinds[1]:
        facts = [kind for (path, _), kind in zip(sides, kinds, strict=True) if path]
        cure = f"compare it with a {facts[0]}" if len(facts) == 1 else "compare two of one kind"
        message = f"{where}: {named} are compared, but one is a {kinds[0]} and the other a {kinds[1]}; {cure}"
        raise ValueError(message)
    if tree["value"] not in {"eq", "ne"} and "number" not in kinds and None not in kinds:
        message = f"{where}: {named}: only numbers have an order; use == or !="
        raise ValueError(message)
    for (path, _), (_, other) in (sides, sides[::-1]):
        choices = CHOICES.get(".".join(path or ()))
        if choices and other["type"] == "literal" and other["value"] not in choices:
            message = f"{where}: {'.'.join(path or ())} is never {other['value']!r}; it is one of {', '.join(choices)}"
            raise ValueError(message)


def _kind(path: tuple[str, ...] | None, node: Node, example: dict[str, Any]) -> str | None:
    if path is not None:
        return _kind_of(_known(path, example, ""))
    return _kind_of(node["value"]) if node["type"] == "literal" else None


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return "truth value"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "text"
    return "null" if value is None else "collection"


def _check_call(tree: Node, example: dict[str, Any], where: str) -> None:
    """Call a function on the exemplary facts: where it stands, the condition may well end before it is reached."""
    try:
        compile_tree(tree)(example)
    except JMESPathError as error:
        message = f"{where}: {error}"
        raise ValueError(message) from error


def _check_contains(tree: Node, where: str) -> None:
    subject, element = tree["children"][0], tree["children"][-1]
    if path_of(subject) == (CODES,) and element["type"] == "literal" and element["value"] not in _CODES:
        close = difflib.get_close_matches(str(element["value"]), _CODES, 1)
        cure = f"did you mean {close[0]}?" if close else "the README lists the codes"
        message = f"{where}: there is no evidence code {element['value']!r}; {cure}"
        raise ValueError(message)
