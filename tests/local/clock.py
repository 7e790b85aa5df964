"""Fires the schedules of a stack by the clock, as EventBridge does: the first time when its interval has passed."""

import heapq
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from tests.local.parts import RuleTarget

_STOP_SECONDS: Final = 1.0


class Clock:
    """The schedules of one stack, on a thread that sleeps until the next one is due."""

    def __init__(
        self,
        targets: Iterable[RuleTarget],
        fire: Callable[[RuleTarget], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare the schedules.

        Args:
            targets: What is started; those without an interval are left out.
            fire: Starts a target and returns at once.
            now: Seconds that only ever go forward.
        """
        self._fire = fire
        self._now = now
        self._stopped = threading.Event()
        started = now()
        self._due = [
            (started + target.every_seconds, position, target.every_seconds, target)
            for position, target in enumerate(targets)
            if target.every_seconds
        ]
        heapq.heapify(self._due)
        self._thread = threading.Thread(target=self._work, name="clock", daemon=True)

    def start(self) -> None:
        """Begin to fire."""
        self._thread.start()

    def stop(self) -> None:
        """Fire nothing more."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(_STOP_SECONDS)

    def fire_due(self) -> float | None:
        """Fire what is due; return the seconds until the next time, None when there is no schedule.

        A machine that slept through several intervals fires once, not once for each.
        """
        while self._due:
            due, position, interval, target = self._due[0]
            now = self._now()
            if due > now:
                return due - now
            following = due + interval if due + interval > now else now + interval
            heapq.heapreplace(self._due, (following, position, interval, target))
            self._fire(target)
        return None

    def _work(self) -> None:
        while (seconds := self.fire_due()) is not None and not self._stopped.wait(seconds):
            pass
