"""How long the work of a thread is waited for: who knows that need not have a clock of its own."""

import threading
from collections.abc import Callable


class _Patience(threading.local):
    until = 0.0


_patience = _Patience()


def waited_for_until(moment: float, work: Callable[[], object]) -> None:
    """Do work that somebody on another thread waits for, until this moment on the monotonic clock and no longer."""
    _patience.until = moment
    try:
        work()
    finally:
        _patience.until = 0.0


def nobody_waits_after(moment: float) -> bool:
    """Tell whether what this thread does is of no use to anybody after the given moment."""
    return 0.0 < _patience.until <= moment
