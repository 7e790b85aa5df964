"""A counterfactual in plain words, for the people who supervise: one sentence on what would have had to differ."""

from collections.abc import Sequence
from typing import Final

from relief.contracts.decision import FactChange
from relief.contracts.vocabulary import Action

_DIGITS: Final = 4
_JUST: Final = 0.0001
_DOES: Final = {
    Action.answer: "the bot would have gone on",
    Action.clarify: "one question would have been asked",
    Action.change_strategy: "the bot would have changed its approach",
    Action.escalate: "a person would have taken over",
    Action.hold: "the bot would have said nothing",
}
_FACTS: Final = {
    "scores.frustration": "frustration",
    "scores.confusion": "confusion",
    "scores.urgency": "urgency",
    "scores.escalation_intent": "the wish for a person",
    "intent.confidence": "the confidence in what the customer needs",
    "customer.tier": "the customer's tier",
    "customer.value": "the account's value",
    "customer.authenticated": "the customer's identity check",
    "customer.tenure_months": "the customer's time with us in months",
}
_COUNTS: Final = {
    "progress.turns": ("turn", "turns", "on this issue"),
    "progress.turns_without_progress": ("turn", "turns", "without progress"),
    "progress.failures": ("failed attempt", "failed attempts", ""),
    "progress.refusals": ("refused attempt", "refused attempts", ""),
    "progress.clarifications": ("clarifying question", "clarifying questions", "so far"),
    "progress.strategy_changes": ("changed approach", "changed approaches", "so far"),
    "progress.stated_contacts": ("contact", "contacts", "that the customer speaks of"),
}
"""One, several, and what follows."""
_OUTCOMES: Final = {
    "succeeded": "the step had succeeded",
    "failed": "the step had failed",
    "refused": "the step had been refused",
    "pending": "the step were still under way",
    "none": "the bot had reported no step",
}


def tell_counterfactual(before: Action, after: Action, changes: Sequence[FactChange]) -> str:
    """Return the sentence. ``before`` is what was decided, ``after`` what the changes would have led to."""
    conditions = " and ".join(_tell(change) for change in changes)
    return f"Instead of {before.value}, {_DOES[after]} if {conditions}."


def _tell(change: FactChange) -> str:
    fact, was, becomes = change.fact, change.was, change.becomes
    if fact.startswith("codes:"):
        found = fact.partition(":")[2].replace("_", " ").lower()
        return f"{found} had {'also been' if becomes else 'not been'} found"
    if fact == "turn.outcome":
        return _OUTCOMES[str(becomes)]
    if fact == "step.alternative_left":
        return f"there were {'another' if becomes else 'no other'} way to this step"
    if fact in _COUNTS:
        one, several, rest = _COUNTS[fact]
        number = "no" if becomes == 0 else str(becomes)
        return f"there were {number} {one if becomes == 1 else several}{' ' * bool(rest)}{rest}, not {was}"
    if isinstance(was, float) and isinstance(becomes, float):
        lower = becomes < was
        mark = round(becomes + _JUST, _DIGITS) if lower else becomes
        return f"{_FACTS[fact]} were {'below' if lower else 'at least'} {mark:g}, not {round(was, 2):g}"
    return f"{_FACTS[fact]} were {becomes}, not {was}"
