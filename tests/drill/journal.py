"""Tells how far a game day is, with times, and how much of its own time it has left."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, TextIO

_EVERY_SECONDS: Final = 5.0


class Journal:
    """Lines with times on a stream, and a limit that every wait keeps to."""

    def __init__(self, limit_seconds: float = 600.0, stream: TextIO | None = None) -> None:
        """Begin now. Without a stream nothing is written."""
        self._started = time.monotonic()
        self._limit_seconds = limit_seconds
        self._stream = stream

    def note(self, text: str) -> None:
        """Write a line."""
        if self._stream is not None:
            print(f"[{self._elapsed():7.1f} s] {text}", file=self._stream, flush=True)

    def left(self) -> float:
        """Return how long anything may still take, seconds; never less than none."""
        return max(0.0, self._limit_seconds - self._elapsed())

    def sleep(self, seconds: float) -> None:
        """Wait, at most as long as there is time left."""
        time.sleep(min(seconds, self.left()))

    @contextlib.contextmanager
    def counting(self, what: str, total: int, count: Callable[[], int]) -> Iterator[None]:
        """Write every five seconds how far something is, as long as the context lasts, and at its end."""
        ended = threading.Event()
        begun = time.monotonic()

        def tell() -> None:
            done, seconds = count(), time.monotonic() - begun
            rate = done / seconds
            ahead = f", about {(total - done) / rate:.0f} s left" if 0 < done < total else ""
            self.note(f"{what}: {done:,} of {total:,} after {seconds:.0f} s, {rate:.0f}/s{ahead}")

        def work() -> None:
            while not ended.wait(_EVERY_SECONDS):
                tell()

        thread = threading.Thread(target=work, name="journal", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            tell()

    def _elapsed(self) -> float:
        return time.monotonic() - self._started
