"""How long the work of a thread is waited for, and who has earned to be waited for without a clock on another thread.

Handing work to another thread and waking up again costs more than most of the work that a turn consists of.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Final

_QUICK_IN_A_ROW: Final = 5
_SHARE_OF_THE_LIMIT: Final = 0.25


class _Patience(threading.local):
    until = math.inf


_patience = _Patience()


def waited_for_until(moment: float, work: Callable[[], object]) -> None:
    """Do work that somebody waits for, until this moment on the monotonic clock and no longer."""
    before = _patience.until
    _patience.until = min(before, moment)
    try:
        work()
    finally:
        _patience.until = before


def nobody_waits_after(moment: float) -> bool:
    """Tell whether what this thread does is of no use to anybody after the given moment."""
    return _patience.until <= moment


def seconds_left() -> float:
    """Return how long what this thread does is still waited for; infinite where nobody has set a limit."""
    return max(0.0, _patience.until - time.monotonic())


class Habits:
    """Remembers what was quick of late.

    Who waits for it may do it on the same thread, and see afterwards whether it was late. What hangs for once in spite
    of its habits is then waited for as long as it takes; what is told to hang never counts as quick.
    """

    def __init__(self, may_hang: Callable[[], bool]) -> None:
        """Begin without trusting anybody; ``may_hang`` tells whether something was told to hang."""
        self._may_hang = may_hang
        self._rows: dict[int, tuple[object, int]] = {}

    def are_quick(self, work: object) -> bool:
        """Tell whether the last few times all took a small share of the time allowed."""
        return self._rows.get(id(work), (work, 0))[1] >= _QUICK_IN_A_ROW and not self._may_hang()

    def note(self, work: object, began: float, limit: float) -> None:
        """Note that work ended now which began at a moment on the monotonic clock and may take `limit` seconds."""
        quick = time.monotonic() - began < limit * _SHARE_OF_THE_LIMIT
        # The work is kept too, so that nothing else can get its identity.
        self._rows[id(work)] = work, self._rows.get(id(work), (work, 0))[1] + 1 if quick else 0
