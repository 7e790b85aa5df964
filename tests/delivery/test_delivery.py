"""Hand-overs reach desks over HTTP: signed, once, whatever the network does, and never after an erasure."""

import json
import os
import time
from typing import Any

import pytest

from tests.delivery.campaign import command, forget_environment, message, run, send
from tests.delivery.desk import Desk
from tests.local.replay import call, worklist
from tests.local.stack import LocalStack
from tests.recording import recorded

SCOPES = "relief/turns relief/handoffs relief/erase"


def handoff_of(body: str) -> str:
    """Return the hand-over that a message brings."""
    found: str = json.loads(body)["detail"]["handoff"]["handoff_id"]
    return found


def deliveries_of(stack: LocalStack, handoff_id: str) -> list[dict[str, Any]]:
    """Return what is stored of a hand-over's deliveries."""
    _, session, turn = handoff_id.split("_")
    found = [one for one in stack.items() if one["pk"] == f"SESSION#{session}"]
    return [json.loads(one["doc"]) for one in found if one["sk"].startswith(f"DELIVERY#{turn}")]


def test_a_turn_that_is_handed_over_arrives_with_its_summary(stack: LocalStack, desk: Desk) -> None:
    """Given a customer who asks for a person, then the desk has the stored summary, signed, and a key for repetitions."""
    token = stack.token(SCOPES)
    turn = {
        "turn_id": "t1",
        "channel": "web_chat",
        "journey": "billing_dispute",
        "text": "I want a human",
        "facts": {"order_number": "A-1"},
    }
    _, answer = call(stack, "POST", "/v1/sessions/arrives/turns", token, turn)
    stack.drain()
    (taken,) = desk.taken
    assert taken.body["type"] == "relief.handoff.requested"
    assert taken.body["handoff"]["summary"] == answer["handoff"]["summary"]
    assert taken.body["handoff"]["summary"]["facts"] == {"order_number": "A-1"}
    assert taken.headers["idempotency-key"] == f"{answer['handoff']['handoff_id']}:desk:1"
    assert taken.headers["authorization"] == "Bearer t0ken"
    assert desk.forged == 0
    (delivery,) = deliveries_of(stack, answer["handoff"]["handoff_id"])
    assert delivery["state"] == "delivered"


def test_nothing_is_lost_or_delivered_twice(stack: LocalStack, desk: Desk) -> None:
    """Given a desk where every fifth request meets 429, 500, 503, silence or a cut line, then each hand-over is there once."""
    desk.share = 0.2
    figures = run(stack, desk, 200)
    assert (figures["lost"], figures["duplicated"], figures["forged"]) == (0, 0, 0)
    assert sum(figures["faults"].values()) > 20
    assert len(figures["faults"]) > 3


def test_what_a_desk_refuses_is_asked_once_put_aside_and_sent_again_on_request(stack: LocalStack, desk: Desk) -> None:
    """Given a desk that answers 422, then it is not asked again, the people's list has the hand-over, and redrive sends it."""
    desk.always = "422"
    body = message("refused")
    send(stack, [body])
    stack.drain()
    assert desk.met == {"422": 1}
    assert stack.messages("DeadLetterQueue") == [body]
    assert [one for one in worklist(stack, stack.token(SCOPES)) if one["session_id"] == "refused"]
    code, listed = command(stack, "list")
    assert (code, listed) == (0, [{"handoff_id": handoff_of(body), "queue": "billing", "reasons": {"desk": "422"}}])
    assert stack.messages("DeadLetterQueue") == [body]
    desk.cure()
    code, done = command(stack, "redrive")
    stack.drain()
    assert (code, len(done["sent"]), done["kept"]) == (0, 1, 0)
    assert [taken.body["handoff"]["handoff_id"] for taken in desk.taken] == [handoff_of(body)]
    assert stack.messages("DeadLetterQueue") == []


def test_what_is_no_hand_over_stays_in_the_dead_letter_queue(stack: LocalStack, desk: Desk) -> None:
    """Given a message that is none of ours, then redrive leaves it and says so, without showing what is in it."""
    send(stack, ["not a hand-over: canary@example.net"])
    stack.drain()
    code, listed = command(stack, "list")
    assert "canary" not in json.dumps(listed)
    code, done = command(stack, "redrive")
    assert (code, done) == (1, {"sent": [], "kept": 1})
    assert len(stack.messages("DeadLetterQueue")) == 1


def test_an_erased_hand_over_is_not_delivered(stack: LocalStack, desk: Desk) -> None:
    """Given a desk that is down while the session is erased, then nothing of it arrives when the desk is back."""
    token = stack.token(SCOPES)
    desk.always = "503"
    turn = {"turn_id": "t1", "channel": "web_chat", "journey": "billing_dispute", "text": "I want a human"}
    _, answer = call(stack, "POST", "/v1/sessions/erased/turns", token, turn)
    status, _ = call(stack, "DELETE", "/v1/sessions/erased", token)
    assert status == 200
    desk.cure()
    stack.drain()
    command(stack, "redrive")
    stack.drain()
    assert desk.taken == []
    assert deliveries_of(stack, answer["handoff"]["handoff_id"]) == []


def test_a_desk_that_is_slow_holds_up_nobody(stack: LocalStack, desk: Desk) -> None:
    """Given a batch to a desk that hangs, then the function ends in time, reports each message, and goes on with it."""
    desk.always = "hang"
    bodies = [message(f"slow-{number}") for number in range(10)]
    with recorded(stack) as recording:
        send(stack, bodies)
        while not recording.of("deliver"):
            stack.drain(30)
    first = recording.of("deliver")[0]
    assert not first.failed
    assert first.output["batchItemFailures"]
    desk.cure()
    command(stack, "redrive")
    stack.drain()
    assert {taken.body["handoff"]["handoff_id"] for taken in desk.taken} == {handoff_of(body) for body in bodies}


