"""Thousands of open hand-overs re-routed by a function that is killed twice: times, and what became of each."""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from relief.store.keys import handoff_id
from tests.drill.kills import killed_on_the_way
from tests.drill.seed import REGION, TEXTS, seed_waiting
from tests.drill.watch import Listener, moves, places
from tests.local.replay import call
from tests.local.stack import LocalStack

OUTAGE: Final[dict[str, Any]] = {
    "scope": {"intents": ["billing"], "regions": [REGION]},
    "template": "outage",
    "variables": {"service": "card payments", "update": "15:30"},
}
_WAIT_SECONDS: Final = 900.0


@dataclass(frozen=True)
class Rerouted:
    """What was measured, and what is wrong: nothing, if all is well."""

    handoffs: int
    seconds: float
    kills: int
    copies: int
    """Events that came twice because of a kill; whoever reads ``change_id`` tells the customer once."""
    problems: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Hand-overs a second."""
        return self.handoffs / self.seconds


def reroute(stack: LocalStack, count: int, incident: str = "drill-reroute") -> Rerouted:
    """Seed hand-overs in and out of scope, declare an outage, and kill the incident function twice on the way."""
    listener = Listener(stack)
    token = stack.token("relief/incidents")
    inside = seed_waiting(stack, count, TEXTS["billing"], f"{incident}-in")
    outside = seed_waiting(stack, max(10, count // 10), TEXTS["orders"], f"{incident}-out")
    before = places(stack)
    started = time.perf_counter()
    with killed_on_the_way(after_move=count // 3, after_telling=max(2, count // 20)) as plans:
        status, answer = call(stack, "PUT", f"/v1/incidents/{incident}", token, OUTAGE)
        assert status == 200, answer
        stack.drain(_WAIT_SECONDS)
        kills = sum(plan.kills for plan in plans)
    seconds = time.perf_counter() - started
    listener.stop()
    mine = {handoff_id(session, "t1") for session in inside}
    moved = Counter({name: times for name, times in moves(stack, "rerouted").items() if name in mine})
    after, told = places(stack), listener.told("rerouted")
    problems = []
    if sum(before.values()) != sum(after.values()):
        problems.append(f"{sum(before.values())} hand-overs became {sum(after.values())}")
    if after["crisis#queued"] - before["crisis#queued"] != count:
        problems.append(f"{after['crisis#queued'] - before['crisis#queued']} of {count} are in the crisis queue")
    if after["orders#queued"] != before["orders#queued"]:
        problems.append("hand-overs out of scope have moved")
    problems += _exactly_once("moved", moved, len(inside))
    problems += _exactly_once("told", told, len(inside))
    if set(told) & set(outside):
        problems.append("customers out of scope were told")
    return Rerouted(count, seconds, kills, listener.copies("rerouted"), tuple(problems))


def _exactly_once(what: str, counted: Any, expected: int) -> list[str]:
    often = {name: times for name, times in counted.items() if times != 1}
    problems = [f"{len(often)} were {what} more than once"] if often else []
    return problems + ([f"{len(counted)} of {expected} were {what}"] if len(counted) != expected else [])
