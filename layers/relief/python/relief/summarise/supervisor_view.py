"""The supervisor's view: how the conversation was decided, and what its hand-overs became."""

from collections import Counter

from relief.contracts.context import SessionContext
from relief.contracts.handoff import Handoff
from relief.contracts.states import DecisionRecord, FiredRule
from relief.contracts.views import Escalation, ExplainedDecision, SupervisorView

MAX_DECISIONS = 200
_MAX_NEAREST = 3


def view_as_supervisor(
    session_id: str, context: SessionContext | None, decisions: list[DecisionRecord], handoffs: list[Handoff]
) -> SupervisorView:
    """Return the supervisor's view. ``context`` may have expired; decisions and hand-overs are oldest first."""
    shown = decisions[-MAX_DECISIONS:]
    latest = decisions[-1].response if decisions else None
    codes = Counter(reason.code for decision in decisions for reason in decision.response.reasons)
    return SupervisorView(
        session_id=session_id,
        turn=context.turn if context else (latest.turn if latest else 0),
        owner=context.owner if context else None,
        channel=context.channel if context else None,
        journey=context.journey if context else None,
        goal=context.goal if context else "",
        progress=context.progress if context else None,
        first_frustration=context.first_frustration if context else None,
        last_frustration=context.last_signals.get("frustration") if context else None,
        peak_frustration=context.peak_frustration if context else None,
        reason_codes=dict(codes.most_common()),
        escalations=[_escalation(handoff) for handoff in handoffs],
        decisions=[_explain(decision) for decision in shown],
        decisions_left_out=len(decisions) - len(shown),
        kept_until=context.expires_at if context else None,
    )


def _escalation(handoff: Handoff) -> Escalation:
    return Escalation.model_validate({**handoff.model_dump(), "reason_text": handoff.summary.reason.text})


def _explain(record: DecisionRecord) -> ExplainedDecision:
    response = record.response
    nearest = sorted((rule for rule in record.evaluated if not rule.fired), key=lambda rule: abs(rule.margin))
    return ExplainedDecision(
        decision_id=record.decision_id,
        turn=response.turn,
        decided_at=record.decided_at,
        action=response.action,
        mode=response.mode,
        owner=response.owner,
        reasons=response.reasons,
        explanation=_say_why(record, nearest),
        nearest=nearest[:_MAX_NEAREST],
        counterfactual=record.counterfactual,
        degraded=response.degraded,
        versions=response.versions,
    )


def _say_why(record: DecisionRecord, nearest: list[FiredRule]) -> str:
    """Put a decision into a sentence: the action, the rules behind it with their margins, and the nearest other."""
    response = record.response
    because = "; ".join(
        f"{one.code.value} by {one.rule}, margin {one.margin:+.2f}: {one.text}" for one in response.reasons
    )
    sentence = f"Turn {response.turn}: {response.action.value} because {because}"
    if nearest:
        sentence += f" Closest rule that did not fire: {nearest[0].rule}, margin {nearest[0].margin:+.2f}."
    if record.counterfactual is not None:
        sentence += f" {record.counterfactual.text}"
    if response.degraded:
        sentence += f" Decided without {', '.join(part.value for part in response.degraded)}."
    return sentence
