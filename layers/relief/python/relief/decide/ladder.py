"""The ladder: answer, one clarifying question, a changed strategy, a person.

It is climbed when no hard rule fires. It never proposes a failed step unchanged, asks at most one
clarifying question an issue, and every rung has the next one above it, so that nothing ends nowhere.
"""

from typing import Any, NamedTuple

from relief.contracts.context import SessionContext
from relief.contracts.vocabulary import Action, EvidenceCode, Mode, ReasonCode, StepOutcome
from relief.decide.journeys import Journey
from relief.decide.policy import Policy

_UNSUCCESSFUL = frozenset({StepOutcome.failed.value, StepOutcome.refused.value})
_MAX_PROPOSALS = 2


class Rung(NamedTuple):
    """Where on the ladder this turn stands, and why."""

    action: Action
    mode: Mode
    reason: ReasonCode
    rule: str
    text: str
    margin: float = 0.0


def find_alternative(journey: Journey, context: SessionContext, step: str | None) -> str | None:
    """Return the first alternative to a step that neither failed nor was proposed before."""
    current = journey.step(step) if step else None
    if current is None:
        return None
    for name in current.alternatives:
        record = context.steps.get(name)
        proposal = context.proposed.get(f"step:{name}")
        if (record is None or record.attempts == 0) and (proposal is None or proposal.times < _MAX_PROPOSALS):
            return name
    return None


def find_next_step(journey: Journey, context: SessionContext) -> str | None:
    """Return the journey's next step that nobody took or proposed yet, alternatives left out."""
    alternatives: set[str] = set()
    for step in journey.steps:
        if step.name in alternatives:
            continue
        alternatives.update(step.alternatives)
        if step.name not in context.steps and f"step:{step.name}" not in context.proposed:
            return step.name
    return None


def climb(facts: dict[str, Any], policy: Policy) -> Rung:
    """Return the lowest rung that fits this turn."""
    outcome = facts["turn"]["outcome"]
    if outcome in _UNSUCCESSFUL:
        return _after_failure(facts, policy)
    if not facts["turn"]["has_text"]:
        return _without_words(facts, policy)
    limits = policy.thresholds
    idle = facts["progress"]["turns_without_progress"] - limits.idle_turns
    if idle >= 0:
        text = "Two turns brought no progress."
        return _change_or_escalate(facts, policy, ReasonCode.NO_PROGRESS, "ladder-no-progress", text, idle)
    settled = outcome == StepOutcome.succeeded.value or EvidenceCode.GRATITUDE in facts["codes"]
    if not settled:
        rung = _on_friction(facts, policy) or _on_doubt(facts, policy)
        if rung is not None:
            return rung
    understood = facts["intent"]["confidence"] >= limits.clarify_below and facts["turn"].get("expected", True)
    mode = Mode.rule_based if facts["journey"]["specific"] and understood else Mode.ai_assisted
    text = "Nothing speaks against an automated answer."
    return Rung(
        Action.answer,
        mode,
        ReasonCode.ROUTINE,
        "ladder-answer",
        text,
        facts["risk"]["handing_over"] - facts["risk"]["automating"],
    )


def _after_failure(facts: dict[str, Any], policy: Policy) -> Rung:
    if facts["step"]["alternative_left"]:
        text = "The step did not work, and there is another way to try."
        return Rung(Action.change_strategy, Mode.ai_assisted, ReasonCode.STEP_FAILED, "ladder-other-step", text, 1.0)
    if facts["step"]["known"] and facts["progress"]["strategy_changes"] > 0:
        text = "The step did not work, and every other way to it has been tried."
        return Rung(
            Action.escalate, Mode.sentiment_routing, ReasonCode.OPTIONS_EXHAUSTED, "ladder-exhausted", text, 1.0
        )
    return _change_or_escalate(
        facts, policy, ReasonCode.STEP_FAILED, "ladder-step-failed", "What the bot tried did not work.", 1
    )


def _without_words(facts: dict[str, Any], policy: Policy) -> Rung:
    margin = facts["scores"]["frustration"] - policy.thresholds.silent_friction_at
    if margin < 0 or not facts["turn"]["behaviour"]:
        text = "Nothing in the customer's behaviour needs words now."
        return Rung(Action.hold, Mode.rule_based, ReasonCode.NO_INTERVENTION, "ladder-quiet", text, abs(margin))
    text = "The customer says nothing, but their behaviour shows that they are stuck."
    return _change_or_escalate(facts, policy, ReasonCode.SILENT_FRICTION, "ladder-silent-friction", text, margin)


def _on_friction(facts: dict[str, Any], policy: Policy) -> Rung | None:
    """Change the approach for a customer who is confused or losing patience, once something was tried."""
    if not facts["turn"]["tried"]:
        return None
    for dimension, threshold, reason, text in (
        (
            "confusion",
            policy.thresholds.confusion_at,
            ReasonCode.CONFUSED,
            "The customer does not follow; it needs other words.",
        ),
        (
            "frustration",
            policy.thresholds.change_strategy_at,
            ReasonCode.FRICTION_HIGH,
            "The customer is losing patience with this approach.",
        ),
    ):
        margin = facts["scores"][dimension] - threshold
        going_along = facts["turn"]["answers"] or not facts["turn"]["expressed"] or _waits_for_repair(facts)
        if dimension == "frustration" and going_along:
            continue
        if margin >= 0 and facts["progress"]["strategy_changes"] < policy.thresholds.strategy_changes:
            return Rung(Action.change_strategy, Mode.ai_assisted, reason, f"ladder-{dimension}", text, margin)
    return None


def _waits_for_repair(facts: dict[str, Any]) -> bool:
    """Tell whether it is an incident that costs the customer patience: they know of it, and no step failed since."""
    return bool(facts["incident"]["active"]) and facts["progress"]["unsuccessful"] == 0


def _on_doubt(facts: dict[str, Any], policy: Policy) -> Rung | None:
    """Ask one question when it is unclear what the customer needs; after that, go about it differently."""
    intent = facts["intent"]
    margin = policy.thresholds.clarify_below - intent["confidence"]
    if margin <= 0:
        return None
    begun = intent["settled"] or facts["turn"]["step"]
    if facts["progress"]["clarifications"] > 0:
        if begun and not intent["doubted"]:
            return None
        text = "One question did not make it clear what the customer needs."
        return _change_or_escalate(facts, policy, ReasonCode.LOW_CONFIDENCE, "ladder-still-unclear", text, margin)
    if begun or not facts["journey"]["can_ask"]:
        return None
    text = "It is not clear yet what the customer needs."
    return Rung(Action.clarify, Mode.ai_assisted, ReasonCode.LOW_CONFIDENCE, "ladder-clarify", text, margin)


def _change_or_escalate(
    facts: dict[str, Any], policy: Policy, reason: ReasonCode, rule: str, text: str, margin: float
) -> Rung:
    if facts["progress"]["strategy_changes"] < policy.thresholds.strategy_changes:
        return Rung(Action.change_strategy, Mode.ai_assisted, reason, rule, text, margin)
    return Rung(Action.escalate, Mode.sentiment_routing, reason, f"{rule}-again", text, margin)
