"""The facts document: everything that a rule may ask about, and nothing that was said."""

from typing import Any

from relief.contracts.context import DetectedTurn, SessionContext
from relief.contracts.incident import Incident
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Dimension
from relief.decide.journeys import Journey

_UNKNOWN_VALUE = "medium"
_UNKNOWN_TIER = "standard"

EXEMPLARY_FACTS: dict[str, Any] = {
    "scores": {dimension.value: 0.0 for dimension in Dimension},
    "trends": {dimension.value: 0.0 for dimension in Dimension},
    "previous": {"frustration": 0.0, "peak_frustration": 0.0},
    "codes": [],
    "intent": {"name": "information", "confidence": 0.9},
    "journey": {"name": "default", "harm": 0.4, "sensitive": False},
    "customer": {"tier": "standard", "tenure_months": 0, "value": "medium", "authenticated": "none"},
    "turn": {"number": 1, "channel": "web_chat", "has_text": True, "telemetry": 0, "step": "", "outcome": "none"},
    "step": {"attempts": 0, "failures": 0, "alternative_left": True},
    "progress": {
        "turns": 1,
        "turns_without_progress": 0,
        "failures": 0,
        "refusals": 0,
        "unsuccessful": 0,
        "clarifications": 0,
        "strategy_changes": 0,
        "interventions": 0,
        "human_requests": 0,
        "stated_contacts": 0,
    },
    "owner": "bot",
    "incident": {"active": False, "severity": "none"},
    "risk": {"automating": 0.0, "handing_over": 0.42, "unresolved": 0.0},
}
"""Facts of an uneventful turn: the document's shape, against which conditions are type-checked."""


def build_facts(
    context: SessionContext,
    previous: SessionContext | None,
    turn: TurnRequest,
    detected: DetectedTurn,
    journey: Journey,
    incident: Incident | None,
    alternative: str | None,
) -> dict[str, Any]:
    """Put the facts of a turn together. ``context`` has this turn absorbed, ``previous`` has not."""
    step = turn.bot.step if turn.bot else None
    record = context.steps.get(step or "")
    progress = context.progress.model_dump(exclude={"issue"})
    return {
        "scores": detected.signals.scores(),
        "trends": {dimension.value: detected.signals.signal(dimension).trend for dimension in Dimension},
        "previous": {
            "frustration": (previous.last_signals if previous else {}).get("frustration", 0.0),
            "peak_frustration": previous.peak_frustration if previous else 0.0,
        },
        "codes": sorted(detected.signals.codes()),
        "intent": {"name": detected.intent.name, "confidence": detected.intent.confidence},
        "journey": {"name": journey.name, "harm": journey.harm, "sensitive": journey.sensitive},
        "customer": {
            "tier": context.customer.tier or _UNKNOWN_TIER,
            "tenure_months": context.customer.tenure_months or 0,
            "value": context.customer.value or _UNKNOWN_VALUE,
            "authenticated": context.customer.authenticated.value,
        },
        "turn": {
            "number": context.turn,
            "channel": turn.channel.value,
            "has_text": bool(turn.text and turn.text.strip()),
            "telemetry": len(turn.telemetry),
            "step": step or "",
            "outcome": turn.bot.outcome.value if turn.bot and turn.bot.outcome else "none",
        },
        "step": {
            "attempts": record.attempts if record else 0,
            "failures": record.failures if record else 0,
            "alternative_left": alternative is not None,
        },
        "progress": {
            **progress,
            "unsuccessful": progress["failures"] + progress["refusals"],
            "interventions": progress["clarifications"] + progress["strategy_changes"],
        },
        "owner": context.owner.value,
        "incident": {"active": incident is not None, "severity": incident.severity.value if incident else "none"},
    }
