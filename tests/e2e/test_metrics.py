"""Figures from end to end: what sessions go through arrives in GET /v1/metrics, once, off the path of the turn."""

import json
from typing import Any

import pytest

from relief.measure.figures.formulas import FORMULAS
from tests.e2e.conftest import Caller
from tests.local.replay import call
from tests.local.stack import LocalStack


@pytest.fixture
def read(stack: LocalStack) -> Any:
    """Return what reads figures, once everything under way has arrived."""
    token = stack.token("relief/metrics")

    def read_figures(query: str = "") -> dict[str, Any]:
        stack.drain()
        status, answer = call(stack, "GET", f"/v1/metrics{query}", token)
        assert status == 200, answer
        return dict(answer)

    return read_figures


def group(answer: dict[str, Any], name: str = "all") -> dict[str, Any]:
    """Return a group's figures; an empty group where there is none yet."""
    return next((one for one in answer["groups"] if one["group"] == name), {"sessions": 0, "figures": {}})


def report(caller: Caller, session_id: str, **body: Any) -> tuple[int, Any]:
    """Report how a session ended."""
    return call(caller.stack, "POST", f"/v1/sessions/{session_id}/outcome", caller.token, body)


def test_what_a_session_went_through_is_counted_once(caller: Caller, session_id: str, read: Any) -> None:
    """Given a session with a hand-over, a verdict and an outcome, each sent twice, then each counts once."""
    journey = "order_change"
    before = group(read("?group_by=journey"), journey)
    turn = {"journey": journey, "customer": {"ref": session_id}, "facts": {"order_number": "A-1"}}
    caller.turn(session_id, "Where is my order?", **turn)
    asked = caller.turn(session_id, "I want to talk to a human", turn_id="t2")
    assert asked.handoff is not None
    caller.stack.drain()
    path = f"/v1/handoffs/{asked.handoff.handoff_id}"
    for _ in range(2):
        caller.turn(session_id, "I want to talk to a human", turn_id="t2")
        call(caller.stack, "POST", f"{path}/events", caller.token, {"event_id": "e1", "kind": "accepted"})
        ask = {"event_id": "e2", "kind": "asked", "slot": "order_number"}
        call(caller.stack, "POST", f"{path}/events", caller.token, ask)
        verdict = {"summary_correct": True, "timing": "late", "reconstruction_seconds": 40}
        assert call(caller.stack, "POST", f"{path}/feedback", caller.token, verdict)[0] == 200
        assert report(caller, session_id, outcome="resolved", effort_score=6)[0] == 200
    after = group(read("?group_by=journey"), journey)
    assert after["sessions"] == before["sessions"] + 1

    def grown(name: str) -> int:
        counted = before["figures"].get(name, {"count": 0})
        return int(after["figures"][name]["count"]) - int(counted["count"])

    for name in ("time_to_human_p50_seconds", "reask_rate", "summary_correct_rate", "handover_late_rate"):
        assert grown(name) == 1, name
    for name in ("customer_effort_score", "resolved_rate", "reconstruction_p50_seconds", "reroute_rate"):
        assert grown(name) == 1, name
    assert after["figures"]["reask_rate"]["value"] > 0


def test_a_customer_who_comes_back_is_a_repeat(caller: Caller, session_id: str, read: Any) -> None:
    """Given two sessions of a customer about the same, then one is a repeated contact; erased, none is remembered."""
    before = group(read())["figures"].get("repeat_contact_rate", {"count": 0})["count"]
    for number in range(2):
        caller.turn(f"{session_id}-{number}", "Where is my order A-20391?", customer={"ref": f"back-{session_id}"})
    after = group(read())["figures"]["repeat_contact_rate"]
    assert after["count"] == before + 2
    assert after["value"] > 0
    kept = [item for item in caller.stack.items() if item["sk"] == "CONTACTS"]
    assert kept
    assert call(caller.stack, "DELETE", f"/v1/sessions/{session_id}-0", caller.token)[0] == 200
    listed = [json.loads(item["doc"]) for item in caller.stack.items() if item["sk"] == "CONTACTS"]
    assert sum(map(len, listed)) == sum(len(json.loads(item["doc"])) for item in kept) - 1
    assert call(caller.stack, "DELETE", f"/v1/customers/back-{session_id}", caller.token)[0] == 200
    caller.stack.drain()
    assert len([item for item in caller.stack.items() if item["sk"] == "CONTACTS"]) == len(kept) - 1


def test_outcomes_are_recorded_once_and_the_latest_end_counts(caller: Caller, session_id: str) -> None:
    """Given reports of one session, then the same again changes nothing, and an earlier end replaces no later one."""
    caller.turn(session_id, "my bill is wrong")
    first = report(caller, session_id, outcome="unresolved", at="2026-11-01T10:00:00Z")
    again = report(caller, session_id, outcome="unresolved", at="2026-11-01T10:00:00Z")
    assert first == again
    status, later = report(caller, session_id, outcome="resolved", at="2026-11-01T11:00:00Z", effort_score=7)
    assert (status, later["outcome"], later["effort_score"]) == (200, "resolved", 7)
    assert report(caller, session_id, outcome="abandoned", at="2026-11-01T09:00:00Z")[1]["outcome"] == "resolved"
    stored = [item for item in caller.stack.items() if item["sk"] == "OUTCOME"]
    assert all("expires_at" in item for item in stored)
    assert report(caller, "never-seen", outcome="resolved")[0] == 404
    assert report(caller, session_id, outcome="escaped")[0] == 422
    assert report(caller, session_id, outcome="resolved", effort_score=9)[0] == 422


def test_each_figure_comes_with_its_formula(read: Any) -> None:
    """Given any answer, then every figure is named, defined and sourced, and percentiles state their error."""
    answer = read("?group_by=channel,day")
    assert [one["name"] for one in answer["formulas"]] == [formula.name for formula in FORMULAS]
    assert all(set(one["figures"]) == {formula.name for formula in FORMULAS} for one in answer["groups"])
    assert all(one["day"] for one in answer["groups"])
    assert answer["percentile_error"] == 0.05
    assert {"from", "to"} <= set(answer)


def test_a_query_that_makes_no_sense_names_the_parameter(stack: LocalStack) -> None:
    """Given an unknown group, then it is a problem that names it."""
    status, body = call(stack, "GET", "/v1/metrics?group_by=agent", stack.token("relief/metrics"))
    assert status == 422
    assert "group_by" in json.loads(body)["detail"]


def test_a_table_that_is_down_says_so(stack: LocalStack) -> None:
    """Given a table that does not answer, then reading is refused with 503 and may be repeated."""
    stack.faults.set_operation("dynamodb", "Query", error_code="InternalServerError")
    assert call(stack, "GET", "/v1/metrics", stack.token("relief/metrics"))[0] == 503


def test_what_could_not_be_recorded_comes_again(caller: Caller, session_id: str, read: Any) -> None:
    """Given a table that takes no counters for a moment, then the turn is answered, and is counted later."""
    before = group(read())["sessions"]
    caller.stack.faults.set_operation("dynamodb", "BatchGetItem", error_code="InternalServerError", times=2)
    caller.turn(session_id, "my bill is wrong")
    assert group(read())["sessions"] == before + 1
