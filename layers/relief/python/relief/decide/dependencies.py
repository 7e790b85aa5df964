"""Which independent facts a condition rests on: what follows from other facts is traced back to them."""

from collections.abc import Iterator
from typing import Final

from relief.decide.condition import Node, path_of
from relief.decide.condition_types import CODES

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


def variables_of(path: str) -> tuple[str, ...]:
    """Return the independent facts behind one: itself, or those that it follows from."""
    if path.partition(".")[0] == _JOURNEY:
        return (path,) if path == "journey.can_ask" else (_JOURNEY,)
    return _DERIVED.get(path, (path,))


def list_variables(node: Node) -> Iterator[str]:
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
        if isinstance(child, dict):
            yield from list_variables(child)
