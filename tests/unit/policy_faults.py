"""Policies with one planted fault each, made from a few shipped rules, and journeys small enough to walk in a second."""

from typing import Any, Final

from relief.decide.journeys import Journey
from relief.decide.policy import Policy, load_policy

_SAY: Final = {"en": "Let me do that."}


def _step(name: str, *alternatives: str) -> dict[str, Any]:
    return {"name": name, "alternatives": list(alternatives), "say": _SAY, "expect": _SAY}


SMALL: Final[dict[str, Journey]] = {
    name: Journey.model_validate(
        {
            "name": name,
            "intents": intents,
            "harm": 0.5,
            "sensitive": False,
            "queue": "general",
            "steps": [_step("look_up", "ask_around"), _step("ask_around")],
            "slots": {"number": {"label": _SAY, "question": {"en": "Which number?"}}},
        }
    )
    for name, intents in (("default", []),)
}
"""One journey of two steps."""
_KEPT: Final = {"legal-or-regulator", "person-requested", "repeated-failure", "still-unclear"}


def rule(name: str, when: str, action: str, **more: Any) -> dict[str, Any]:
    """Return a rule's document."""
    return {
        "id": name,
        "reason": "ROUTINE",
        "when": when,
        "action": action,
        "mode": "rule_based",
        "priority": 59,
        "because": "This rule was planted by a test.",
        **more,
    }


def planted(*rules: dict[str, Any], after: str | None = None) -> Policy:
    """Return a sound policy of a few shipped rules with these put first, or behind the rule ``after``."""
    document = load_policy().model_dump(mode="json")
    kept = [one for one in document["rules"] if one["id"] in _KEPT]
    place = 1 + next((n for n, one in enumerate(kept) if one["id"] == after), -1)
    document["rules"] = [*kept[:place], *rules, *kept[place:]]
    return Policy.model_validate(document)


_LAST: Final = "still-unclear"
_PERSON: Final = "person-requested"

FAULTS: Final[dict[str, Policy]] = {
    "ignored request for a human": planted(
        rule("soothe-first", "scores.frustration >= `0.9` && turn.has_text", "answer")
    ),
    "dead end": planted(rule("say-nothing", "scores.confusion >= `0.9`", "hold"), after=_LAST),
    "loop": planted(rule("always-ask", "turn.has_text && journey.can_ask", "clarify"), after=_PERSON),
    "unreachable rule": planted(
        rule("never", "turn.outcome == 'failed' && progress.failures == `0`", "escalate"), after=_LAST
    ),
    "rule always loses": planted(
        rule("too-late", "contains(codes, 'LEGAL_PHRASE') && customer.tier == 'vip'", "escalate"), after=_LAST
    ),
    "contradiction": planted(
        rule("one-way", "scores.urgency >= `0.9`", "change_strategy"),
        rule("other-way", "scores.urgency >= `0.95`", "escalate"),
        after=_PERSON,
    ),
    "missing fallback": planted(rule("shrug", "turn.has_text && intent.confidence < `0.1`", "answer"), after=_PERSON),
}
"""By the kind of fault that must be found."""
