"""Whole conversations for audit: chosen by how they ended, the same ones each time."""

from datetime import timedelta
from functools import cache

import pytest

from relief.contracts.states import DecisionRecord
from relief.contracts.vocabulary import ReviewCause, ReviewState
from relief.decide.audit import choose_audit, judge_ending
from relief.decide.rollout import AuditShares
from relief.store.writes import load_decision
from tests.pipeline import Session

EVERY = AuditShares(ended_well=1, ended_badly=1)


@cache
def conversation(*messages: str) -> tuple[DecisionRecord, ...]:
    """Return the decisions of a conversation, oldest first."""
    session = Session()
    records = []
    for message in messages:
        session.say(message)
        record = load_decision(session.writes[1]["Put"]["Item"], session.now)
        assert record is not None
        records.append(record)
        session.now += timedelta(seconds=30)
    return tuple(records)


CALM = ("Where can I see my invoice?", "Thanks, found it.")
SOURED = ("Where can I see my invoice?", "This is the third time I ask and STILL nothing. Ridiculous!!")


@pytest.mark.parametrize(
    ("outcome", "effort", "messages", "cause"),
    [
        ("resolved", None, CALM, ReviewCause.ended_well),
        ("resolved", 7, CALM, ReviewCause.ended_well),
        ("resolved", 4, CALM, ReviewCause.ended_well),
        ("resolved", 3, CALM, ReviewCause.ended_badly),
        ("resolved", 1, CALM, ReviewCause.ended_badly),
        ("resolved", 7, SOURED, ReviewCause.ended_badly),
        ("unresolved", 7, CALM, ReviewCause.ended_badly),
        ("abandoned", None, CALM, ReviewCause.ended_badly),
    ],
)
def test_an_ending_is_good_only_if_it_was_easy_and_left_nobody_angrier(
    outcome: str, effort: int | None, messages: tuple[str, ...], cause: ReviewCause
) -> None:
    """Given an outcome, the customer's score (7: it was easy) and the turns, then the ending is told by all three."""
    assert judge_ending(outcome, effort, conversation(*messages)) is cause


def test_an_audit_names_the_whole_conversation_and_never_counts_for_the_share() -> None:
    """Given a conversation in the sample, then its last decision waits for review, with every decision named."""
    decisions = conversation(*SOURED)
    audit = choose_audit("audited", "abandoned", None, decisions, EVERY)
    assert audit is not None
    assert audit.decision_id == decisions[-1].decision_id
    assert audit.conversation == [one.decision_id for one in decisions]
    assert (audit.state, audit.cause, audit.drawn) == (ReviewState.open, ReviewCause.ended_badly, False)


def test_each_ending_has_its_own_share() -> None:
    """Given shares for good and bad endings, then about so many of 2,000 sessions are chosen, the same ones again."""
    shares = AuditShares(ended_well=0.05, ended_badly=0.5)
    decisions = conversation(*CALM)
    for outcome, share in (("resolved", 0.05), ("abandoned", 0.5)):
        chosen = [choose_audit(f"s{number}", outcome, None, decisions, shares) for number in range(2_000)]
        again = [choose_audit(f"s{number}", outcome, None, decisions, shares) for number in range(2_000)]
        assert chosen == again
        # Four standard deviations of a binomial share of 2,000.
        assert abs(sum(one is not None for one in chosen) / 2_000 - share) < 4 * (share * (1 - share) / 2_000) ** 0.5


def test_a_session_without_decisions_is_not_audited() -> None:
    """Given nothing that was decided, then there is nothing to look at."""
    assert choose_audit("empty", "abandoned", None, [], EVERY) is None
