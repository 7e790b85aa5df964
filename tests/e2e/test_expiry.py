"""What has outlived its time is treated as absent, though DynamoDB deletes it up to days later."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from relief.contracts.vocabulary import Action, Owner, Part
from relief.store.keys import context_key, record_key, session_partition
from tests.e2e.conftest import Caller
from tests.local.faults import Fault
from tests.local.replay import call
from tests.local.stack import LocalStack

PERSON = "I want to talk to a human"
SUPPLIED = {"order_number": "A-20391"}


def expire(stack: LocalStack, session_id: str, kind: str = "", *, seconds_ago: int = 1) -> int:
    """Move the expiry of a session's items, or of those of one kind, into the past; return how many there are."""
    client = stack.client("dynamodb")
    (table,) = client.list_tables()["TableNames"]
    keys = [
        {"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}}
        for item in stack.items()
        if item["pk"] == session_partition(session_id) and item["sk"].startswith(kind)
    ]
    for key in keys:
        client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="SET expires_at = :past",
            ExpressionAttributeValues={":past": {"N": str(int(time.time()) - seconds_ago)}},
        )
    return len(keys)


def context_item(stack: LocalStack, session_id: str) -> dict[str, Any]:
    """Return the stored context of a session."""
    key = context_key(session_id)
    return next(item for item in stack.items() if (item["pk"], item["sk"]) == key)


def get(caller: Caller, path: str) -> int:
    """Return the status of a read with every scope."""
    return call(caller.stack, "GET", path, caller.token)[0]


def test_an_expired_context_is_a_new_session(caller: Caller, session_id: str) -> None:
    """Given a context past its expiry, when the customer returns, then the session begins anew and knows nothing."""
    caller.turn(session_id, "My bill is wrong", facts=SUPPLIED, journey="billing_dispute")
    assert expire(caller.stack, session_id, "CONTEXT") == 1
    for view in ("agent", "supervisor"):
        status, seen = call(caller.stack, "GET", f"/v1/sessions/{session_id}/context?view={view}", caller.token)
        assert SUPPLIED["order_number"] not in json.dumps(seen)
        # The decisions have a time of their own, and a supervisor sees them for that long.
        assert status == (200 if view == "supervisor" else 404)
    answer = caller.turn(session_id, "My bill is still wrong", turn_id="t2")
    assert answer.turn == 1
    assert answer.next.do_not_ask == []
    stored = context_item(caller.stack, session_id)
    assert int(stored["expires_at"]) > time.time()
    assert SUPPLIED["order_number"] not in json.dumps(stored, default=str)


def test_an_expired_context_owns_no_conversation(caller: Caller, session_id: str) -> None:
    """Given a session whose hand-over has expired with it, then the bot owns the next one and may answer again."""
    assert caller.turn(session_id, PERSON).owner is Owner.queued
    caller.stack.drain()
    assert expire(caller.stack, session_id) == 4
    answer = caller.turn(session_id, "Where is my order?", turn_id="t2")
    assert answer.owner is Owner.bot
    assert answer.action is not Action.hold
    assert answer.handoff is None


def test_a_person_is_reached_again_after_an_expired_hand_over(caller: Caller, session_id: str) -> None:
    """Given an expired hand-over, when a person is asked for again, then there is a new one, and it is delivered."""
    first = caller.turn(session_id, PERSON)
    caller.stack.drain()
    expire(caller.stack, session_id)
    second = caller.turn(session_id, PERSON, turn_id="t2")
    assert first.handoff is not None
    assert second.handoff is not None
    assert second.handoff.handoff_id != first.handoff.handoff_id
    assert [one["handoff_id"] for one in caller.handed_over(session_id)] == [second.handoff.handoff_id]


def break_a_function(stack: LocalStack) -> None:
    """Let routing fail, so that the workflow's last resort hands over."""
    stack.faults.set("route", Fault.fail)


def break_the_workflow(stack: LocalStack) -> None:
    """Let no execution start, so that the api function hands over by itself."""
    stack.faults.set_operation("states", "StartSyncExecution", error_code="InternalFailure")


