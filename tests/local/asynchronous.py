"""Asynchronous invocations of functions: nobody waits for the answer, and failures are tried again."""

import logging
import threading
from typing import Final

from tests.local.functions import Functions, ThrottledError
from tests.local.workers import WorkerPool

# Lambda's default: two more attempts. The pauses are one and two minutes there, which no test wants to wait for.
_ATTEMPTS: Final = 3
_PAUSE_SECONDS: Final = 0.05

_log = logging.getLogger(__name__)


class AsynchronousInvocations:
    """Lambda's queue of events that wait for their function."""

    def __init__(self, functions: Functions, workers: WorkerPool) -> None:
        self._functions = functions
        self._workers = workers
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.pending = 0
        """How many invocations have not come to an end."""

    def invoke(self, name: str, payload: bytes) -> None:
        """Invoke a function, and return at once."""
        with self._lock:
            self.pending += 1
        self._workers.submit(lambda: self._run(name, payload))

    def stop(self) -> None:
        """Try nothing again."""
        self._stopped.set()

    def _run(self, name: str, payload: bytes) -> None:
        try:
            for _ in range(_ATTEMPTS):
                if self._succeeds(name, payload) or self._stopped.wait(_PAUSE_SECONDS):
                    return
            _log.warning("%s failed %d times and its event is lost", name, _ATTEMPTS)
        finally:
            with self._lock:
                self.pending -= 1

    def _succeeds(self, name: str, payload: bytes) -> bool:
        try:
            return self._functions.invoke(name, payload).error is None
        except ThrottledError:
            return False
