"""The gold command against a running installation: its turns, its incidents and its desk's events."""

import json
from pathlib import Path
from typing import Final

import pytest

from relief.measure.gold import load_file
from relief.measure.trial.command import main
from tests.local.replay import SAMPLES
from tests.local.stack import LocalStack

TURNS: Final = "relief/turns"
ALL: Final = "relief/turns relief/incidents relief/handoffs"
STAGED: Final = ("terminal-saturday-lunch", "back-and-all-well")


def put_down(folder: Path, names: tuple[str, ...]) -> None:
    """Write gold conversations by name into a folder."""
    lines = [path.read_text(encoding="utf-8").splitlines() for path in SAMPLES.glob("*incidents_and_returns.jsonl")]
    chosen = [line for file in lines for line in file if json.loads(line)["session_id"] in names]
    assert len(chosen) == len(names)
    (folder / "gold.jsonl").write_text("\n".join(chosen), encoding="utf-8")


def run(folder: Path, stack: LocalStack, scopes: str, *more: str) -> int:
    """Run the command against the stack."""
    token = stack.token(scopes)
    return main(["gold", str(folder), "--url", stack.base_url, "--token", token, *more])


def test_incidents_and_returns_are_staged_on_an_installation(
    stack: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given `--stage`, then an incident begins and ends there, a person gives back, and all is as in this process."""
    put_down(tmp_path, STAGED)
    out = tmp_path / "rows.jsonl"
    assert run(tmp_path, stack, ALL, "--stage", "--out", str(out)) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert {row["session_id"]: row["failures"] for row in rows} == {name: [] for name in STAGED}
    assert json.loads(capsys.readouterr().out)["conversations"] == len(STAGED)


def test_what_would_touch_an_installation_is_left_out_unless_asked_for(
    stack: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given no `--stage`, then only what needs turns alone is played, and what is left out is said."""
    put_down(tmp_path, STAGED)
    plain = next(load_file(SAMPLES / "password_reset.jsonl"))
    (tmp_path / "plain.jsonl").write_text(plain.model_dump_json(exclude_none=True), encoding="utf-8")
    assert run(tmp_path, stack, TURNS) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["conversations"] == 1
    assert "2 conversations with incidents or events of desks are left out" in told.err


def test_a_token_that_may_not_declare_ends_the_run_with_the_reason(
    stack: LocalStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a token for turns alone, then staging is refused, and the command says so and ends with 2."""
    put_down(tmp_path, STAGED[:1])
    assert run(tmp_path, stack, TURNS, "--stage") == 2
    assert "403" in capsys.readouterr().err
