"""Everyday traffic beside a game day: customers who write at a steady pace, some of whom want a person."""

import http.client
import statistics
import threading
import time
from typing import Any, Final, NamedTuple, Self

from tests.drill.seed import REGION
from tests.local.replay import call
from tests.local.stack import LocalStack

TURNS_A_SECOND: Final = 10
"""A pace that a machine with two slow cores can keep up beside the re-routing."""

_BILL: Final = "There is a mistake in my bill"
_ORDER: Final = "Where is my order?"
_PERSON: Final = ", I want a human"
_SHOWN: Final = 300


class Turn(NamedTuple):
    """One turn of the traffic, and what was answered."""

    session: str
    asked: float
    """When, seconds since 1970."""
    seconds: float
    in_scope: bool
    status: int
    """Of HTTP; 0 when there was no answer."""
    told: bool = False
    degraded: tuple[str, ...] = ()
    handoff_id: str | None = None
    detail: str = ""
    """Of an answer that is no 200: what it says."""


class Traffic:
    """Customers who write all the time: every other one about their bill, the rest about their order."""

    def __init__(self, stack: LocalStack, pace: float = TURNS_A_SECOND) -> None:
        """Prepare; nothing is sent yet. ``pace`` is in turns a second; a machine that is too slow sends fewer."""
        self._stack = stack
        self._token = stack.token("relief/turns")
        self._pause = 1 / pace
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="traffic", daemon=True)
        self.turns: list[Turn] = []
        self.retried = 0

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._stopped.set()
        self._thread.join()

    def _work(self) -> None:
        number, due = 0, time.monotonic()
        while not self._stopped.wait(max(0.0, due - time.monotonic())):
            number += 1
            self.ask(f"traffic-{number}", in_scope=number % 2 == 0, person=number % 10 in {4, 9})
            due = max(due + self._pause, time.monotonic())

    def ask(self, session: str, *, in_scope: bool, person: bool = False) -> Turn:
        """Take one turn, whatever comes of it."""
        text = (_BILL if in_scope else _ORDER) + (_PERSON if person else "")
        body = {"turn_id": "t1", "channel": "web_chat", "text": text, "customer": {"region": REGION}}
        asked = time.time()
        status, answer = self._send(f"/v1/sessions/{session}/turns", body)
        if status not in {http.client.OK, http.client.CONFLICT}:
            # As a bot does: the same turn may be sent again. On a machine that starves this process, functions run into
            # their time-outs, which are of the clock; the turn is on a person's list all the same.
            self.retried += 1
            status, answer = self._send(f"/v1/sessions/{session}/turns", body)
        turn = Turn(session, asked, time.time() - asked, in_scope, status)
        turn = _read(turn, answer) if status == http.client.OK else turn._replace(detail=str(answer)[:_SHOWN])
        self.turns.append(turn)
        return turn

    def _send(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        try:
            return call(self._stack, "POST", path, self._token, body)
        except OSError as error:
            return 0, repr(error)

    def find_problems(self, begin: float, end: float) -> list[str]:
        """Return what went wrong: turns that failed, and those between two moments that misjudged the incident."""
        failed = [one for one in self.turns if one.status != http.client.OK]
        problems = [
            f"turn {one.session} failed after {one.seconds:.1f} s with {one.status}: {one.detail}" for one in failed[:5]
        ]
        if len(failed) > len(problems):
            problems.append(f"{len(failed)} turns failed in all")
        whole = [one for one in self.turns if one.status == http.client.OK and "incidents" not in one.degraded]
        during = [one for one in whole if one.asked > begin and one.asked + one.seconds < end]
        wrong = [one.session for one in during if one.told is not one.in_scope and not one.degraded]
        if wrong:
            problems.append(f"{len(wrong)} turns did not heed the incident, or heeded it out of scope: {wrong[:5]}")
        return problems

    def first_told(self) -> float | None:
        """Return when the first turn was asked that told of the incident, seconds since 1970."""
        return min((one.asked for one in self.turns if one.told), default=None)

    def summary(self) -> dict[str, Any]:
        """Return how many turns there were, what came of them, and how long they took, milliseconds."""
        taken = sorted(one.seconds * 1000 for one in self.turns)
        return {
            "turns": len(taken),
            "retried": self.retried,
            "failed": sum(one.status != http.client.OK for one in self.turns),
            "degraded": sum(bool(one.degraded) for one in self.turns),
            "hand_overs": sum(one.handoff_id is not None for one in self.turns),
            "p50_ms": round(statistics.median(taken), 1),
            "p95_ms": round(taken[int(len(taken) * 0.95)], 1),
            "longest_ms": round(taken[-1], 1),
        }


def _read(turn: Turn, answer: dict[str, Any]) -> Turn:
    handoff = answer["handoff"]
    return turn._replace(
        told=answer["incident"] is not None,
        degraded=tuple(answer["degraded"]),
        handoff_id=handoff["handoff_id"] if handoff else None,
    )
