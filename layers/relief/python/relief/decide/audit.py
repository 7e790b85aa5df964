"""Whole conversations for audit: some of those that ended well and of those that ended badly (mission, section 9)."""

from collections.abc import Sequence
from typing import Final

from relief.contracts.review import ReviewItem
from relief.contracts.states import DecisionRecord
from relief.contracts.vocabulary import ReviewCause
from relief.decide.agreement import draw
from relief.decide.rollout import AuditShares
from relief.remember.review import describe_decision

_RESOLVED: Final = "resolved"
_NOT_EASY: Final = 3
"""Customers who say 1 to 3 of 7 did not find it easy; 4 is neither."""
_WORSE: Final = 0.2
"""A conversation that is solved and leaves the customer so much more frustrated did not end well."""
_MAX_CONVERSATION: Final = 50


def judge_ending(outcome: str, effort_score: int | None, decisions: Sequence[DecisionRecord]) -> ReviewCause:
    """Tell whether a conversation ended well or badly.

    Well: it is resolved, it was no great effort, and the customer is not clearly more frustrated than at its start.
    Decisions are oldest first.
    """
    if outcome != _RESOLVED or (effort_score is not None and effort_score <= _NOT_EASY):
        return ReviewCause.ended_badly
    if decisions:
        first, last = (one.response.signals.frustration.score for one in (decisions[0], decisions[-1]))
        if last - first > _WORSE:
            return ReviewCause.ended_badly
    return ReviewCause.ended_well


def choose_audit(
    session_id: str,
    outcome: str,
    effort_score: int | None,
    decisions: Sequence[DecisionRecord],
    shares: AuditShares,
) -> ReviewItem | None:
    """Return the audit of a conversation if it is in the sample: its last decision, with all of them named.

    The strata are the two endings, each with its own share, so that the many good endings do not crowd out the bad
    ones; journeys are listed apart, so each is a stratum as well. The same session is always chosen, or never.
    """
    if not decisions:
        return None
    cause = judge_ending(outcome, effort_score, decisions)
    share = shares.ended_badly if cause is ReviewCause.ended_badly else shares.ended_well
    if draw(f"audit {session_id}") >= share:
        return None
    last = decisions[-1]
    review = describe_decision(last, cause, described=bool(last.facts))
    names = [one.decision_id for one in decisions][-_MAX_CONVERSATION:]
    return review.model_copy(update={"conversation": names, "drawn": False})
