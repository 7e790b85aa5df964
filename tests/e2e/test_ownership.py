"""One owner at a time, over HTTP: what desks report, what the bot does then, and what customers are told."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from relief.contracts.vocabulary import Action, Owner
from relief.store.keys import session_hash
from tests.e2e.canaries import watched_bus
from tests.e2e.conftest import Caller
from tests.local.replay import call

PERSON = "I want to talk to a human"
TAKEOVER = "Someone hacked my account and changed the password, that was not me"


def hand_over(caller: Caller, session_id: str, **body: Any) -> str:
    """Ask for a person and return the hand-over's identifier, once it is on the work list."""
    answer = caller.turn(session_id, PERSON, **body)
    caller.stack.drain()
    assert answer.handoff is not None
    return answer.handoff.handoff_id


def report(caller: Caller, handoff_id: str, kind: str, **fields: Any) -> tuple[int, Any]:
    """Report an event."""
    body = {"event_id": f"e-{kind}", "kind": kind, **fields}
    status, answer = call(caller.stack, "POST", f"/v1/handoffs/{handoff_id}/events", caller.token, body)
    return status, json.loads(answer) if isinstance(answer, str) else answer


def state_of(caller: Caller, handoff_id: str) -> str:
    """Return how far a hand-over is."""
    return str(call(caller.stack, "GET", f"/v1/handoffs/{handoff_id}", caller.token)[1]["state"])


def test_from_offer_to_return(caller: Caller, session_id: str) -> None:
    """Given a hand-over, then offer, acceptance, question and return move it, and every turn shows whose it is."""
    handoff_id = hand_over(caller, session_id, journey="billing_dispute")
    assert report(caller, handoff_id, "offered")[1]["owner"] == "offered"
    assert caller.turn(session_id, "hello?", turn_id="t2").owner is Owner.offered
    accepted = report(caller, handoff_id, "accepted", agent_ref="agent-7")[1]
    assert (accepted["applied"], accepted["state"], accepted["owner"]) == (True, "accepted", "human")
    held = caller.turn(session_id, "are you there?", turn_id="t3")
    assert (held.action, held.owner, held.next.say) == (Action.hold, Owner.human, "")
    report(caller, handoff_id, "asked", slot="charge_date")
    returned = report(caller, handoff_id, "returned", note="I refunded it. Call me on +44 7700 900123 if not.")[1]
    assert (returned["state"], returned["owner"]) == ("returned", "returned")
    answer = caller.turn(session_id, "and when will I see it?", turn_id="t4")
    assert answer.owner is Owner.returned
    assert answer.action is not Action.hold
    assert "charge_date" in answer.next.do_not_ask
    assert answer.next.colleague is not None
    assert answer.next.colleague.note == "I refunded it. Call me on [PHONE] if not."
    assert "agent-7" not in json.dumps(caller.stack.items(), default=str)


def test_the_same_event_again_changes_nothing(caller: Caller, session_id: str) -> None:
    """Given an event that was taken, then it is answered again and ignored, and another body under its id is refused."""
    handoff_id = hand_over(caller, session_id)
    first = report(caller, handoff_id, "accepted")[1]
    before = caller.stack.items()
    status, again = report(caller, handoff_id, "accepted")
    assert (status, again["applied"], again["ignored"]) == (200, False, "duplicate")
    assert again["state"] == first["state"]
    assert report(caller, handoff_id, "accepted", note="something else")[0] == 409
    assert caller.stack.items() == before


def test_a_second_acceptance_is_late(caller: Caller, session_id: str) -> None:
    """Given a person who accepted, then a second one learns that they were late, and nothing is written."""
    handoff_id = hand_over(caller, session_id)
    report(caller, handoff_id, "accepted")
    before = caller.stack.items()
    status, late = report(caller, handoff_id, "accepted", event_id="another")
    assert (status, late["applied"], late["ignored"], late["owner"]) == (200, False, "late", "human")
    assert caller.stack.items() == before


