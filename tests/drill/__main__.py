"""``make drill``: normal traffic, an outage under load, a function that is killed, the end; and a report with times."""

import argparse
import contextlib
import json
import os
import statistics
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

from relief.contracts.model import format_time
from relief.incidents.sweep import LEASE_SECONDS
from tests.drill.reroute import reroute
from tests.drill.seed import REGION
from tests.drill.watch import Listener, places
from tests.local.replay import call
from tests.local.stack import LocalStack

_TICK = "IncidentFunctionEveryMinute"
_INCIDENT = "game-day"
_MOST_TICKS = 5
_QUIET = {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}


class Traffic:
    """Customers who write all the time: every other one about their bill, the rest about their order."""

    def __init__(self, stack: LocalStack) -> None:
        """Prepare; nothing is sent yet."""
        self._stack = stack
        self._token = stack.token("relief/turns")
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.turns: list[tuple[float, float, bool, bool]] = []
        """When asked, seconds taken, whether in scope, whether the incident was told."""
        self.failures = 0

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._stopped.set()
        self._thread.join()

    def _work(self) -> None:
        number = 0
        while not self._stopped.is_set():
            number += 1
            self.ask(f"traffic-{number}", in_scope=number % 2 == 0)

    def ask(self, session: str, *, in_scope: bool) -> bool:
        """Take one turn; tell whether it heeded an incident."""
        text = "There is a mistake in my bill" if in_scope else "Where is my order?"
        body = {"turn_id": "t1", "channel": "web_chat", "text": text, "customer": {"region": REGION}}
        asked = time.time()
        status, answer = call(self._stack, "POST", f"/v1/sessions/{session}/turns", self._token, body)
        told = status == 200 and answer["incident"] is not None
        self.failures += status != 200
        self.turns.append((asked, time.time() - asked, in_scope, told))
        return told

    def summary(self) -> dict[str, Any]:
        """Return how many turns there were and how long they took, milliseconds."""
        taken = sorted(seconds * 1000 for _, seconds, _, _ in self.turns)
        return {
            "turns": len(taken),
            "failures": self.failures,
            "p50_ms": round(statistics.median(taken), 1),
            "p95_ms": round(taken[int(len(taken) * 0.95)], 1),
        }


def run(count: int) -> dict[str, Any]:
    """Run the game day; ``problems`` is empty when everything went as it should."""
    problems: list[str] = []
    with LocalStack.start(environment=_QUIET) as stack:
        token = stack.token("relief/incidents")
        with Traffic(stack) as traffic:
            time.sleep(2)
            rerouted = reroute(stack, count, _INCIDENT)
            problems += rerouted.problems
            _, record = call(stack, "GET", "/v1/incidents", token)
            declared = datetime.fromisoformat(record["items"][0]["declared_at"]).timestamp()
            ended, end_problems = _end(stack, token, traffic, count)
            problems += end_problems
        late = [one for one in traffic.turns if one[0] > declared + 1 and one[0] < ended["at"] - 1]
        wrong = [one for one in late if one[2] is not one[3]]
        if wrong:
            problems.append(f"{len(wrong)} turns did not heed the incident, or heeded it out of its scope")
        if traffic.failures:
            problems.append(f"{traffic.failures} turns failed")
        first = min((asked for asked, _, _, told in traffic.turns if told), default=0.0)
    return {
        "hand_overs": count,
        "reroute_seconds": round(rerouted.seconds, 1),
        "reroute_per_second": round(rerouted.rate, 1),
        "kills": rerouted.kills,
        "events_that_came_twice": rerouted.copies,
        "first_told_turn_after_declaration_seconds": round(first - declared, 3),
        "off_again_after_end_seconds": ended["off_seconds"],
        "return_seconds": ended["return_seconds"],
        "ticks_of_the_schedule": ended["ticks"],
        "traffic": traffic.summary(),
        "problems": problems,
    }


def _end(stack: LocalStack, token: str, traffic: Traffic, count: int) -> tuple[dict[str, Any], list[str]]:
    """Let the incident expire with nobody looking at the clock, then let the clock tick."""
    problems = []
    listener = Listener(stack)
    end = datetime.now(UTC) + timedelta(seconds=3)
    body = {"version": 1, "expires_at": format_time(end)}
    status, answer = call(stack, "PUT", f"/v1/incidents/{_INCIDENT}", token, body)
    if status != 200:
        problems.append(f"the end could not be set: {answer}")
    time.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds()))
    asked = time.time()
    if traffic.ask("after-the-end", in_scope=True):
        problems.append("a turn after the end heeded the incident, without the schedule")
    off = time.time() - asked
    stack.drain(900)
    started = time.perf_counter()
    ticks = 0
    while ticks == 0 or (places(stack)["crisis#queued"] and ticks < _MOST_TICKS):
        if ticks:
            # On AWS the next minute's tick comes by itself; a pass that was cut off keeps others out until then.
            time.sleep(LEASE_SECONDS + 1)
        stack.fire_schedule(_TICK)
        stack.drain(900)
        ticks += 1
    listener.stop()
    left = places(stack)["crisis#queued"]
    if left:
        problems.append(f"{left} are left in the crisis queue")
    told = listener.told("returned")
    if len(told) < count or set(told.values()) != {1}:
        problems.append(
            f"{len(told)} of {count} were told of the return, {max(told.values(), default=0)} times at most"
        )
    found = {"at": end.timestamp(), "off_seconds": round(off, 3), "ticks": ticks}
    return found | {"return_seconds": round(time.perf_counter() - started, 1)}, problems


def main() -> int:
    """Print the report as JSON; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.drill", description=__doc__)
    parser.add_argument("--hand-overs", type=int, default=5000, help="how many wait when it begins (%(default)s)")
    count = parser.parse_args().hand_overs
    # The functions print their metrics, as Lambda wants them; the report is all that belongs on standard output.
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        report = run(count)
    print(json.dumps(report, indent=2))
    return 1 if report["problems"] else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # A handler that still runs after its time-out must not keep the process alive.
    os._exit(code)
