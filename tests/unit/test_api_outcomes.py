"""How sessions end: recorded once, and the conversation offered for audit, whatever becomes of that."""

import json
from datetime import UTC, datetime

import pytest

from relief.api.outcomes import OutcomeService
from relief.contracts.outcome import RecordedOutcome
from relief.errors import NotFound, Unavailable

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
RESOLVED = json.dumps({"outcome": "resolved", "effort_score": 6}).encode()
ABANDONED = json.dumps({"outcome": "abandoned"}).encode()


class Endings:
    """Ends of sessions, in memory. One session is known."""

    def __init__(self) -> None:
        self.held: dict[str, RecordedOutcome] = {}

    def has_session(self, session_id: str, now: datetime) -> bool:
        return session_id == "known"

    def find_outcome(self, session_id: str, now: datetime) -> RecordedOutcome | None:
        return self.held.get(session_id)

    def record_outcome(self, record: RecordedOutcome) -> bool:
        self.held[record.session_id] = record
        return True


def test_an_outcome_is_offered_for_audit_once() -> None:
    """Given an outcome that is reported twice, then the conversation is offered once; another end offers it again."""
    offered: list[RecordedOutcome] = []
    service = OutcomeService(Endings(), lambda record, now: offered.append(record))
    first = service.take("known", RESOLVED, NOW)
    assert service.take("known", RESOLVED, NOW) == first
    assert offered == [first]
    later = service.take("known", ABANDONED, NOW)
    assert offered == [first, later]


def test_an_outcome_is_recorded_although_it_cannot_be_offered() -> None:
    """Given a review queue that is down, when an outcome is reported, then it is recorded and answered as ever."""

    def refuse(record: RecordedOutcome, now: datetime) -> None:
        message = "the table does not answer"
        raise Unavailable(message)

    endings = Endings()
    answer = OutcomeService(endings, refuse).take("known", RESOLVED, NOW)
    assert endings.held == {"known": answer}


def test_an_unknown_session_has_no_outcome_and_no_audit() -> None:
    """Given a session that nothing is stored about, then its outcome is refused, and nothing is offered."""
    offered: list[RecordedOutcome] = []
    with pytest.raises(NotFound):
        OutcomeService(Endings(), lambda record, now: offered.append(record)).take("unknown", RESOLVED, NOW)
    assert offered == []