def test_an_offer_that_nobody_accepts_is_queued_again_and_the_customer_is_told(caller: Caller, session_id: str) -> None:
    """Given an offer that lapses, then it is on the work list again, the bus is told, and so is the customer, once."""
    handoff_id = hand_over(caller, session_id)
    with watched_bus(caller.stack) as bus:
        report(caller, handoff_id, "offered")
        assert caller.handed_over(session_id) == []
        deadline = time.monotonic() + 15
        while state_of(caller, handoff_id) == "offered" and time.monotonic() < deadline:
            time.sleep(0.1)
        caller.stack.drain()
    assert [one["state"] for one in caller.handed_over(session_id)] == ["queued"]
    changes = [one for one in map(json.loads, bus) if "cause" in json.dumps(one)]
    assert "lapsed" in json.dumps(changes)
    told = caller.turn(session_id, "hello?", turn_id="t2")
    assert (told.action, told.owner) == (Action.escalate, Owner.queued)
    assert "place in the queue" in told.next.say
    assert told.next.say not in json.dumps(changes)
    assert caller.turn(session_id, "hello?", turn_id="t3").action is Action.hold


def test_of_ten_people_who_accept_at_once_one_gets_it(caller: Caller, session_id: str) -> None:
    """Given ten acceptances at the same time as ten turns, then one is taken and no turn is lost."""
    handoff_id = hand_over(caller, session_id)

    def act(number: int) -> Any:
        if number % 2:
            return report(caller, handoff_id, "accepted", event_id=f"e{number}")[1]["applied"]
        return caller.turn(session_id, f"it is item {number}", turn_id=f"w{number}").turn

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(act, range(20)))
    assert sum(results[1::2]) == 1
    assert sorted(results[0::2]) == list(range(2, 12))
    stored = [item for item in caller.stack.items() if item["pk"] == f"SESSION#{session_hash(session_id)}"]
    assert sum(item["sk"].startswith("EVENT#") for item in stored) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "sneezed"}, "kind"),
        ({"event_id": ""}, "event_id"),
        ({"kind": "asked"}, "body"),
        ({"slot": "order_number"}, "body"),
        ({"mood": "good"}, "mood"),
        ({"note": "x" * 501}, "note"),
    ],
)
def test_wrong_events_are_refused(caller: Caller, session_id: str, body: dict[str, Any], field: str) -> None:
    """Given a wrong field, then it is named, and the hand-over stays where it is."""
    handoff_id = hand_over(caller, session_id)
    status, problem = report(caller, handoff_id, **{"kind": "accepted", **body})
    assert status == 422
    assert [one["field"] for one in problem["errors"]] == [field]
    assert state_of(caller, handoff_id) == "queued"


def test_an_unknown_hand_over_is_not_found(caller: Caller) -> None:
    """Given an identifier that nothing is stored under, then events and verdicts say so, whatever its form."""
    for unknown in ("nonsense", f"hnd_{'0' * 32}_{'0' * 24}", f"dec_{'0' * 32}_{'0' * 24}"):
        assert report(caller, unknown, "accepted")[0] == 404
        path = f"/v1/handoffs/{unknown}/feedback"
        assert call(caller.stack, "POST", path, caller.token, {"timing": "right"})[0] == 404


def test_the_verdict_of_a_person_is_kept_and_can_be_replaced(caller: Caller, session_id: str) -> None:
    """Given a verdict, then it is stored beside the hand-over, once, and the export shows the latest."""
    handoff_id = hand_over(caller, session_id)
    path = f"/v1/handoffs/{handoff_id}/feedback"
    for timing in ("early", "right"):
        verdict = {"summary_correct": True, "timing": timing, "asked_again": ["order_number"]}
        status, answer = call(caller.stack, "POST", path, caller.token, {**verdict, "reconstruction_seconds": 12})
        assert (status, answer["feedback"]["timing"]) == (200, timing)
    assert call(caller.stack, "POST", path, caller.token, {})[0] == 422
    token = caller.stack.token("relief/erase")
    exported = call(caller.stack, "GET", f"/v1/sessions/{session_id}/export", token)[1]["records"]
    (kept,) = [one for one in exported if one["kind"] == "feedback"]
    assert kept["content"]["doc"]["feedback"]["timing"] == "right"


def test_supervisors_see_how_a_hand_over_ended(caller: Caller, session_id: str) -> None:
    """Given a resolved hand-over, then the supervisor's view has its end and the note."""
    handoff_id = hand_over(caller, session_id)
    report(caller, handoff_id, "accepted")
    report(caller, handoff_id, "resolved", note="Refunded.")
    view = call(caller.stack, "GET", f"/v1/sessions/{session_id}/context?view=supervisor", caller.token)[1]
    assert [(one["state"], one["report"]["note"]) for one in view["escalations"]] == [("resolved", "Refunded.")]
    assert view["owner"] == "bot"


