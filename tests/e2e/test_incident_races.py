"""A pass moves somebody who waits at the very moment when something else happens to them: nothing is lost or doubled."""

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final
from unittest import mock

import pytest

from relief.store.bus import Bus
from relief.store.incidents import IncidentTable
from tests.e2e.conftest import Caller
from tests.local.replay import call
from tests.local.stack import LocalStack

PERSON: Final = "There is a mistake in my bill, I want to talk to a human"
CALM: Final = "We know that card payments isn't working right now"
TICK: Final = "IncidentFunctionEveryMinute"


@pytest.fixture
def name(caller: Caller, session_id: str) -> Iterator[str]:
    """An incident of this test's own, which is over with it."""
    one = f"raced-{session_id}"
    yield one
    assert call(caller.stack, "DELETE", f"/v1/incidents/{one}", caller.token)[0] == 200
    caller.stack.drain()


def declare(caller: Caller, name: str, region: str) -> None:
    """Declare an outage that touches one region."""
    scope = {"intents": ["billing"], "regions": [region]}
    words = {"template": "outage", "variables": {"service": "card payments", "update": "15:30"}}
    assert call(caller.stack, "PUT", f"/v1/incidents/{name}", caller.token, {"scope": scope, **words})[0] == 200
    caller.stack.drain()


@contextlib.contextmanager
def just_before_the_move(session_id: str, act: Callable[[], object]) -> Iterator[list[bool]]:
    """Do something when everything that a move is decided on has been read, and nothing of it is written."""
    commit: Callable[..., bool] = IncidentTable.commit
    outcomes: list[bool] = []

    def commit_late(self: IncidentTable, writes: Any) -> bool:
        is_move = len(writes) > 1 and f'"session_id":"{session_id}"' in json.dumps(writes[-1]).replace("\\", "")
        if is_move and not outcomes:
            outcomes.append(False)
            act()
        answer = commit(self, writes)
        if is_move:
            outcomes.append(answer)
        return answer

    with mock.patch.object(IncidentTable, "commit", commit_late):
        yield outcomes


def history(stack: LocalStack, handoff: str) -> Counter[str]:
    """Return how often what happened to a hand-over."""
    events = [json.loads(one["doc"]) for one in stack.items() if one["sk"].startswith("EVENT#")]
    return Counter(one["kind"] for one in events if one["handoff_id"] == handoff)


def wait_for_a_person(caller: Caller, session_id: str) -> str:
    """Have a customer of a region of their own wait; return the hand-over."""
    answer = caller.turn(session_id, PERSON, customer={"region": session_id})
    caller.stack.drain()
    assert answer.handoff is not None
    return answer.handoff.handoff_id


def test_somebody_who_writes_meanwhile_is_moved_and_told_once(caller: Caller, session_id: str, name: str) -> None:
    """Given a turn that is taken just before the move, then the move is decided anew, and the message comes once."""
    handoff = wait_for_a_person(caller, session_id)
    said: list[str] = []
    with just_before_the_move(
        session_id, lambda: said.append(caller.turn(session_id, "Hello?", turn_id="raced").next.say)
    ) as outcomes:
        declare(caller, name, session_id)
    assert outcomes == [False, False, True]
    said += [caller.turn(session_id, "Hello?", turn_id=f"after-{number}").next.say for number in range(3)]
    assert sum(CALM in one for one in said) == 1
    assert [(one["handoff_id"], one["queue"]) for one in caller.handed_over(session_id)] == [(handoff, "crisis")]
    assert history(caller.stack, handoff)["rerouted"] == 1


def test_somebody_whom_a_person_accepts_meanwhile_stays_with_that_person(
    caller: Caller, session_id: str, name: str
) -> None:
    """Given a desk that accepts just before the move, then nobody is moved or told; once requeued, they are."""
    handoff = wait_for_a_person(caller, session_id)
    path = f"/v1/handoffs/{handoff}"

    def report(kind: str) -> None:
        body = {"event_id": f"event-{kind}", "kind": kind}
        assert call(caller.stack, "POST", f"{path}/events", caller.token, body)[0] == 200

    with just_before_the_move(session_id, lambda: report("accepted")) as outcomes:
        declare(caller, name, session_id)
    assert outcomes == [False, False]
    found = call(caller.stack, "GET", path, caller.token)[1]
    assert (found["state"], found["queue"], found["incident_id"]) == ("accepted", "billing", None)
    assert call(caller.stack, "GET", f"/v1/incidents/{name}/followups", caller.token)[1]["items"] == []
    report("requeued")
    caller.stack.fire_schedule(TICK)
    assert [one["queue"] for one in caller.handed_over(session_id)] == ["crisis"]
    assert history(caller.stack, handoff)["rerouted"] == 1


def test_who_is_told_between_two_pages_is_listed_once(caller: Caller, session_id: str, name: str) -> None:
    """Given customers who are moved, and told while somebody pages the follow-up list, then it has each of them once."""
    waiting = {f"{session_id}-{number}" for number in range(9)}
    for one in sorted(waiting):
        caller.turn(one, PERSON, customer={"region": session_id})
    caller.stack.drain()
    path = f"/v1/incidents/{name}/followups?limit=2"
    with mock.patch.object(Bus, "publish_all", lambda _, changes: [False] * len(changes)):
        declare(caller, name, session_id)
        page = call(caller.stack, "GET", path, caller.token)[1]
    found: list[dict[str, Any]] = page["items"]
    assert [one["say"] == "" for one in found] == [False, False]
    declare(caller, f"{name}-elsewhere", "nowhere")
    caller.stack.fire_schedule(TICK)
    caller.stack.drain()
    while page["next"]:
        page = call(caller.stack, "GET", f"{path}&next={page['next']}", caller.token)[1]
        found += page["items"]
    assert Counter(one["session_id"] for one in found) == Counter(waiting)
    assert {one["say"] for one in found[2:]} == {""}
    assert call(caller.stack, "DELETE", f"/v1/incidents/{name}-elsewhere", caller.token)[0] == 200


def test_somebody_who_is_erased_meanwhile_stays_erased(caller: Caller, session_id: str, name: str) -> None:
    """Given an erasure just before the move, then nothing of the customer comes back, nor onto the follow-up list."""
    wait_for_a_person(caller, session_id)

    def erase() -> None:
        assert call(caller.stack, "DELETE", f"/v1/sessions/{session_id}", caller.token)[0] == 200

    with just_before_the_move(session_id, erase) as outcomes:
        declare(caller, name, session_id)
    assert outcomes == [False, False]
    assert caller.handed_over(session_id) == []
    assert call(caller.stack, "GET", f"/v1/incidents/{name}/followups", caller.token)[1]["items"] == []
    assert session_id not in json.dumps(
        [one for one in caller.stack.items() if "INCIDENT" not in one["pk"]], default=str
    )
