"""The command line: starting, stopping, tokens, and what it says when something is in the way."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest

from tests.local import LocalStack, LocalStackError
from tests.local.__main__ import main
from tests.local.issuer import Issuer
from tests.unit.conftest import SAMPLE

ROOT = Path(__file__).parents[2]
SERVE = [sys.executable, "-m", "tests.local", "serve", "--port", "0", "--aws-port", "0", "--template", str(SAMPLE)]


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_at_once_and_says_so(number: signal.Signals) -> None:
    process = subprocess.Popen(SERVE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)  # noqa: S603
    assert process.stdout
    try:
        for line in process.stdout:
            if line.startswith("Running"):
                break
        started = time.monotonic()
        process.send_signal(number)
        output, errors = process.communicate(timeout=5)
    finally:
        process.kill()

    assert time.monotonic() - started < 2
    assert (process.returncode, output.strip(), errors) == (0, "Stopped.", "")


def test_a_taken_port_is_one_sentence(taken_port: int) -> None:
    finished = subprocess.run(  # noqa: S603
        [*SERVE, "--port", str(taken_port)], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert finished.returncode == 2
    assert finished.stderr == (
        f"error: Port {taken_port} on 127.0.0.1, meant for the HTTP API, is taken: "
        "stop what listens there, or choose another with --port.\n"
    )


def test_a_missing_template_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--template", str(tmp_path / "none.yaml")]) == 2
    assert re.fullmatch(r"error: There is no template at .*none\.yaml\.\n", capsys.readouterr().err)


def test_a_token_is_all_that_is_printed(
    issuer_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.local.issuer.DEFAULT_FILE", issuer_file)

    code = main(
        ["token", "--scopes", "relief/turns relief/handoffs", "--session-id", "s", "--subject", "me", "--expires", "60"]
    )

    token = capsys.readouterr().out
    claims = jwt.decode(token.strip(), options={"verify_signature": False})
    assert code == 0
    assert len(token.splitlines()) == 1
    assert claims["scope"] == "relief/turns relief/handoffs"
    assert (claims["session_id"], claims["sub"], claims["client_id"]) == ("s", "me", "me")
    assert claims["exp"] - claims["iat"] == 60
    assert claims["token_use"] == "access"


def test_the_key_is_kept_for_this_user_alone(tmp_path: Path) -> None:
    file = tmp_path / "state" / "issuer.json"

    first, second = Issuer.load(file), Issuer.load(file)

    assert first == second
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["issuer.json"]
    file.write_text("{}")
    with pytest.raises(LocalStackError, match="holds no issuer"):
        Issuer.load(file)


class TestLifetime:
    def test_one_stack_at_a_time(self, issuer_file: Path) -> None:
        with LocalStack.start(SAMPLE, issuer_file=issuer_file), pytest.raises(LocalStackError, match="already running"):
            LocalStack.start(SAMPLE, issuer_file=issuer_file)

    def test_stacks_one_after_another_share_nothing(self, issuer_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TABLE_NAME", "what was there before")
        environments = []
        for _ in range(2):
            with LocalStack.start(SAMPLE, issuer_file=issuer_file) as stack:
                assert stack.items() == []
                stack.client("dynamodb").put_item(
                    TableName="relief-local-Table", Item={"pk": {"S": "x"}, "sk": {"S": "y"}}
                )
                environments.append(stack.resources.functions[0].environment)

        assert environments[0] == environments[1], "names stay, so that what handlers cache stays true"
        assert os.environ["TABLE_NAME"] == "what was there before"
        assert "WORKFLOW_ARN" not in os.environ

    def test_no_thread_is_left(self, issuer_file: Path) -> None:
        before = set(threading.enumerate())
        with LocalStack.start(SAMPLE, issuer_file=issuer_file) as stack:
            stack.functions.invoke("detect", b"{}")

        assert set(threading.enumerate()) - before == set()

    def test_a_start_that_fails_leaves_nothing_behind(self, issuer_file: Path, taken_port: int) -> None:
        before = set(threading.enumerate())

        with pytest.raises(LocalStackError, match="is taken"):
            LocalStack.start(SAMPLE, issuer_file=issuer_file, aws_port=taken_port)

        assert set(threading.enumerate()) - before == set()
        LocalStack.start(SAMPLE, issuer_file=issuer_file).stop()
