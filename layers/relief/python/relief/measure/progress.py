"""A progress bar on a terminal, and nothing where nobody watches."""

import sys
from typing import TextIO

_WIDTH = 30


class ProgressBar:
    """Counts up to a number on one line."""

    def __init__(self, what: str, number: int, out: TextIO | None = None) -> None:
        """Show nothing unless ``out``, standard error by default, is a terminal."""
        self._out = out or sys.stderr
        self._what = what
        self._number = number
        self._done = 0
        self._shown = self._out.isatty()

    def advance(self, steps: int = 1) -> None:
        """Count on."""
        self._done += steps
        if not self._shown:
            return
        filled = round(_WIDTH * min(1, self._done / max(1, self._number)))
        bar = "█" * filled + "░" * (_WIDTH - filled)
        self._out.write(f"\r{self._what} {bar} {self._done}/{self._number}")
        if self._done >= self._number:
            self._out.write("\n")
        self._out.flush()
