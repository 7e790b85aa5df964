"""Thousands of open hand-overs re-routed by a function that is killed twice: times, and what became of each."""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from relief.store.keys import handoff_id
from tests.drill.account import Accounts, Place, check_rerouted, read_moves, read_places
from tests.drill.journal import Journal
from tests.drill.kills import killed_on_the_way
from tests.drill.seed import REGION, TEXTS, seed_waiting
from tests.drill.watch import Listener
from tests.local.replay import call
from tests.local.stack import LocalStack

OUTAGE: Final[dict[str, Any]] = {
    "scope": {"intents": ["billing"], "regions": [REGION]},
    "template": "outage",
    "variables": {"service": "card payments", "update": "15:30"},
}
_QUEUE: Final = "crisis"


@dataclass(frozen=True)
class Rerouted:
    """What was measured, and what is wrong: nothing, if all is well."""

    inside: Mapping[str, str]
    """Sessions by hand-over: those who were in scope."""
    outside: Mapping[str, str]
    before: Mapping[str, Place]
    """Where every hand-over was before the incident."""
    seconds: float
    cpu_seconds: float
    """Processor time of the whole process meanwhile: table, bus, functions, and traffic where there is some."""
    kills: int
    copies: int
    """Events that came twice because of a kill; whoever reads ``change_id`` tells the customer once."""
    problems: tuple[str, ...]

    @property
    def rate(self) -> float:
        """Hand-overs a second."""
        return len(self.inside) / self.seconds


def reroute(stack: LocalStack, count: int, incident: str = "drill-reroute", journal: Journal | None = None) -> Rerouted:
    """Seed hand-overs in and out of scope, declare an outage, and kill the incident function twice on the way.

    Raises:
        TimeoutError: The journal's time is up.
    """
    journal = journal or Journal()
    listener = Listener(stack)
    token = stack.token("relief/incidents")
    inside = _by_handoff(seed_waiting(stack, count, TEXTS["billing"], f"{incident}-in"))
    outside = _by_handoff(seed_waiting(stack, max(10, count // 10), TEXTS["orders"], f"{incident}-out"))
    journal.note(f"{len(inside):,} wait in scope, {len(outside):,} out of scope")
    before = read_places(stack)
    started, cpu = time.perf_counter(), time.process_time()
    with killed_on_the_way(after_move=count // 3, after_telling=max(2, count // 20)) as plans:
        status, answer = call(stack, "PUT", f"/v1/incidents/{incident}", token, OUTAGE)
        assert status == 200, answer
        journal.note(f"{incident} is declared; the incident function will be killed twice")
        with journal.counting("re-routed and told", count, lambda: listener.heard("rerouted", inside.values())):
            stack.drain(journal.left())
        kills = sum(plan.kills for plan in plans)
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    listener.stop()
    moved, told = read_moves(stack, "rerouted"), listener.told("rerouted")
    accounts = Accounts(before, read_places(stack), Counter({n: moved[n] for n in inside if n in moved}), told)
    problems = check_rerouted(accounts, inside, outside, _QUEUE, incident)
    if kills != len(plans):
        problems.append(f"the function was killed {kills} times, not {len(plans)}")
    return Rerouted(inside, outside, before, seconds, cpu, kills, listener.copies("rerouted"), tuple(problems))


def _by_handoff(sessions: list[str]) -> dict[str, str]:
    return {handoff_id(session, "t1"): session for session in sessions}
