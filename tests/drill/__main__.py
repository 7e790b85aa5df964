"""``make drill``: normal traffic, an outage under load, a function that is killed, the end; and a report with times."""

import argparse
import contextlib
import faulthandler
import json
import os
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from relief.contracts.model import format_time
from relief.incidents.sweep import LEASE_SECONDS
from tests.drill.account import Accounts, Place, check_returned, read_places
from tests.drill.journal import Journal
from tests.drill.reroute import Rerouted, reroute
from tests.drill.traffic import Traffic
from tests.drill.watch import Listener
from tests.local.replay import call
from tests.local.stack import LocalStack

_TICK = "IncidentFunctionEveryMinute"
_INCIDENT = "game-day"
_MOST_TICKS = 5
_QUIET = {"POWERTOOLS_LOG_LEVEL": "CRITICAL"}
_GRACE_SECONDS = 120
"""How long the process may go on after its time is up, to report what it knows."""


def run(count: int, journal: Journal) -> dict[str, Any]:
    """Run the game day; ``problems`` is empty when everything went as it should."""
    report: dict[str, Any] = {"hand_overs": count, "problems": []}
    with LocalStack.start(environment=_QUIET) as stack:
        journal.note("the stack runs")
        traffic = Traffic(stack)
        try:
            _play(stack, traffic, count, journal, report)
        except TimeoutError as error:
            report["problems"].append(f"out of time: {error}")
        if traffic.turns:
            report["traffic"] = traffic.summary()
    # What went wrong is read last, so it comes last.
    report["problems"] = report.pop("problems")
    return report


def _play(stack: LocalStack, traffic: Traffic, count: int, journal: Journal, report: dict[str, Any]) -> None:
    token = stack.token("relief/incidents")
    with traffic:
        journal.sleep(2)
        rerouted = reroute(stack, count, _INCIDENT, journal)
        report |= _figures(rerouted)
        report["problems"] += rerouted.problems
        listener = Listener(stack)
        end = _end(stack, token, traffic, journal, report)
        _return(stack, listener, rerouted, journal, report)
    stack.drain(journal.left())
    # Who handed over while the incident ended, and is not found by the pass that ended it.
    stack.fire_schedule(_TICK)
    stack.drain(journal.left())
    listener.stop()
    accounts = Accounts(rerouted.before, read_places(stack), Counter(), listener.told("returned"))
    seeded = {**rerouted.inside, **rerouted.outside}
    report["problems"] += check_returned(accounts, seeded, set(rerouted.inside.values()))
    report["problems"] += _unkept(traffic, accounts.after)
    _, records = call(stack, "GET", "/v1/incidents", token)
    declared = datetime.fromisoformat(records["items"][0]["declared_at"]).timestamp()
    report["problems"] += traffic.find_problems(declared + 1, end)
    first = traffic.first_told()
    report["first_told_turn_after_declaration_seconds"] = None if first is None else round(first - declared, 3)


def _figures(rerouted: Rerouted) -> dict[str, Any]:
    return {
        "reroute_seconds": round(rerouted.seconds, 1),
        "reroute_per_second": round(rerouted.rate, 1),
        "cpu_ms_per_hand_over": round(1000 * rerouted.cpu_seconds / len(rerouted.inside), 1),
        "share_of_a_processor": round(rerouted.cpu_seconds / rerouted.seconds, 2),
        "kills": rerouted.kills,
        "events_that_came_twice": rerouted.copies,
    }


def _end(stack: LocalStack, token: str, traffic: Traffic, journal: Journal, report: dict[str, Any]) -> float:
    """Let the incident expire with nobody looking at the clock; return when it did, seconds since 1970."""
    end = datetime.now(UTC) + timedelta(seconds=3)
    body = {"version": 1, "expires_at": format_time(end)}
    status, answer = call(stack, "PUT", f"/v1/incidents/{_INCIDENT}", token, body)
    if status != 200:
        report["problems"].append(f"the end could not be set: {answer}")
    journal.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds()))
    journal.note("the incident is past its end, and nobody has looked at the clock")
    turn = traffic.ask("after-the-end", in_scope=True)
    if turn.told:
        report["problems"].append("a turn after the end heeded the incident, without the schedule")
    report["off_again_after_end_seconds"] = round(turn.seconds, 3)
    return end.timestamp()


def _return(
    stack: LocalStack, listener: Listener, rerouted: Rerouted, journal: Journal, report: dict[str, Any]
) -> None:
    """See everybody go back: some with the pass that the new end set off, the rest with the clock's ticks."""
    started = time.perf_counter()
    sessions = set(rerouted.inside.values())
    ticks = 0
    with journal.counting("sent back and told", len(sessions), lambda: listener.heard("returned", sessions)):
        stack.drain(journal.left())
        while ticks == 0 or (_left(stack) and ticks < _MOST_TICKS):
            if ticks:
                journal.note(f"{_left(stack):,} are left; the next tick is due once the lease of the last pass is over")
                # On AWS the next minute's tick comes by itself; a pass that was cut off keeps others out until then.
                journal.sleep(LEASE_SECONDS + 1)
            stack.fire_schedule(_TICK)
            ticks += 1
            stack.drain(journal.left())
    seconds = time.perf_counter() - started
    report["return_seconds"] = round(seconds, 1)
    report["return_per_second"] = round(len(sessions) / seconds, 1)
    report["ticks_of_the_schedule"] = ticks


def _left(stack: LocalStack) -> int:
    return sum(place.queue_state == "crisis#queued" for place in read_places(stack).values())


def _unkept(traffic: Traffic, places: dict[str, Place]) -> list[str]:
    """Return who was promised a person by a turn of the traffic, and is on no list."""
    lost = [one.session for one in traffic.turns if one.handoff_id and one.handoff_id not in places]
    return [f"{len(lost)} were promised a person and are on no list: {', '.join(lost[:5])}"] if lost else []


def main() -> int:
    """Print the report as JSON, and how far it is on standard error; 0 when nothing is wrong, 1 when something is."""
    parser = argparse.ArgumentParser(prog="python -m tests.drill", description=__doc__)
    parser.add_argument("--hand-overs", type=int, default=5000, help="how many wait when it begins (%(default)s)")
    parser.add_argument("--minutes", type=float, default=30, help="when to give up, and report that (%(default)s)")
    options = parser.parse_args()
    if options.hand_overs < 1 or options.minutes <= 0:
        parser.error("hand-overs and minutes must be positive")
    journal = Journal(options.minutes * 60, sys.stderr)
    # Whatever hangs beyond every limit ends with where it hangs, and with the exit code of a failure.
    faulthandler.dump_traceback_later(options.minutes * 60 + _GRACE_SECONDS, exit=True)
    # The functions print their metrics, as Lambda wants them; the report is all that belongs on standard output.
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        report = run(options.hand_overs, journal)
    print(json.dumps(report, indent=2))
    journal.note(f"{len(report['problems'])} problems" if report["problems"] else "everything went as it should")
    return 1 if report["problems"] else 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # A handler that still runs after its time-out must not keep the process alive.
    os._exit(code)
