"""Verdicts of reviewers, over a store in memory."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretBytes

from relief.api.reviews import ReviewService
from relief.contracts.context import SessionContext
from relief.contracts.handoff import Handoff
from relief.contracts.review import RecordedReview, ReviewItem
from relief.contracts.states import DecisionRecord
from relief.contracts.vocabulary import ReviewCause
from relief.errors import NotFound, RequestInvalid, Unavailable
from relief.privacy.references import ReferenceKeys
from relief.remember.review import describe_decision
from relief.settings import Settings
from relief.store.ports import Reviewed
from relief.store.writes import Write
from tests.pipeline import Session
from tests.property.test_counterfactual import recorded

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
KEYS = ReferenceKeys(current="k1", keys={"k1": SecretBytes(b"x" * 32)})


class Desk:
    """Keeps one decision and its review; a transaction sets the review that its writes hold."""

    def __init__(self, decision: DecisionRecord, *, drawn: bool) -> None:
        self.decision = decision
        review = describe_decision(decision, ReviewCause.sampled, described=True)
        self.review: ReviewItem = review.model_copy(update={"drawn": drawn})
        self.writes: list[Sequence[Write]] = []
        self.races = 0

    def find_review(self, decision_id: str, now: datetime) -> Reviewed | None:
        if decision_id != self.decision.decision_id:
            return None
        return Reviewed(self.decision, self.review, NOW + timedelta(days=1))

    def list_reviews(
        self, journey: str, state: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[ReviewItem], str | None]:
        return [self.review], None

    def commit(self, writes: Sequence[Write]) -> bool:
        if self.races:
            self.races -= 1
            return False
        self.writes.append(writes)
        return True

    def list_decisions(self, session_id: str, now: datetime) -> list[DecisionRecord]:
        return [self.decision]

    def find_context(self, session_id: str, now: datetime) -> SessionContext | None:
        return None

    def find_handoff(self, handoff_id: str, now: datetime) -> Handoff | None:
        return None

    def list_session_handoffs(self, session_id: str, now: datetime) -> list[Handoff]:
        return []

    def read_records(self, *_: Any) -> Any:
        raise NotImplementedError


@pytest.fixture
def desk() -> Desk:
    session = Session()
    session.say("my bill is wrong", journey="billing_dispute")
    return Desk(recorded(session), drawn=True)


def judge(desk: Desk, decision: str | None = None, **verdict: Any) -> RecordedReview:
    service = ReviewService(Settings(table_name="table"), lambda: KEYS, desk, desk)
    return service.judge(decision or desk.decision.decision_id, json.dumps(verdict).encode(), "reviewer-7", NOW)


def counted(writes: Sequence[Write]) -> bool:
    """Tell whether a transaction adds to the agreement of a journey: the third of its writes does."""
    return len(writes) == 3


def test_a_verdict_is_recorded_redacted_and_counted(desk: Desk) -> None:
    """Given a decision that chance chose, when it is judged, then the verdict counts, without the reviewer's name."""
    answer = judge(desk, agree=False, should_have="escalate", queue="billing", why="ask jane@example.com")
    assert answer.counted
    assert answer.changed
    assert "jane@example.com" not in answer.verdict.why
    assert answer.verdict.by
    assert "reviewer-7" not in answer.verdict.by
    assert counted(desk.writes[0])


def test_the_same_verdict_again_writes_nothing(desk: Desk) -> None:
    """Given a verdict, when the same comes again, then it is answered as it was, and nothing is written."""
    first = judge(desk, agree=True)
    desk.review = desk.review.model_copy(update={"verdict": first.verdict})
    assert judge(desk, agree=True).changed is False
    assert len(desk.writes) == 1


def test_a_verdict_on_what_chance_did_not_choose_does_not_count(desk: Desk) -> None:
    """Given a decision that was put before reviewers for its reason, then its verdict leaves the agreement alone."""
    desk.review = desk.review.model_copy(update={"drawn": False})
    assert judge(desk, agree=True).counted is False
    assert not counted(desk.writes[0])


@pytest.mark.parametrize(
    "verdict",
    [
        {"agree": False},
        {"agree": False, "should_have": "answer"},
        {"agree": True, "should_have": "escalate"},
        {"agree": False, "should_have": "escalate", "queue": "made_up"},
        {"agree": True, "colour": "blue"},
    ],
    ids=["says nothing", "what was decided", "contradicts itself", "no such queue", "unknown field"],
)
def test_what_cannot_be_meant_is_refused(desk: Desk, verdict: dict[str, Any]) -> None:
    """Given an answered turn, when a verdict cannot be meant, then it is refused and nothing is written."""
    assert desk.review.action.value == "answer"
    with pytest.raises(RequestInvalid):
        judge(desk, **verdict)
    assert desk.writes == []


def test_a_decision_that_is_gone_is_not_found(desk: Desk) -> None:
    """Given a name that no decision has, then that is said."""
    with pytest.raises(NotFound):
        judge(desk, "dec-of-nobody", agree=True)


@pytest.mark.parametrize(("races", "ends_well"), [(2, True), (3, False)])
def test_a_race_is_run_again_three_times(desk: Desk, races: int, *, ends_well: bool) -> None:
    """Given others who judge at the same time, then the verdict is tried three times before it is given up."""
    desk.races = races
    if ends_well:
        assert judge(desk, agree=True).changed
    else:
        with pytest.raises(Unavailable):
            judge(desk, agree=True)
