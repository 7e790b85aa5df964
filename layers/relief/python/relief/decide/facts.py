"""The facts document: everything that a rule may ask about, and nothing that was said."""

from typing import Any

from relief.contracts.context import CustomerState, DetectedTurn, SessionContext
from relief.contracts.incident import Incident
from relief.contracts.signals import Evidence
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Dimension, EvidenceCode, Source, StepOutcome
from relief.decide.journeys import DEFAULT_JOURNEY, Journey
from relief.decide.slots import find_open_slot, may_ask_topic
from relief.detect.turn import answers

_NOTHING_KNOWN = "out_of_scope"
_NO_ISSUE = frozenset({"", _NOTHING_KNOWN, "feedback_praise"})
_DOUBTFUL = 0.45
_SURE = 0.5
_EXPRESSED = 0.5  # log-odds: a single clear sign of friction in this very turn
_LIKELY = 2.0  # log-odds above those of an uneventful turn: the classifier finds friction likelier than not
_STUCK_BEHAVIOUR = frozenset(
    {
        EvidenceCode.SAME_STEP_AGAIN,
        EvidenceCode.STEP_FAILED,
        EvidenceCode.RAGE_CLICKS,
        EvidenceCode.HELP_THEN_RETURN,
        EvidenceCode.BACKTRACKING,
        EvidenceCode.TYPING_ABANDONED,
        EvidenceCode.SESSION_ABANDONED,
    }
)
_UNKNOWN_VALUE = "medium"
_UNKNOWN_TIER = "standard"

EXEMPLARY_FACTS: dict[str, Any] = {
    "scores": {dimension.value: 0.0 for dimension in Dimension},
    "trends": {dimension.value: 0.0 for dimension in Dimension},
    "previous": {"frustration": 0.0, "peak_frustration": 0.0},
    "codes": [],
    "intent": {"name": "information", "confidence": 0.9, "settled": True, "doubted": False},
    "journey": {"name": "default", "harm": 0.4, "sensitive": False, "specific": False, "can_ask": True},
    "customer": {"tier": "standard", "tenure_months": 0, "value": "medium", "authenticated": "none"},
    "turn": {
        "number": 1,
        "channel": "web_chat",
        "has_text": True,
        "telemetry": 0,
        "behaviour": False,
        "expressed": False,
        "step": "",
        "outcome": "none",
        "tried": False,
        "answers": False,
        "expected": True,
    },
    "step": {"known": False, "attempts": 0, "failures": 0, "alternative_left": False},
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
    "handoff": {"open": False},
    "hours": {"open": True},
    "incident": {"active": False, "severity": "none", "untold": False},
    "risk": {"automating": 0.0, "handing_over": 0.42, "unresolved": 0.0},
}
"""Facts of an uneventful turn: the document's shape, against which conditions are type-checked."""


def _confidence(turn: TurnRequest, detected: DetectedTurn, previous: SessionContext | None) -> float:
    """Return the confidence in what the issue is.

    The caller's bot may know more, and its own doubt counts. Once an earlier turn has settled the issue, a reply
    such as "no, nothing there" does not unsettle it.
    """
    bot = turn.bot.intent.confidence if turn.bot and turn.bot.intent else None
    if bot is not None and bot < _DOUBTFUL:
        return bot
    # However sure the classifier is that a message is about nothing it knows, the issue is not known by that.
    own = 0.0 if detected.intent.name == _NOTHING_KNOWN else detected.intent.confidence
    return max(own, bot or 0.0, recall_confidence(previous))


def _is_expected(turn: TurnRequest, detected: DetectedTurn, journey: Journey, *, answers: bool) -> bool:
    """Tell whether a fixed flow can take the turn: an answer, a success, thanks, or words about the journey."""
    succeeded = turn.bot is not None and turn.bot.outcome is StepOutcome.succeeded
    if not (turn.text and turn.text.strip()) or answers or succeeded:
        return True
    if EvidenceCode.GRATITUDE in detected.signals.codes():
        return True
    return detected.intent.name in journey.intents and detected.intent.confidence >= _DOUBTFUL


def recall_confidence(previous: SessionContext | None) -> float:
    """Return how sure the earlier turns are of the issue; 0 where none of them named one."""
    history = previous.history if previous else []
    return max((one.confidence for one in history if one.intent not in _NO_ISSUE), default=0.0)


