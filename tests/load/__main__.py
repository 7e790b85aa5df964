"""Put load on the local stack and account for it: ``python -m tests.load --profile steady|spike|soak``.

Plain threads and connections do here: a library for load would patch this process or bring a web server of its own, and
what is wanted of it, percentiles, is a line. Times are milliseconds, memory is mebibytes of the server's resident set.
"""

import argparse
import contextlib
import json
import logging
import multiprocessing
import os
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from relief.settings import load_settings
from tests.load.ledger import Ledger
from tests.load.traffic import Finished, Phase, Sample, run_phases
from tests.local.replay import call
from tests.local.stack import LocalStack

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

SCOPES: Final = "relief/turns relief/handoffs relief/context.agent relief/incidents"
_LOOK_SECONDS: Final = 2.0
_KIB_A_MIB: Final = 1024
_SPIKE_SHARE: Final = 0.025
"""Of the template's 1,000 requests a second: 25, about what two cores serve of it here."""

_SERVER_ERROR: Final = 500
_MOST_STARTS: Final = 5


def plan(profile: str, clients: int, seconds: float) -> tuple[list[Phase], float | None]:
    """Return a profile's phases, and the share of the template's throttles that it applies."""
    if profile == "spike":
        part = seconds / 3
        calm = Phase("before", 2, part, 0.25)
        return [calm, Phase("spike", clients * 4, part), Phase("after", 2, part, 0.25)], _SPIKE_SHARE
    pause = 0.5 if profile == "soak" else 0.0
    return [Phase(profile, clients, seconds, pause)], None


def run(profile: str, clients: int, seconds: float) -> dict[str, Any]:
    """Run a profile and return its report."""
    phases, throttle = plan(profile, clients, seconds)
    context = multiprocessing.get_context("spawn")
    finished: Queue[Finished | None] = context.Queue()
    results: Queue[list[Sample]] = context.Queue()
    # That requests wait for a thread is what load is about.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    environment = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POLICY_SECONDS": "30"}
    with LocalStack.start(environment=environment, throttle=throttle) as stack:
        token = stack.token(SCOPES, lifetime_seconds=int(seconds) + 3600)
        _start_functions(stack, token)
        ledger = Ledger(stack, load_settings().table_name)
        child = context.Process(target=run_phases, args=(stack.base_url, token, phases, finished, results))
        child.start()
        incident = threading.Timer(seconds / 3, _toggle, args=(stack, token, seconds / 3))
        incident.start()
        memory: list[float] = []
        while not ledger.ended:
            ledger.take(finished)
            ledger.forget_marks()
            memory.append(_resident())
            if not child.is_alive() and finished.empty() and not ledger.ended:
                message = f"the clients ended with exit code {child.exitcode}"
                raise RuntimeError(message)
            time.sleep(_LOOK_SECONDS)
        samples = results.get(timeout=60)
        child.join()
        incident.join()
        ledger.close()
    return report(profile, phases, samples, ledger, memory)


def _toggle(stack: LocalStack, token: str, seconds: float) -> None:
    """Declare an incident in the middle of the traffic, and end it."""
    body = {
        "scope": {"intents": ["billing"]},
        "severity": "major",
        "template": "outage",
        "variables": {"service": "card payments", "update": "15:30"},
    }
    status, declared = call(stack, "PUT", "/v1/incidents/load", token, body)
    if status != 200:
        message = f"the incident was refused: {status} {declared}"
        raise RuntimeError(message)
    time.sleep(seconds)
    call(stack, "DELETE", f"/v1/incidents/load?version={declared['version']}&why=over", token)


def _resident() -> float:
    with open(f"/proc/{os.getpid()}/statm", encoding="ascii") as file:  # noqa: PTH123 - a file of the kernel's
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024 / _KIB_A_MIB


def _start_functions(stack: LocalStack, token: str) -> None:
    """Take a turn that is not counted: Lambda gives a function's start seconds of its own, here they are its first call's."""
    for number in range(_MOST_STARTS):
        turn = {"turn_id": f"t{number}", "channel": "web_chat", "text": "Where is my order?"}
        if call(stack, "POST", "/v1/sessions/start/turns", token, turn)[0] < _SERVER_ERROR:
            return


def report(
    profile: str, phases: Sequence[Phase], samples: Sequence[Sample], ledger: Ledger, memory: Sequence[float]
) -> dict[str, Any]:
    """Return the figures, ready for JSON."""
    quarter = max(1, len(memory) // 4)
    settled, last = memory[quarter : 2 * quarter] or memory, memory[-quarter:]
    statuses = Counter(one.status for one in samples)
    return {
        "profile": profile,
        "phases": {
            phase.name: _figures(phase, [one for one in samples if one.phase == phase.name]) for phase in phases
        },
        "server_errors": sum(count for status, count in statuses.items() if status >= _SERVER_ERROR),
        "ledger": {
            name: ledger.counts[name]
            for name in ("sessions", "turns", "hand_overs", "failed_open", "events", "dead_letters", "counted_twice")
        },
        "lost": ledger.counts["lost"],
        "named": ledger.lost,
        "resident_mib": {
            "second_quarter": round(statistics.median(settled), 1),
            "last_quarter": round(statistics.median(last), 1),
            "over_time": [round(one) for one in memory[:: max(1, len(memory) // 20)]],
        },
    }


def _figures(phase: Phase, samples: Sequence[Sample]) -> dict[str, Any]:
    taken = sorted(one.milliseconds for one in samples if one.kind == "turn" and one.status == 200)
    cuts = statistics.quantiles(taken, n=100) if len(taken) > 1 else [0.0] * 99
    return {
        "clients": phase.clients,
        "seconds": round(phase.seconds),
        "turns_a_second": round(len(taken) / phase.seconds, 1),
        "milliseconds": {"p50": round(cuts[49]), "p95": round(cuts[94]), "p99": round(cuts[98])},
        "requests": dict(Counter(one.kind for one in samples)),
        "statuses": {str(status): count for status, count in sorted(Counter(one.status for one in samples).items())},
    }


def main(arguments: list[str] | None = None) -> int:
    """Run a profile; exit code 1 when something was lost or the server failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--profile", choices=("steady", "spike", "soak"), default="steady")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=600)
    options = parser.parse_args(arguments)
    with contextlib.redirect_stdout(sys.stderr):  # where functions put their metrics
        found = run(options.profile, options.clients, options.seconds)
    print(json.dumps(found, indent=2))
    return 1 if found["lost"] or found["server_errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
