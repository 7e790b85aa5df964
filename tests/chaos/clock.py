"""Time that passes only when somebody waits: hang, back-off and pause cost nothing to simulate."""

from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 11, 23, 10, tzinfo=UTC)


class Clock:
    """The one clock of a simulated world."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        """Seconds since the beginning."""
        self.skew = 0.0
        """Seconds by which the machine that is looked at goes fast (or slow, when negative)."""

    def read(self) -> float:
        """Return the seconds since the beginning, as a monotonic clock does."""
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.elapsed += max(0.0, seconds)

    def now(self, _zone: object = None) -> datetime:
        """Return the time that a machine with this skew reads."""
        return START + timedelta(seconds=self.elapsed + self.skew)