def is_settled(previous: SessionContext | None) -> bool:
    """Tell whether an earlier turn made clear what the issue is: a step was begun, or an intent was sure."""
    if previous is None:
        return False
    sure = any(one.confidence >= _SURE and one.intent not in _NO_ISSUE for one in previous.history)
    return sure or bool(previous.steps)


def _can_ask(journey: Journey, context: SessionContext) -> bool:
    """Tell whether there is a question left that nobody asked yet and nobody answered."""
    if journey.name != DEFAULT_JOURNEY and find_open_slot(journey, context) is not None:
        return True
    return may_ask_topic(context)


def _expresses(evidence: Evidence) -> bool:
    """Tell whether a piece of evidence shows friction in this very turn; what was before it does not."""
    if evidence.source is Source.history:
        return False
    return evidence.weight >= (_LIKELY if evidence.source is Source.classifier else _EXPRESSED)


def build_facts(
    context: SessionContext,
    previous: SessionContext | None,
    turn: TurnRequest,
    detected: DetectedTurn,
    journey: Journey,
    incident: Incident | None,
    alternative: str | None,
    *,
    staffed: bool = True,
) -> dict[str, Any]:
    """Put the facts of a turn together. ``context`` has this turn absorbed, ``previous`` has not.

    ``staffed``: whether the journey's own team is at its desks now.

    What follows from other facts is left to ``relief.decide.judge.complete_facts``.
    """
    step = turn.bot.step if turn.bot else None
    going_along = answers(turn, previous)
    return {
        "scores": detected.signals.scores(),
        "trends": detected.signals.trends(),
        "previous": {
            "frustration": (previous.last_signals if previous else {}).get("frustration", 0.0),
            "peak_frustration": previous.peak_frustration if previous else 0.0,
        },
        "codes": sorted(detected.signals.codes()),
        "intent": _intent(turn, detected, previous, answers=going_along),
        "journey": {
            "name": journey.name,
            "harm": journey.harm,
            "sensitive": journey.sensitive,
            "specific": bool(journey.intents),
            "can_ask": _can_ask(journey, context),
        },
        "customer": _customer(context.customer),
        "turn": _turn(context, turn, detected, journey, answers=going_along),
        "step": _step(step, context, journey, alternative),
        "progress": {name: count for name, count in context.progress if name != "issue"},
        "owner": context.owner.value,
        "handoff": {"open": context.handoff is not None},
        "hours": {"open": staffed},
        "incident": _incident(incident, context),
    }


def _intent(
    turn: TurnRequest, detected: DetectedTurn, previous: SessionContext | None, *, answers: bool
) -> dict[str, Any]:
    named = turn.bot.intent if turn.bot else None
    return {
        "name": detected.intent.name,
        "confidence": _confidence(turn, detected, previous),
        "settled": answers or is_settled(previous),
        "doubted": not answers and named is not None and named.confidence < _DOUBTFUL,
    }


def _customer(customer: CustomerState) -> dict[str, Any]:
    return {
        "tier": customer.tier or _UNKNOWN_TIER,
        "tenure_months": customer.tenure_months or 0,
        "value": customer.value or _UNKNOWN_VALUE,
        "authenticated": customer.authenticated.value,
    }


def _turn(
    context: SessionContext, turn: TurnRequest, detected: DetectedTurn, journey: Journey, *, answers: bool
) -> dict[str, Any]:
    bot = turn.bot
    return {
        "number": context.turn,
        "channel": turn.channel.value,
        "has_text": bool(turn.text and turn.text.strip()),
        "telemetry": len(turn.telemetry),
        "expressed": any(map(_expresses, detected.signals.frustration.evidence)),
        "behaviour": bool(detected.signals.codes(Source.telemetry) & _STUCK_BEHAVIOUR),
        "step": (bot.step if bot else None) or "",
        "outcome": bot.outcome.value if bot and bot.outcome else "none",
        "tried": bool(context.steps) or context.turn > 1,
        "answers": answers,
        "expected": _is_expected(turn, detected, journey, answers=answers),
    }


def _step(step: str | None, context: SessionContext, journey: Journey, alternative: str | None) -> dict[str, Any]:
    record = context.steps.get(step or "")
    return {
        "known": step is not None and journey.step(step) is not None,
        "attempts": record.attempts if record else 0,
        "failures": record.failures if record else 0,
        "alternative_left": alternative is not None,
    }


def _incident(incident: Incident | None, context: SessionContext) -> dict[str, Any]:
    return {
        "active": incident is not None,
        "severity": incident.severity.value if incident else "none",
        "untold": incident is not None and incident.incident_id not in context.incidents_told,
    }
