"""Keep a summary within its budget: shorten and drop in a fixed order, and say what was dropped."""

import json
from collections.abc import Callable
from typing import Any, Final

from relief.contracts.summary import MAX_SUMMARY_BYTES, Summary, SummaryAccount

DROP_ORDER: Final = (
    "labels",
    "evidence",
    "preferences",
    "account",
    "open_questions",
    "tried",
    "facts",
    "recommended_next",
    "goal",
    "do_not_ask",
    "identity",
)
"""The least useful to the next step goes first. Facts go late; their names stay in ``do_not_ask`` as long as can be."""

_SHORT_VALUE: Final = 60
_SHORT_GOAL: Final = 80


def size_in_bytes(summary: Summary) -> int:
    """Return the size of the summary as canonical JSON, in bytes.

    Counted with everything but ASCII escaped, as many writers of JSON do: what fits here fits in UTF-8 as well.
    """
    return len(json.dumps(summary.model_dump(mode="json"), sort_keys=True, separators=(",", ":")))


def fit_summary(summary: Summary) -> Summary:
    """Return the summary within ``MAX_SUMMARY_BYTES``; ``dropped`` names what was shortened or left out."""
    fitted = summary
    for field in DROP_ORDER:
        if size_in_bytes(fitted) <= MAX_SUMMARY_BYTES:
            break
        fitted = _shrink(fitted, field)
    return fitted


def _shrink(summary: Summary, field: str) -> Summary:
    """Make one field smaller, gently first, until all fits or nothing of it is left."""
    value = getattr(summary, field)
    shrunk = summary.model_copy(update={"dropped": list(dict.fromkeys([*summary.dropped, field]))})
    for smaller in _SHRINKERS.get(field, (_shorten_collection,)):
        while size_in_bytes(shrunk) > MAX_SUMMARY_BYTES and (less := smaller(value)) != value:
            value = less
            shrunk = shrunk.model_copy(update={field: value})
    return shrunk


def _shorten_collection(value: Any) -> Any:  # noqa: ANN401 - a list or a dictionary, and the same comes out
    """Take the oldest entry off."""
    return dict(list(value.items())[1:]) if isinstance(value, dict) else value[1:]


def _shorten_values(value: dict[str, Any]) -> dict[str, Any]:
    return {name: one[:_SHORT_VALUE] if isinstance(one, str) else one for name, one in value.items()}


def _shorten_end(value: list[str]) -> list[str]:
    """Take the last entry off: advice and names of facts stand first."""
    return value[:-1]


def _shorten_goal(value: str) -> str:
    return value if len(value) <= _SHORT_GOAL else value[: _SHORT_GOAL - 1] + "…"


def _forget_products(value: SummaryAccount) -> SummaryAccount:
    return value.model_copy(update={"products": value.products[:-1]})


_SHRINKERS: Final[dict[str, tuple[Callable[[Any], Any], ...]]] = {
    "account": (_forget_products, lambda _: SummaryAccount()),
    "facts": (_shorten_values, _shorten_collection),
    "recommended_next": (_shorten_end,),
    "goal": (_shorten_goal,),
    "do_not_ask": (_shorten_end,),
    "identity": (lambda value: value.model_copy(update={"customer": None}),),
}
