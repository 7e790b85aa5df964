"""Serves a WSGI application on a thread of its own, and stops doing so when told."""

import contextlib
import errno
import socket
import threading
from typing import Any, Final

from waitress.server import create_server

from tests.local.errors import LocalStackError

HOST: Final = "127.0.0.1"

# More than the limit of API Gateway, so that the front can refuse larger bodies in API Gateway's own words.
_MAX_BODY_BYTES: Final = 16 * 1024 * 1024


class HttpServer:
    """A server on this machine."""

    def __init__(self, application: Any, *, port: int, threads: int, name: str, option: str, host: str = HOST) -> None:
        """Bind the port; nothing is answered before :meth:`start`.

        Args:
            application: The WSGI application that answers.
            port: 0 takes a free one.
            threads: How many requests are answered at a time; more wait.
            name: What the server is for; with `option` it is part of the message when the port is taken.
            option: What the server is for, and the command line's option for its port: for the message when it is
                taken.
            host: The address to listen on, which only containers need to be another than 127.0.0.1.

        Raises:
            LocalStackError: The port is taken or not allowed.
        """
        self._map: dict[int, Any] = {}
        self._host = host
        self._server = create_server(
            application,
            map=self._map,
            sockets=[_bind(host, port, name, option)],
            threads=threads,
            ident=None,
            channel_timeout=300,
            connection_limit=500,
            max_request_body_size=_MAX_BODY_BYTES,
            asyncore_use_poll=True,
        )
        self._thread = threading.Thread(target=self._server.run, name=name, daemon=True)

    @property
    def url(self) -> str:
        """Where the server listens, without a slash at the end."""
        return f"http://{self._host}:{self._server.effective_port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop at once: requests under way lose their connection."""
        trigger = self._server.trigger
        if self._thread.ident is not None:
            # The loop ends when nothing is left to listen to, and its own thread must do the closing. A request that
            # ends at this moment may wake it before this does, and then there is nothing left to wake.
            with contextlib.suppress(OSError):
                trigger.pull_trigger(self._leave_nothing_to_listen_to)
            self._thread.join(timeout=1.0)
        # A request that ends later would wake the loop through a file descriptor that others may have by then.
        trigger.pull_trigger = _wake_nobody
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=0.3)
        self._server.close()

    def _leave_nothing_to_listen_to(self) -> None:
        for channel in list(self._map.values()):
            if channel is not self._server.trigger:
                channel.close()
        self._server.trigger.del_channel()


def _wake_nobody(_thunk: object = None) -> None:
    """Stand in for waking a loop that has ended."""


def _bind(host: str, port: int, name: str, option: str) -> socket.socket:
    """Take the port before waitress starts threads, which it leaves behind when it cannot have the port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            message = (
                f"Port {port} on {host}, meant for {name}, is taken: "
                f"stop what listens there, or choose another with {option}."
            )
            raise LocalStackError(message) from error
        message = f"Port {port} on {host} cannot be used for {name}: {str(error).rstrip('.')}."
        raise LocalStackError(message) from error
    return listener
