"""A candidate policy is tried on stored decisions, over HTTP and from a file, and nothing is changed by it."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from relief.decide.command import run_command
from relief.decide.policy import SHIPPED_POLICY
from relief.settings import load_settings
from relief.store.__main__ import main as export
from tests.e2e.conftest import Caller
from tests.local.replay import call

SHIPPED = SHIPPED_POLICY.read_text(encoding="utf-8")
CANDIDATE = SHIPPED.replace("queue: retention", "queue: billing")


def ask(caller: Caller, **body: Any) -> tuple[int, Any]:
    """Ask for a replay; returns status and document."""
    status, answer = call(caller.stack, "POST", "/v1/policies/replay", caller.stack.token("relief/policies"), body)
    return status, json.loads(answer) if isinstance(answer, str) else answer


def stored(caller: Caller, decision_id: str) -> list[dict[str, Any]]:
    """Return what is stored of the decision's session and of policies; other sessions may still be moving on."""
    partitions = {f"SESSION#{decision_id.split('_')[1]}", "POLICY"}
    items = [item for item in caller.stack.items() if item["pk"] in partitions]
    assert items
    return items


@pytest.fixture
def decision_id(caller: Caller, session_id: str) -> str:
    """A decision that is stored: a customer of long standing wants to leave."""
    text = "I want to cancel my contract"
    identifier = caller.turn(session_id, text, customer={"tenure_months": 72}).decision_id
    caller.stack.drain()
    return identifier


def test_a_candidate_is_tried_on_stored_decisions(caller: Caller, decision_id: str) -> None:
    """Given stored decisions, when a candidate is tried on them, then its changes are counted and nothing is written."""
    before = stored(caller, decision_id)
    unknown = decision_id.replace("dec_", "dec_0")
    status, answer = ask(caller, policy=CANDIDATE, decision_ids=[decision_id, unknown])
    assert status == 200
    assert answer["replayed"] == 1
    assert answer["missing"] == [unknown]
    assert answer["kinds"] == {"another queue": 1}
    assert answer["queues"] == {"retention -> billing": 1}
    assert answer["telling"][0]["decision_id"] == decision_id
    assert stored(caller, decision_id) == before


def test_records_can_be_brought_along(caller: Caller, decision_id: str) -> None:
    """Given records from the export, then they are replayed as stored ones are, the policy's document being JSON too."""
    record = call(caller.stack, "GET", f"/v1/decisions/{decision_id}", caller.token)[1]
    same = ask(caller, policy=SHIPPED, records=[record])
    assert same[0] == 200
    assert same[1]["unchanged"] == 1


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"policy": CANDIDATE}, "decision_ids", "name stored decisions"),
        (
            {"policy": SHIPPED.replace("idle_turns: 2 ", "idle_turn: 2 "), "decision_ids": ["x"]},
            "policy.thresholds.idle_turn",
            "line 11: there is no such field; remove it",
        ),
        ({"policy": "rules: [", "decision_ids": ["x"]}, "policy.document", "check brackets"),
        ({"policy": {"version": "1"}, "decision_ids": ["x"]}, "policy.rules", "required"),
        ({"policy": SHIPPED, "decision_ids": ["x"] * 501}, "decision_ids", "at most 500"),
        ({"policy": SHIPPED, "decision_ids": ["x"], "dry": True}, "dry", "not permitted"),
    ],
)
def test_what_cannot_be_tried_is_refused(caller: Caller, body: dict[str, Any], field: str, message: str) -> None:
    """Given a faulty policy, no decisions or too many, then 422 says where and what to do."""
    status, problem = ask(caller, **body)
    assert status == 422
    found = {one["field"]: one["message"] for one in problem["errors"]}
    assert message in found[field], found


def test_decisions_are_exported_for_the_command(caller: Caller, decision_id: str, tmp_path: Path) -> None:
    """Given a table, when its decisions are exported, then the command replays the file."""
    written = io.StringIO()
    arguments = ["relief.store", "decisions", "--table", load_settings().table_name]
    with mock.patch("sys.argv", arguments), contextlib.redirect_stdout(written):
        assert export() == 0
    path = tmp_path / "decisions.jsonl"
    path.write_text(written.getvalue(), encoding="utf-8")
    assert decision_id in written.getvalue()
    candidate = tmp_path / "candidate.yaml"
    candidate.write_text(CANDIDATE, encoding="utf-8")
    told = json.loads(run_command(["replay", str(path), "--policy", str(candidate), "--json"]).text)
    assert told["queues"]["retention -> billing"] >= 1


def test_an_export_without_a_table_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Given a table that is not there, then the command says so and ends with 2."""
    with mock.patch("sys.argv", ["relief.store", "decisions", "--table", "nowhere"]):
        assert export() == 2
    assert "Check its name" in capsys.readouterr().err
