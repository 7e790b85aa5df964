"""What functions do before their first turn, where Lambda gives them a whole processor, they do not do in it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from relief.errors import DataFileInvalid
from relief.start import load_early

ROOT = Path(__file__).resolve().parents[2]

_FIRST_INVOCATION = """
import json, sys, types
sys.path.insert(0, sys.argv[1])
import app

read = []
sys.addaudithook(lambda event, arguments: read.append(str(arguments[0])) if event == "open" else None)
context = types.SimpleNamespace(
    function_name="f", memory_limit_in_mb=512, invoked_function_arn="arn:f", aws_request_id="1"
)
answer = app.lambda_handler(json.load(open(sys.argv[2])), context)
print(json.dumps({"answer": answer, "read": [path for path in read if "relief" in path and path.endswith("ml")]}))
"""


@pytest.mark.parametrize("text", ["my bill is wrong", "mi factura está mal", "agente por favor"])
def test_the_first_turn_that_is_detected_reads_no_data_file(tmp_path: Path, text: str) -> None:
    """Given a function that has just started, then a turn in any language finds all phrases compiled."""
    event = json.loads((ROOT / "functions/detect/event.json").read_text(encoding="utf-8"))
    event["turn"]["text"] = text

    first = _invoke_first("detect", event, tmp_path)

    assert first["read"] == []
    assert first["answer"]["detected"]["intent"]


def test_the_first_turn_that_is_decided_finds_the_policy_read(tmp_path: Path) -> None:
    """Given a function that has just started, and a table that cannot be reached, then the policy is there already."""
    event = json.loads((ROOT / "functions/decide/event.json").read_text(encoding="utf-8"))

    first = _invoke_first("decide", event, tmp_path)

    assert first["read"] == []
    assert first["answer"]["decided" if first["answer"]["path"] == "escalate" else "final"]


def test_the_first_hand_over_finds_the_routing_table_read(tmp_path: Path) -> None:
    """Given a function that has just started, then a hand-over finds teams, hours and texts read."""
    event = json.loads((ROOT / "functions/route/event.json").read_text(encoding="utf-8"))

    first = _invoke_first("route", event, tmp_path)

    assert first["read"] == []
    assert first["answer"]


def test_a_file_that_does_not_validate_keeps_nothing_else_from_being_loaded() -> None:
    """Given a broken data file, then the function starts all the same, and the rest is loaded."""
    loaded: list[str] = []

    def load_broken() -> None:
        raise DataFileInvalid("policy.yaml: line 3")

    load_early(load_broken, lambda: loaded.append("texts"))

    assert loaded == ["texts"]


def _invoke_first(function: str, event: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Start a function in a process of its own, and return what it answers and reads at its first event."""
    path = folder / "event.json"
    path.write_text(json.dumps(event), encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "layers/relief/python"),
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        "TABLE_NAME": "none",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }
    done = subprocess.run(  # noqa: S603 - arguments of our own
        [sys.executable, "-c", _FIRST_INVOCATION, str(ROOT / "functions" / function), str(path)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
