"""From a turn over its verdict to what it is good for: the README's commands, against the running stack."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from relief.decide.policy import SHIPPED_POLICY
from tests.e2e.conftest import Caller
from tests.e2e.test_rollout import judge, staged, switch

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
SECRET: Final = "ana.canary@example.com"
WORDS: Final = f"Can I talk to a human please? Write to {SECRET}"
VERSION: Final = "verdicts-1"


def commands(chapter: str) -> list[str]:
    """Return the commands of a chapter that export, replay and suggest, as they are written."""
    text = README.partition(chapter)[2]
    return re.findall(r"^\$ (\.venv/bin/python -m relief\.(?:store|decide (?:replay|suggest)).*)$", text, re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, caller: Caller, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder as the README's commands find it: with the environment's Python and a candidate."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    shipped = SHIPPED_POLICY.read_text(encoding="utf-8")
    (tmp_path / "candidate.yaml").write_text(shipped.replace("queue: retention", "queue: billing"), encoding="utf-8")
    monkeypatch.setenv("AWS_ENDPOINT_URL", caller.stack.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    return tmp_path


def run(folder: Path, command: str) -> str:
    """Run a command as a shell does; returns what it prints."""
    done = subprocess.run(  # noqa: S603 - the README's own commands
        ["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_readmes_replay_runs_as_written(caller: Caller, session_id: str, folder: Path) -> None:
    """Given turns on the running stack, when the README's commands are run, then the candidate's changes are told."""
    caller.turn(session_id, "I want to cancel my contract", customer={"tenure_months": 72})
    told = [run(folder, command) for command in commands("### Another policy, proved and tried first")[:2]]
    assert re.search(r"\d+ of \d+ decisions replayed under policy", told[-1])
    assert "retention -> billing" in told[-1]


def test_a_verdict_becomes_a_suggestion_and_a_training_row(caller: Caller, session_id: str, folder: Path) -> None:
    """Given a judged turn and the bot's own log of it, then both exports are read, and the words come redacted."""
    status, switched = switch(caller, policy=staged(VERSION, "supervised"))
    assert status == 200, switched
    try:
        asked = caller.turn(session_id, WORDS)
        other = caller.turn(f"{session_id}-2", "Where is my order A-20391?")
    finally:
        switch(caller, rollback=True)
    assert judge(caller, asked.decision_id, agree=True)[0] == 200
    assert judge(caller, other.decision_id, agree=False, should_have="escalate", why="was upset")[0] == 200
    told = [run(folder, command) for command in commands("**What verdicts are good for.**")]
    assert len(told) == 3
    assert re.search(r"agrees with reviewers on \d+ of \d+", told[-1])
    assert "Nothing is suggested on" in told[-1]
    assert SECRET not in (folder / "reviews.jsonl").read_text(encoding="utf-8")

    rows = label(folder, [{"decision_id": asked.decision_id, "text": WORDS, "history": [said("bot", WORDS)]}])
    (row,) = [one for one in rows if one["id"] == asked.decision_id]
    assert row["targets"] == {"escalation_intent": 1.0}
    assert SECRET not in row["text"] + row["said"]
    assert "[EMAIL]" in row["text"]
    assert "[EMAIL]" in row["said"]
    assert other.decision_id not in {one["id"] for one in rows}


def said(speaker: str, text: str) -> dict[str, str]:
    """Return a line of a history."""
    return {"speaker": speaker, "text": text}


def label(folder: Path, logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Run what ``make label`` runs, and read its file with the trainer's own reader."""
    (folder / "logs.jsonl").write_text("".join(json.dumps(one) + "\n" for one in logs), encoding="utf-8")
    (folder / "rows").mkdir()
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nlabel:")[2]
    assert "-m train.label --reviews" in recipe.partition("\n\n")[0]
    asked = ["--reviews", "reviews.jsonl", "--logs", "logs.jsonl", "--out", "rows/reviewed.jsonl"]
    reader = (
        "import json; from pathlib import Path; from train.rows import load_examples; "
        "print(json.dumps([{'id': r.id, 'text': r.text, 'said': r.said, 'targets': r.targets, 'intent': r.intent} "
        "for r in load_examples(Path('rows'))]))"
    )
    places = f"{ROOT / 'layers' / 'classifier'}:{ROOT / 'layers' / 'relief' / 'python'}"
    outputs = [
        subprocess.run(  # noqa: S603 - our own modules
            [sys.executable, *arguments],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": places},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for arguments in (["-m", "train.label", *asked], ["-c", reader])
    ]
    return list(json.loads(outputs[-1]))
