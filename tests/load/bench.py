"""Measure the turn workflow on this machine and print one JSON object: ``make bench``.

The server is a process of its own; the clients run in this one, so that measuring does not take the
server's time. Times are milliseconds, memory is mebibytes of resident set.
"""

import http.client
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from relief.contracts.states import DecideInput, DetectInput
from relief.contracts.turn import TurnRequest
from relief.decide.state import run_decide
from relief.detect.state import run_detect
from relief.privacy.turn import redact_turn
from relief.route.shadow import propose_handoff
from relief.settings import Settings
from tests.load.decide import measure_decisions
from tests.local import tokens
from tests.local.issuer import Issuer

_TEXTS: Final = (
    "Hi, I think I was charged twice for order A-20391 last week, can you check?",
    "the date was the 3rd, it says 49.90 both times",
    "it was the blue jacket, not the shoes",
    "ok and how long does that usually take?",
    "paid with the blue card, the one for groceries",
    "which of the two lines goes away then?",
    "fine. does the voucher I used come back too",
    "it was ten euros, from the summer sale",
    "can you write the date of the refund down for me",
    "I see one line has disappeared already",
    "what does PENDING mean next to the other",
    "my wife says it was her who ordered the second one, could that be",
    "she used the same account, yes, from her phone",
    "so there are two jackets on the way?",
    "then we would send one of them back",
    "is the return free of charge",
    "and the label, do I print that myself",
    "no printer here, is there a code instead",
)
_TURNS_A_SESSION: Final = 20
_SILENT_TURNS: Final = (5, 11)
_LATENCY_TURNS: Final = 300
_THROUGHPUT_TURNS: Final = 400
_MEMORY_TURNS: Final = 2_000
_PURE_TURNS: Final = 200
_SESSION_OF: Final = 30
_MIB: Final = 1024 * 1024


def body_of(number: int) -> dict[str, Any]:
    """Return the body of the nth turn of a realistic, automated conversation."""
    place = number % _TURNS_A_SESSION
    body: dict[str, Any] = {
        "turn_id": f"t{number}",
        "channel": "web_chat",
        "journey": "billing_dispute",
        "customer": {"ref": f"customer-{number // _TURNS_A_SESSION}", "tier": "plus", "tenure_months": 14},
        "bot": {"intent": {"name": "billing", "confidence": 0.8}},
    }
    if place in _SILENT_TURNS:
        body["telemetry"] = [{"kind": "step_viewed", "target": "invoice"}]
    else:
        body["text"] = _TEXTS[place - sum(silent < place for silent in _SILENT_TURNS)]
    if place == 1:
        body["facts"] = {"order_number": "A-20391", "charge_amount": "49.90"}
    return body