def test_a_bus_that_is_down_does_not_hold_up_an_event(caller: Caller, session_id: str) -> None:
    """Given a bus that takes nothing, then the event is applied, and the answer says who was not told."""
    handoff_id = hand_over(caller, session_id)
    caller.stack.faults.set_operation("events", "PutEvents", error_code="InternalException")
    answer = report(caller, handoff_id, "accepted")[1]
    assert (answer["applied"], answer["degraded"]) == (True, ["announce"])


@pytest.mark.parametrize(
    ("service", "operation"),
    [("dynamodb", "BatchGetItem"), ("dynamodb", "TransactWriteItems"), ("sqs", "SendMessage")],
)
def test_what_cannot_be_done_is_said_and_can_be_sent_again(
    caller: Caller, session_id: str, service: str, operation: str
) -> None:
    """Given a part that is down, then the desk is asked to send the event again, and nothing has changed."""
    handoff_id = hand_over(caller, session_id)
    caller.stack.faults.set_operation(service, operation, error_code="InternalFailure", status=500)
    assert report(caller, handoff_id, "offered")[0] == 503
    caller.stack.faults.clear()
    assert state_of(caller, handoff_id) == "queued"
    assert report(caller, handoff_id, "offered")[1]["applied"]


def test_nothing_of_events_and_verdicts_is_left_after_an_erasure(caller: Caller, session_id: str) -> None:
    """Given events with notes and a verdict, when the session is erased, then all of it is gone, and stays gone."""
    handoff_id = hand_over(caller, session_id)
    report(caller, handoff_id, "offered")
    report(caller, handoff_id, "accepted", note="canary-note")
    call(caller.stack, "POST", f"/v1/handoffs/{handoff_id}/feedback", caller.token, {"timing": "right"})
    assert "canary-note" in json.dumps(caller.stack.items(), default=str)
    assert call(caller.stack, "DELETE", f"/v1/sessions/{session_id}", caller.token)[0] == 200
    assert report(caller, handoff_id, "resolved", note="canary-note")[0] == 404
    left = [item for item in caller.stack.items() if session_hash(session_id) in item["pk"]]
    assert [item["sk"] for item in left] == ["ERASED"]


def test_a_takeover_reported_while_waiting_moves_the_hand_over_once(caller: Caller, session_id: str) -> None:
    """Given a hand-over that waits elsewhere, when a takeover is reported, then it moves to security, told once."""
    handoff_id = hand_over(caller, session_id)
    before = caller.handed_over(session_id)[0]["queue"]
    report(caller, handoff_id, "offered")
    with watched_bus(caller.stack) as bus:
        moved = caller.turn(session_id, TAKEOVER, turn_id="t2")
        again = caller.turn(session_id, TAKEOVER, turn_id="t3")
        back = caller.turn(session_id, PERSON, turn_id="t4")
        listed = caller.handed_over(session_id)
    assert before != "security"
    assert [(one["queue"], one["state"], one["handoff_id"]) for one in listed] == [("security", "queued", handoff_id)]
    assert moved.handoff is not None
    assert (moved.owner, moved.handoff.queue) == (Owner.queued, "security")
    assert moved.next.say
    assert [again.next.say, back.next.say] == ["", ""]
    assert sum(json.loads(one)["detail"].get("queue") == "security" for one in bus) == 1


def test_a_takeover_reported_to_a_person_stays_with_them(caller: Caller, session_id: str) -> None:
    """Given a person who accepted, when a takeover is reported, then the conversation stays theirs."""
    handoff_id = hand_over(caller, session_id)
    report(caller, handoff_id, "accepted")
    held = caller.turn(session_id, TAKEOVER, turn_id="t2")
    assert (held.owner, held.action, held.next.say) == (Owner.human, Action.hold, "")
    assert state_of(caller, handoff_id) == "accepted"
    record = call(caller.stack, "GET", f"/v1/handoffs/{handoff_id}", caller.token)[1]
    assert record["queue"] != "security"