def test_a_desk_that_asks_to_be_left_alone_is_left_alone(
    stack: LocalStack, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a desk that answers 429 and names two seconds, then it is asked once until then, and has the hand-over after."""
    monkeypatch.setattr("relief.deliver.patience.QUEUE_SECONDS", 0)
    desk.retry_after, desk.sequence = "2", ["429"]
    body = message("patient")
    began = time.monotonic()
    send(stack, [body])
    while not desk.met:
        assert time.monotonic() - began < 10
        time.sleep(0.01)
    desk.retry_after = None
    asked = time.monotonic()
    while not desk.taken:
        assert time.monotonic() - began < 10
        time.sleep(0.01)
    assert time.monotonic() - asked >= 1.9
    stack.drain()
    assert desk.met == {"429": 1, "200": 1}
    assert stack.messages("DeadLetterQueue") == []
    (delivery,) = deliveries_of(stack, handoff_of(body))
    assert (delivery["state"], delivery["attempts"], delivery.get("wait_until")) == ("delivered", 2, None)


def technical(session_id: str) -> str:
    """Return a message for the technical queue."""
    document = json.loads(message(session_id))
    document["detail"]["queue"] = document["detail"]["handoff"]["queue"] = "technical"
    return json.dumps(document)


def test_a_note_is_written_once_though_the_second_call_fails(stack: LocalStack, desk: Desk) -> None:
    """Given a desk that takes the note but not the status, then a retry goes on with the status alone."""
    desk.sequence = [None, "500", "500"]
    send(stack, [technical("chatwoot-1-10")], "TechnicalQueue")
    stack.drain()
    assert [(taken.path, taken.method) for taken in desk.taken] == [
        ("/api/v1/accounts/1/conversations/10/messages", "POST"),
        ("/api/v1/accounts/1/conversations/10/toggle_status", "POST"),
    ]
    note = desk.taken[0]
    assert note.body["private"] is True
    assert note.headers["api_access_token"] == "t0ken"
    assert desk.taken[1].body == {"status": "open"}


def test_a_note_that_arrived_after_all_is_not_written_again(stack: LocalStack, desk: Desk) -> None:
    """Given a note whose answer was lost, then the desk is asked for it first, by an installation whose key it ignores."""
    body = technical("chatwoot-1-11")
    path = "/api/v1/accounts/1/conversations/11/messages"
    desk.answers[path] = {"payload": [{"content": None}, {"content": f"...\nRelief {handoff_of(body)}"}]}
    desk.sequence = ["hang_after"]
    send(stack, [body], "TechnicalQueue")
    stack.drain()
    posted = [name for name, count in desk.requested.items() if name.startswith("POST") for _ in range(count)]
    assert posted.count(f"POST {path}") == 1
    assert desk.requested[f"GET {path}"] == 1
    assert desk.requested["POST /api/v1/accounts/1/conversations/11/toggle_status"] == 1


def test_a_participant_is_looked_up_first(stack: LocalStack, desk: Desk) -> None:
    """Given a conversation of Genesys, then the data goes to the customer's participant."""
    document = json.loads(message("c-1"))
    document["detail"]["queue"] = document["detail"]["handoff"]["queue"] = "orders"
    participants = [{"id": "p-0", "purpose": "agent"}, {"id": "p-1", "purpose": "customer"}]
    desk.answers["/api/v2/conversations/c-1"] = {"participants": participants}
    send(stack, [json.dumps(document)], "OrdersQueue")
    stack.drain()
    (taken,) = desk.taken
    assert (taken.method, taken.path) == ("PATCH", "/api/v2/conversations/c-1/participants/p-1/attributes")
    assert taken.body["attributes"]["relief_queue"] == "orders"


@pytest.mark.parametrize("operation", ["BatchGetItem", "TransactWriteItems"])
def test_a_table_that_fails_meanwhile_costs_nothing(stack: LocalStack, desk: Desk, operation: str) -> None:
    """Given a table that refuses once while a hand-over is delivered, then it arrives, once."""
    body = message(f"table-{operation}")
    stack.faults.set_operation("dynamodb", operation, error_code="InternalServerError", status=500, times=2)
    send(stack, [body])
    stack.drain(60)
    stack.faults.clear()
    command(stack, "redrive")
    stack.drain(60)
    assert [taken.body["handoff"]["handoff_id"] for taken in desk.taken] == [handoff_of(body)]
    assert desk.duplicated == 0


def test_a_mistake_in_the_targets_keeps_nobody_off_the_work_list(stack: LocalStack, desk: Desk) -> None:
    """Given targets that are not valid, then people find the hand-over, and its message waits to be redriven."""
    before = os.environ["TARGETS"]
    body = message("mistaken")
    try:
        os.environ["TARGETS"] = '[{"name": "desk"'
        forget_environment()
        send(stack, [body])
        stack.drain()
    finally:
        os.environ["TARGETS"] = before
        forget_environment()
    assert [one for one in worklist(stack, stack.token(SCOPES)) if one["session_id"] == "mistaken"]
    assert stack.messages("DeadLetterQueue") == [body]
    command(stack, "redrive")
    stack.drain()
    assert [taken.body["handoff"]["handoff_id"] for taken in desk.taken] == [handoff_of(body)]
