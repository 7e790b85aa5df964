"""Calls from one process of the local stack to the other: a message goes, an answer comes, many at a time."""

import threading
from collections import deque
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from typing import Any, Final

_NOT_KEPT: Final = 32
"""So many connections lie idle at most; who needs another opens and closes one."""


class LateError(Exception):
    """The answer did not come in time; the other side may still be at it."""


class Answerer:
    """Answers calls, each connection on a thread of its own."""

    def __init__(self, key: bytes, answer: Callable[[Any], Any]) -> None:
        """Listen on an address of its own choosing; ``answer`` turns a message into an answer and raises nothing."""
        self._listener = Listener(authkey=key, backlog=64)
        self._key = key
        self._stopped = False
        self._answer = answer
        self._thread = threading.Thread(target=self._accept, name="calls", daemon=True)

    @property
    def address(self) -> Any:
        """Where callers find it."""
        return self._listener.address

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Accept nobody new; connections end when their callers close them."""
        self._stopped = True
        # Whoever waits for somebody to come notices nothing else.
        Client(self._listener.address, authkey=self._key).close()
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError, AuthenticationError):
                continue
            if self._stopped:
                connection.close()
                return
            threading.Thread(target=self._serve, args=(connection,), name="call", daemon=True).start()

    def _serve(self, connection: "Connection[Any, Any]") -> None:
        with connection:
            try:
                while True:
                    connection.send(self._answer(connection.recv()))
            except (EOFError, OSError):
                return


class Caller:
    """Makes calls, on as many connections as there are calls under way."""

    def __init__(self, address: Any, key: bytes) -> None:
        """Connect later, when there is something to say."""
        self._address = address
        self._key = key
        self._idle: deque[Connection[Any, Any]] = deque(maxlen=_NOT_KEPT)

    def call(self, message: Any, patience: float | None = None) -> Any:
        """Send a message and return the answer.

        Args:
            message: anything that can be pickled.
            patience: seconds; without, however long it takes.

        Raises:
            LateError: no answer came in time.
            OSError, EOFError: the other process is gone.
        """
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = Client(self._address, authkey=self._key)
        connection.send(message)
        if patience is not None and not connection.poll(patience):
            connection.close()
            raise LateError
        answer = connection.recv()
        self._idle.append(connection)
        return answer

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()