class Client:
    """One caller with one kept connection."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def post(self, session: str, number: int) -> float:
        """Post a turn and return how long the answer took, in milliseconds.

        Raises:
            RuntimeError: It was not answered, or the bot does not go on with the conversation: the figures would be
                those of people's messages while they wait.
        """
        body = json.dumps(body_of(number))
        started = time.perf_counter()
        self._connection.request("POST", f"/v1/sessions/{session}/turns", body, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        elapsed = (time.perf_counter() - started) * 1000
        if answer.status != http.client.OK:
            message = f"a turn was answered with {answer.status}: {content!r}"
            raise RuntimeError(message)
        if b'"owner":"bot"' not in content.replace(b" ", b""):
            message = f"turn {number} was handed over: {content!r}"
            raise RuntimeError(message)
        return elapsed


@contextmanager
def server() -> Iterator[tuple[str, int]]:
    """Run the local stack in a process of its own; yields its address and process id."""
    command = [sys.executable, "-m", "tests.local", "serve", "--port", "0", "--aws-port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    try:
        if process.stdout is None:
            raise RuntimeError("the server has no output")
        url = ""
        for line in process.stdout:
            if line.startswith("HTTP API"):
                url = line.split()[-1]
            if line.startswith("Running"):
                break
        if not url:
            raise RuntimeError("the server did not start")
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(10)


def resident(pid: int) -> float:
    """Return the resident memory of a process and of those that it started, in MiB (Linux)."""
    process = Path(f"/proc/{pid}")
    pages = int((process / "statm").read_text("ascii").split()[1])
    started = [child for thread in process.glob("task/*/children") for child in thread.read_text("ascii").split()]
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB + sum(resident(int(child)) for child in started)


def run_clients(url: str, token: str, clients: int, turns: int, run: str) -> tuple[float, list[float]]:
    """Return turns a second, and every turn's time, with this many clients at once."""
    times: list[float] = []

    def work(client_number: int) -> None:
        client = Client(url, token)
        for number in range(turns // clients):
            times.append(client.post(f"{run}-{client_number}-{number // _TURNS_A_SESSION}", number))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / (time.perf_counter() - started), times


def measure_pure_logic() -> list[float]:
    """Return the times of redact, detect and decide for one turn of a session of 30 turns, without any AWS call."""
    settings = Settings(table_name="bench")
    now = datetime(2026, 11, 23, 10, tzinfo=UTC)
    item: dict[str, Any] | None = None
    times = []
    for number in range(_SESSION_OF + _PURE_TURNS):
        request = TurnRequest.model_validate(body_of(number % _SESSION_OF) | {"turn_id": f"t{number}"})
        started = time.perf_counter()
        turn = redact_turn(request).turn
        stage = {"session_id": "bench", "received_at": now, "request_hash": "x", "turn": turn.model_dump(mode="json")}
        context = {"Item": item} if item else {}
        detected = run_detect(DetectInput.model_validate({**stage, "context": context}), settings)
        state = {**stage, "context": context, "incidents": {"items": []}, "detect": detected.model_dump(mode="json")}
        output = run_decide(DecideInput.model_validate(state), settings, propose_handoff)
        elapsed = (time.perf_counter() - started) * 1000
        if number >= _SESSION_OF:
            times.append(elapsed)
        elif output.final is None:
            message = f"turn {number} was handed over: {output.decided.reasons}"
            raise RuntimeError(message)
        else:
            item = json.loads(output.final.writes)[0]["Put"]["Item"]
        now += timedelta(seconds=20)
    return times


def spread(times: list[float]) -> dict[str, float]:
    """Return p50 and p95."""
    ordered = sorted(times)
    return {"p50": round(statistics.median(ordered), 2), "p95": round(ordered[int(len(ordered) * 0.95)], 2)}


def measure() -> dict[str, Any]:
    """Run every measurement."""
    token = tokens.mint(Issuer.load(), ["relief/turns"], lifetime_seconds=3600)
    report: dict[str, Any] = {"python": platform.python_version(), "processors": os.cpu_count()}
    report["pure_logic_ms"] = spread(measure_pure_logic())
    report["decision_with_counterfactual_ms"] = measure_decisions()
    with server() as (url, pid):
        run_clients(url, token, 1, 100, "warm")
        report["resident_before_mib"] = round(resident(pid), 1)
        _, times = run_clients(url, token, 1, _LATENCY_TURNS, "one")
        report["turn_ms"] = spread(times)
        report["turns_per_second_1_client"] = round(run_clients(url, token, 1, _THROUGHPUT_TURNS, "single")[0], 1)
        report["turns_per_second_8_clients"] = round(run_clients(url, token, 8, _THROUGHPUT_TURNS, "eight")[0], 1)
        before = resident(pid)
        run_clients(url, token, 4, _MEMORY_TURNS, "memory")
        report["resident_before_2000_turns_mib"] = round(before, 1)
        report["resident_after_2000_turns_mib"] = round(resident(pid), 1)
        report["growth_over_2000_turns_mib"] = round(resident(pid) - before, 1)
    return report


if __name__ == "__main__":
    print(json.dumps(measure(), indent=2))
