"""A circuit breaker: what keeps failing is left alone for a while, so that nobody waits for it."""

import time
from collections.abc import Callable


class Breaker:
    """Opens after some failures in a row; after a pause one attempt is let through, and decides."""

    def __init__(self, failures: int = 3, pause: float = 30.0, clock: Callable[[], float] = time.monotonic) -> None:
        """Close the circuit. ``pause`` and ``clock`` are in seconds."""
        self._limit = failures
        self._pause = pause
        self._clock = clock
        self._failed = 0
        self._opened_at: float | None = None

    def allows(self) -> bool:
        """Tell whether an attempt may be made now."""
        if self._opened_at is None:
            return True
        if self._clock() - self._opened_at < self._pause:
            return False
        # One attempt; until it has ended well, the next one waits for another pause.
        self._opened_at = self._clock()
        return True

    def note(self, *, succeeded: bool) -> None:
        """Take the end of an attempt into account."""
        self._failed = 0 if succeeded else self._failed + 1
        self._opened_at = self._clock() if self._failed >= self._limit else None
