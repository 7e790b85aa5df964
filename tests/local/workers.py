"""Threads that are used again: starting one costs several times what handing over to a waiting one costs."""

import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

IDLE_SECONDS: Final = 5.0

Work = Callable[[], object]


class WorkerPool:
    """An unbounded pool: :meth:`submit` never waits, because the work may itself wait for work submitted later.

    A worker that finds nothing to do for :data:`IDLE_SECONDS` ends; :meth:`close` ends them all.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._idle: deque[_Worker] = deque()
        self._all: set[_Worker] = set()
        self._closed = False

    def submit(self, work: Work) -> None:
        """Run the work on another thread, at once. What it raises the thread reports, and nobody waits for it."""
        try:
            # Last in, first out: the workers at the other end get old enough to be dismissed.
            self._idle.pop().inbox.put(work)
        except IndexError:
            worker = _Worker(self, work)
            self._all.add(worker)
            worker.start()

    def close(self, timeout: float) -> int:
        """Dismiss the workers and wait at most `timeout` seconds for each; return how many are still busy."""
        self._closed = True
        workers = list(self._all)
        for worker in workers:
            worker.inbox.put(None)
        for worker in workers:
            worker.join(timeout)
        return sum(worker.is_alive() for worker in workers)

    def next_work(self, worker: "_Worker") -> Work | None:
        """Wait as an idle worker for the next work; None dismisses the worker."""
        if self._closed:
            return None
        self._idle.append(worker)
        try:
            return worker.inbox.get(timeout=IDLE_SECONDS)
        except Empty:
            try:
                self._idle.remove(worker)
            except ValueError:
                # Somebody took this worker off the list in the meantime, so the work is about to arrive.
                return worker.inbox.get()
            return None

    def forget(self, worker: "_Worker") -> None:
        """Take a worker that ends off the books."""
        self._all.discard(worker)

    @property
    def name(self) -> str:
        """What the threads are called after."""
        return self._name


class _Worker(threading.Thread):
    def __init__(self, pool: WorkerPool, first: Work) -> None:
        super().__init__(name=pool.name, daemon=True)
        self.inbox: SimpleQueue[Work | None] = SimpleQueue()
        self._pool = pool
        self._first = first

    def run(self) -> None:
        work: Work | None = self._first
        del self._first  # the work refers to its data, which must not live as long as the thread
        try:
            while work is not None:
                work()
                work = None  # as above: the thread may now wait for seconds
                work = self._pool.next_work(self)
        finally:
            self._pool.forget(self)
