"""Desks that have a hand-over are told when it moves, by an incident or a danger, once a move."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.delivery.campaign import command, send
from tests.delivery.desk import Desk, Taken
from tests.local.replay import call
from tests.local.stack import LocalStack

SCOPES = "relief/turns relief/handoffs relief/incidents"
PERSON = "There is a mistake in my bill, I want to talk to a human"
OUTAGE = {
    "scope": {"intents": ["billing"]},
    "template": "outage",
    "variables": {"service": "card payments", "update": "15:30"},
}


@pytest.fixture
def token(stack: LocalStack) -> Iterator[str]:
    """A token of somebody who does everything, and leaves no incident behind."""
    one = stack.token(SCOPES)
    yield one
    _, page = call(stack, "GET", "/v1/incidents?limit=100", one)
    for record in page["items"]:
        if record["state"] == "active":
            call(stack, "DELETE", f"/v1/incidents/{record['incident_id']}", one)
    stack.drain()


def turn(stack: LocalStack, token: str, session_id: str, turn_id: str, text: str) -> Any:
    """Post a turn; return the answer."""
    body = {"turn_id": turn_id, "channel": "web_chat", "text": text}
    status, answer = call(stack, "POST", f"/v1/sessions/{session_id}/turns", token, body)
    assert status == 200, answer
    stack.drain()
    return answer


def sent(desk: Desk, target: str, session_id: str) -> list[Taken]:
    """Return the requests of one target about one session, in order; those of other tests may wait and move too."""
    return [
        one
        for one in desk.taken
        if one.body.get("target") == target and one.body["handoff"]["session_id"] == session_id
    ]


def heard(desk: Desk, target: str, session_id: str) -> list[tuple[str, str, str]]:
    """Return what one target was sent: type, queue and lane, in order."""
    return [
        (one.body["type"].removeprefix("relief.handoff."), one.body["handoff"]["queue"], one.body["handoff"]["lane"])
        for one in sent(desk, target, session_id)
    ]


def test_an_incident_and_its_end_are_told_to_the_desk_that_has_the_hand_over(
    stack: LocalStack, desk: Desk, token: str
) -> None:
    """Given a hand-over at billing's desk, then the desk hears of the way to the crisis team and back, once each.

    The crisis team's own desk gets the hand-over, and hears that it is gone again. A change that comes once more is no
    second move.
    """
    turn(stack, token, "moves-1", "t1", PERSON)
    assert heard(desk, "desk", "moves-1") == [("requested", "billing", "normal")]
    assert call(stack, "PUT", "/v1/incidents/moves", token, OUTAGE)[0] == 200
    stack.drain()
    assert heard(desk, "desk", "moves-1")[1:] == [("moved", "crisis", "crisis")]
    assert heard(desk, "crew", "moves-1") == [("requested", "crisis", "crisis")]
    moved = sent(desk, "desk", "moves-1")[1]
    assert moved.body["moved"] == {"number": 1, "from_queue": "billing", "from_lane": "normal"}
    handoff_id = moved.body["handoff"]["handoff_id"]
    assert moved.headers["idempotency-key"] == f"{handoff_id}:desk:moved-1:1"
    send(stack, [change(handoff_id, "crisis")], "MovedQueue")
    stack.drain()
    assert len(heard(desk, "desk", "moves-1")) == 2
    assert len(heard(desk, "crew", "moves-1")) == 1
    assert call(stack, "DELETE", "/v1/incidents/moves", token)[0] == 200
    stack.drain()
    assert heard(desk, "desk", "moves-1")[2:] == [("moved", "billing", "normal")]
    assert heard(desk, "crew", "moves-1")[1:] == [("moved", "billing", "normal")]
    assert desk.duplicated == 0


def change(handoff_id: str, queue: str) -> str:
    """Return the event of a move as its rule delivers it."""
    detail = {
        "handoff_id": handoff_id, "session_id": "moves-1", "queue": queue, "lane": "crisis", "cause": "rerouted",
        "state": "queued", "owner": "queued", "changed_at": "2026-11-03T09:12:00Z",
    }  # fmt: skip
    return json.dumps({"source": "relief", "detail-type": "HandoffChanged", "detail": detail})


def test_a_takeover_that_is_reported_while_waiting_is_told_to_the_old_desk(
    stack: LocalStack, desk: Desk, token: str
) -> None:
    """Given a hand-over at billing's desk, when a takeover is reported, then the desk hears of security, through faults."""
    turn(stack, token, "moves-2", "t1", PERSON)
    desk.sequence = ["500", "hang_after", None]
    turn(stack, token, "moves-2", "t2", "Someone hacked my account and is buying things")
    assert heard(desk, "desk", "moves-2") == [("requested", "billing", "normal"), ("moved", "security", "normal")]
    assert desk.duplicated == 0
    assert stack.messages("DeadLetterQueue") == []


def test_a_note_in_the_conversation_says_that_a_hand_over_has_moved(stack: LocalStack, desk: Desk, token: str) -> None:
    """Given a conversation of Chatwoot's, then a move is another private note and a priority, though a call fails between."""
    turn(stack, token, "chatwoot-1-77", "t1", "The app crashes when I open it, I want to talk to a human")
    noted = len(desk.taken)
    assert noted == 2
    desk.sequence = [None, "503"]
    turn(stack, token, "chatwoot-1-77", "t2", "Someone hacked my account and is buying things")
    note, priority = desk.taken[noted:]
    assert note.path == "/api/v1/accounts/1/conversations/77/messages"
    assert note.body["private"] is True
    assert note.body["content"].startswith("Moved: technical -> security, priority ")
    assert (priority.method, priority.path) == ("PATCH", "/api/v1/accounts/1/conversations/77")
    assert priority.body == {"priority": "high"}


def test_a_move_that_a_desk_refused_is_redriven_like_a_hand_over(stack: LocalStack, desk: Desk, token: str) -> None:
    """Given a desk that answers 422 to a move, then operators find its message by the hand-over, and redrive tells it."""
    answer = turn(stack, token, "moves-3", "t1", PERSON)
    desk.always = "422"
    assert call(stack, "PUT", "/v1/incidents/refused", token, OUTAGE)[0] == 200
    stack.drain()
    _, listed = command(stack, "list")
    refused = {
        "handoff_id": answer["handoff"]["handoff_id"],
        "queue": "crisis",
        "reasons": {"desk": "422", "crew": "422"},
    }
    assert refused in listed
    desk.cure()
    _, done = command(stack, "redrive")
    stack.drain()
    assert refused in done["sent"]
    assert done["kept"] == 0
    assert heard(desk, "desk", "moves-3")[1:] == [("moved", "crisis", "crisis")]
    assert heard(desk, "crew", "moves-3") == [("requested", "crisis", "crisis")]
