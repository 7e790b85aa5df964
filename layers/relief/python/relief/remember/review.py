"""Put a decision before a reviewer: what they need to judge it, and nothing that was said."""

from relief.contracts.review import ReviewItem
from relief.contracts.states import DecisionRecord
from relief.contracts.vocabulary import Dimension, ReviewCause, ReviewState, RolloutStage

_MAX_CODES = 40


def open_review(record: DecisionRecord, *, described: bool = True) -> ReviewItem | None:
    """Return the review of a decision that its rollout has chosen; ``None`` when it has not.

    ``described`` is false where the customer did not agree to storage: then no signs are kept with it.
    """
    if record.rollout is None or record.rollout.review is None:
        return None
    return describe_decision(record, record.rollout.review, described=described)


def describe_decision(record: DecisionRecord, cause: ReviewCause, *, described: bool = True) -> ReviewItem:
    """Return a decision as a reviewer sees it."""
    response, rollout = record.response, record.rollout
    would = response.next.would_hand_over
    review = ReviewItem(
        decision_id=record.decision_id,
        session_id=record.session_id,
        turn=response.turn,
        journey=rollout.journey if rollout else "default",
        decided_at=record.decided_at,
        cause=cause,
        state=ReviewState.open,
        stage=rollout.stage if rollout else RolloutStage.autonomous,
        drawn=rollout.drawn if rollout else False,
        action=response.action,
        mode=response.mode,
        queue=response.handoff.queue if response.handoff else (would.queue if would else None),
        enforced=response.enforced,
        reasons=[reason.code for reason in response.reasons],
        policy=response.versions.policy,
        judgement=rollout.judgement if rollout else "",
    )
    if not described:
        return review
    scores = {one.value: round(getattr(response.signals, one.value).score, 4) for one in Dimension}
    signs = {
        "intent": response.intent.name,
        "confidence": response.intent.confidence,
        "scores": scores,
        "codes": record.facts.get("codes", [])[:_MAX_CODES],
        "say": response.next.say,
    }
    return ReviewItem.model_validate({**review.model_dump(), **signs})
