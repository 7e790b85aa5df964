"""Policies and journeys by number: rules, thresholds, costs, ladders and steps that nobody wrote by hand.

Many of them are faulty, as they should be: only those that pass the check have to keep the promises.
"""

import random
from functools import lru_cache
from typing import Any, Final, NamedTuple

from relief.contracts.vocabulary import Channel, EvidenceCode, Tier
from relief.decide.journeys import Journey
from relief.decide.policy import Policy
from relief.decide.proof.check import check_policy

_SAY: Final = {"en": "Let me do that."}
_CODES: Final = ("LEGAL_PHRASE", "CANCELLATION", "PROFANITY", "URGENT_PHRASE", "SECURITY_PHRASE", "PUBLIC_COMPLAINT")
_REQUEST: Final = f"contains(codes, '{EvidenceCode.HUMAN_REQUEST.value}')"


class Candidate(NamedTuple):
    """A policy with the journeys that it decides about."""

    policy: Policy
    journeys: dict[str, Journey]


def generate(number: int) -> Candidate:
    """Return the policy and the journeys of this number; the same for the same number."""
    draw = random.Random(number)
    journeys = {"default": _journey(draw, "default", [])}
    if draw.random() < 0.3:
        journeys["errand"] = _journey(draw, "errand", ["order_change"])
    policy = Policy.model_validate(
        {
            "version": f"random-{number}",
            "thresholds": {
                "clarify_below": draw.choice([0.25, 0.45, 0.6]),
                "change_strategy_at": draw.choice([0.5, 0.75, 0.9]),
                "silent_friction_at": draw.choice([0.3, 0.45, 0.65]),
                "confusion_at": draw.choice([0.6, 0.8]),
                "idle_turns": draw.choice([1, 2]),
                "strategy_changes": draw.choice([1, 2]),
            },
            "costs": {
                "doubt": round(draw.random(), 2),
                "friction": round(draw.random(), 2),
                "failure": draw.choice([0.2, 0.5]),
                "value": {"low": 0.5, "medium": 1.0, "high": draw.choice([1.0, 1.5, 2.0])},
                "urgency": draw.choice([0.0, 0.2]),
                "needless_handover": draw.choice([0.2, 0.42, 0.6]),
            },
            "priority": {"base": 20, "urgency": 25, "frustration": 15, "tier": {}, "value": {}, "incident": 10},
            "rules": _rules(draw),
        }
    )
    return Candidate(policy, journeys)


@lru_cache(maxsize=2048)
def sound(number: int) -> Candidate | None:
    """Return the candidate of this number if it passes the whole check."""
    candidate = generate(number)
    return candidate if check_policy(candidate.policy, candidate.journeys, 1).sound else None


def _journey(draw: random.Random, name: str, intents: list[str]) -> Journey:
    """Return a journey of one to three steps. Alternatives lead on to later steps alone, so none goes in a circle."""
    names = [f"step_{place}" for place in range(draw.choice([1, 2, 2, 3]))]
    slots = [f"slot_{place}" for place in range(draw.choice([0, 1, 1, 2]))]
    steps = [
        {
            "name": step,
            "alternatives": [other for other in names[place + 1 :] if draw.random() < 0.6],
            "needs": [slot for slot in slots if draw.random() < 0.3],
            "say": _SAY,
            "expect": _SAY,
        }
        for place, step in enumerate(names)
    ]
    return Journey.model_validate(
        {
            "name": name,
            "intents": intents,
            "harm": draw.choice([0.2, 0.5, 0.8]),
            "sensitive": draw.random() < 0.3,
            "queue": "general",
            "steps": steps,
            "slots": {slot: {"label": _SAY, "question": {"en": f"What is {slot}?"}} for slot in slots},
        }
    )


def _rules(draw: random.Random) -> list[dict[str, Any]]:
    """Return one to five rules and, somewhere among them, the one that no policy may lack."""
    rules = [_rule(draw, f"random-{place}", place) for place in range(draw.randint(1, 5))]
    asked = (
        _REQUEST if draw.random() < 0.5 else f"{_REQUEST} || scores.escalation_intent >= `{draw.choice([0.7, 0.9])}`"
    )
    request = {**_shell("person-requested", "escalate", 40), "reason": "CUSTOMER_REQUEST", "when": asked}
    automating = [place for place, rule in enumerate(rules) if rule["action"] != "escalate"]
    # Now and then an automating rule comes first, which the check has to refuse.
    place = draw.randint(0, automating[0] if automating and draw.random() < 0.9 else len(rules))
    return [*rules[:place], request, *rules[place:]]


def _rule(draw: random.Random, name: str, place: int) -> dict[str, Any]:
    action = draw.choices(["escalate", "change_strategy", "answer", "clarify", "hold"], [60, 20, 10, 6, 4])[0]
    parts = [_condition(draw) for _ in range(draw.choice([1, 1, 2]))]
    between = draw.choice([" && ", " && ", " || "])
    when = f"({between.join(parts)})"
    if action in {"answer", "clarify"} and draw.random() < 0.8:
        when += " && progress.turns_without_progress < `2` && progress.clarifications < `1`"
    if action == "hold" and draw.random() < 0.8:
        when += " && !(turn.has_text)"
    if action == "change_strategy" and draw.random() < 0.8:
        when += f" && progress.strategy_changes < `{draw.choice([1, 2])}`"
    rule = {**_shell(name, action, place), "when": when}
    if draw.random() < 0.4:
        rule["measure"] = draw.choice(["scores.frustration", "scores.urgency", "scores.confusion"])
        rule["threshold"] = draw.choice([0.3, 0.6, 0.8])
    elif draw.random() < 0.2:
        rule |= {"measure": "risk.automating", "threshold_of": "risk.handing_over"}
    return rule


def _shell(name: str, action: str, priority: int) -> dict[str, Any]:
    because = "This rule was made up by chance."
    return {
        "id": name,
        "reason": "ROUTINE",
        "action": action,
        "mode": "ai_assisted",
        "priority": priority,
        "because": because,
    }


def _condition(draw: random.Random) -> str:
    return draw.choice(
        [
            f"contains(codes, '{draw.choice(_CODES)}')",
            f"progress.unsuccessful >= `{draw.randint(1, 2)}`",
            f"progress.turns_without_progress >= `{draw.randint(1, 2)}`",
            f"progress.strategy_changes >= `{draw.randint(1, 2)}`",
            f"progress.clarifications >= `{draw.randint(1, 2)}`",
            f"progress.stated_contacts >= `{draw.randint(2, 3)}`",
            f"turn.number >= `{draw.randint(2, 3)}`",
            f"intent.confidence < `{draw.choice([0.2, 0.4])}`",
            f"previous.frustration >= `{draw.choice([0.4, 0.7])}`",
            f"customer.tier == '{draw.choice(list(Tier)).value}'",
            f"customer.tenure_months >= `{draw.choice([12, 60])}`",
            f"turn.channel == '{draw.choice(list(Channel)).value}'",
            "turn.outcome == 'failed'",
            "turn.outcome == 'refused'",
            "turn.behaviour",
            "turn.expressed && turn.has_text",
            "journey.sensitive && !(step.alternative_left)",
            "intent.settled && turn.tried",
        ]
    )