@pytest.mark.parametrize(
    ("break_it", "part"),
    [(break_a_function, Part.route), (break_the_workflow, Part.workflow)],
    ids=["route", "workflow"],
)
def test_the_last_resort_is_not_fooled_by_an_expired_hand_over(
    caller: Caller, session_id: str, break_it: Callable[[LocalStack], None], part: Part
) -> None:
    """Given an expired hand-over and a part that is down, when a person is asked for, then one really is told."""
    caller.turn(session_id, PERSON)
    caller.stack.drain()
    expire(caller.stack, session_id)
    break_it(caller.stack)
    answer = caller.turn(session_id, PERSON, turn_id="t2")
    caller.stack.faults.clear()
    assert part in answer.degraded
    assert answer.action is Action.escalate
    assert answer.handoff is not None
    assert [one["handoff_id"] for one in caller.handed_over(session_id)] == [answer.handoff.handoff_id]


@pytest.mark.parametrize(
    ("text", "again"),
    [("My bill is wrong", "My bill is wrong"), ("My bill is wrong", "My bill is right"), (PERSON, PERSON)],
    ids=["same body", "another body", "a hand-over"],
)
def test_an_expired_decision_is_no_idempotency_record(caller: Caller, session_id: str, text: str, again: str) -> None:
    """Given a decision past its expiry, when its turn_id comes again, then the turn is new, whatever it says."""
    first = caller.turn(session_id, text)
    caller.stack.drain()
    expire(caller.stack, session_id)
    assert get(caller, f"/v1/decisions/{first.decision_id}") == 404
    status, answer = caller.post(session_id, text=again)
    assert status == 200, answer
    assert len(caller.handed_over(session_id)) == (1 if answer["handoff"] else 0)
    assert answer["turn"] == 1
    assert answer["degraded"] == first.degraded
    assert get(caller, f"/v1/decisions/{answer['decision_id']}") == 200


def test_an_expired_decision_of_a_session_that_goes_on_is_no_idempotency_record(
    caller: Caller, session_id: str
) -> None:
    """Given a session that outlived its first decision, when that turn_id comes again, then it is the session's next."""
    caller.turn(session_id, "My bill is wrong")
    caller.turn(session_id, "It is too high", turn_id="t2")
    expire(caller.stack, session_id, "DECISION#")
    assert caller.turn(session_id, "The amount is 20 too much").turn == 3


def test_an_expired_hand_over_is_off_the_work_list(caller: Caller, session_id: str) -> None:
    """Given a hand-over past its expiry, then neither the work list nor its own address shows it."""
    answer = caller.turn(session_id, PERSON)
    assert answer.handoff is not None
    assert len(caller.handed_over(session_id)) == 1
    assert expire(caller.stack, session_id, "HANDOFF#") == 1
    assert caller.handed_over(session_id) == []
    assert get(caller, f"/v1/handoffs/{answer.handoff.handoff_id}") == 404


def test_what_is_about_to_expire_still_counts(caller: Caller, session_id: str) -> None:
    """Given items with a minute left, then all of them are there: nothing is taken for expired too early."""
    answer = caller.turn(session_id, PERSON, facts=SUPPLIED)
    assert answer.handoff is not None
    caller.stack.drain()
    assert expire(caller.stack, session_id, seconds_ago=-60) == 4
    assert len(caller.handed_over(session_id)) == 1
    assert get(caller, f"/v1/decisions/{answer.decision_id}") == 200
    assert get(caller, f"/v1/handoffs/{answer.handoff.handoff_id}") == 200
    again = caller.turn(session_id, "hello?", turn_id="t2")
    assert again.turn == 2
    assert "order_number" in again.next.do_not_ask


def test_a_message_for_an_expired_hand_over_does_not_bring_it_back(caller: Caller, session_id: str) -> None:
    """Given a hand-over that expired on its way through the queue, then its delivery does not put it on the work list."""
    caller.stack.faults.set("deliver", Fault.fail)
    answer = caller.turn(session_id, PERSON)
    assert answer.handoff is not None
    key = record_key(answer.handoff.handoff_id)
    expire(caller.stack, session_id, "HANDOFF#")
    caller.stack.faults.clear()
    assert caller.handed_over(session_id) == []
    (stored,) = [item for item in caller.stack.items() if (item["pk"], item["sk"]) == key]
    assert int(stored["expires_at"]) <= time.time()
