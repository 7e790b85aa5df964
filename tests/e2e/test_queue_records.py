"""How long people waited lately, from the desk's events to what the next customer is told."""

from datetime import UTC, datetime

import pytest

from relief.contracts.handoff import HandoffNotice
from relief.contracts.vocabulary import Part
from relief.settings import load_settings
from relief.store.keys import handoff_id
from relief.store.queues import PLACES, QueueTable, queue_key
from tests.e2e.conftest import Caller
from tests.e2e.test_ownership import hand_over, report


def test_waits_come_from_acceptances_and_reach_the_next_customer(caller: Caller, session_id: str) -> None:
    """Given customers who were taken at once, then the next one hears a time that the table did not have."""
    for number in range(6):
        taken = hand_over(caller, f"{session_id}-{number}")
        assert report(caller, taken, "accepted")[1]["applied"]
    answer = caller.turn(f"{session_id}-next", "I want to talk to a human")
    assert answer.handoff is not None
    assert answer.handoff.eta_seconds == 60
    assert Part.queues not in answer.degraded


@pytest.mark.usefixtures("caller")
def test_a_queue_s_record_never_grows(session_id: str) -> None:
    """Given many more waits than there are places, then the record has its places and no more."""
    table = QueueTable(load_settings())
    now = datetime.now(UTC)
    for number in range(3 * PLACES):
        fields = {"session_id": "s", "decision_id": "d", "turn": 1, "priority": 50, "realtime": True}
        notice = {**fields, "queue": session_id, "state": "queued", "reason": "CUSTOMER_REQUEST", "requested_at": now}
        notice["handoff_id"] = handoff_id(session_id, str(number))
        assert table.note_wait(HandoffNotice.model_validate(notice), now)
    record = table.read(session_id, None, now, realtime=True)
    assert record is not None
    assert PLACES // 2 < len(record.waits) <= PLACES
    assert queue_key(session_id, realtime=True) != queue_key(session_id, realtime=False)
