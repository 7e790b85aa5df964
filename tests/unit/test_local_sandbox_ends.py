"""The two processes of the local stack end together."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from tests.local import LocalStack
from tests.unit.conftest import SAMPLE
from tests.unit.local_requests import turn


def children_of(process_id: int) -> list[int]:
    tasks = Path(f"/proc/{process_id}/task").glob("*/children")
    return [int(child) for children in tasks for child in children.read_text("ascii").split()]


def is_alive(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text("ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_stack_whose_functions_are_gone_says_so_and_stops(issuer_file: Path) -> None:
    before = set(threading.enumerate())
    others = children_of(os.getpid())
    with LocalStack.start(SAMPLE, issuer_file=issuer_file, apart=True) as stack:
        (functions,) = set(children_of(os.getpid())) - set(others)
        os.kill(functions, signal.SIGKILL)
        started = time.monotonic()

        invocation = stack.functions.invoke("detect", b"{}")

        assert time.monotonic() - started < 2
        assert "start the local stack again" in json.loads(invocation.payload)["errorMessage"]
        assert turn(stack, "hello").status == 500

    assert set(threading.enumerate()) - before == set()


def test_functions_end_with_a_stack_that_is_killed() -> None:
    """Given a stack that has no time to stop, then its functions notice by themselves that nobody needs them."""
    command = [
        sys.executable,
        "-m",
        "tests.local",
        "serve",
        "--template",
        str(SAMPLE),
        "--port",
        "0",
        "--aws-port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as stack:  # noqa: S603 - our own module
        assert stack.stdout is not None
        while not stack.stdout.readline().startswith("Running"):
            assert stack.poll() is None
        (functions,) = children_of(stack.pid)
        stack.kill()

    until = time.monotonic() + 5
    while is_alive(functions) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_alive(functions)
