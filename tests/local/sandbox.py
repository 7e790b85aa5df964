"""Runs the functions in a process of their own, as Lambda does, so that two processors share the work of a turn.

The stack's process starts the sandbox and tells it by its standard input what to load. From then on each calls the other: the stack to invoke functions, and the functions' boto3 clients to ask the services.
"""

import contextlib
import os
import pickle
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from botocore.awsrequest import AWSPreparedRequest

from tests.local import hook
from tests.local.channels import Answerer, Caller, LateError
from tests.local.errors import LocalStackError
from tests.local.faults import Faults
from tests.local.functions import Functions, Invocation, failed
from tests.local.lasting import lasting
from tests.local.moto_backends import JSON_SERVICES, Response
from tests.local.parts import Function
from tests.local.powertools_state import metrics_unread, powertools_per_thread
from tests.local.services import Services
from tests.local.workers import WorkerPool

_GRACE_SECONDS: Final = 1.0
"""The sandbox itself says when a function is late; so much later it must be the sandbox that is."""
_STOP_SECONDS: Final = 2.0
_KEY_BYTES: Final = 32


@dataclass(frozen=True)
class _Errand:
    """What the sandbox is told at its start."""

    functions: Sequence[Function]
    overrides: Mapping[str, str]
    import_path: Sequence[str]
    services: Any
    """The address at which the services answer."""
    key: bytes


@dataclass(frozen=True)
class _Ready:
    """What the sandbox tells when it has loaded the functions."""

    address: Any
    problems: Mapping[str, str]


class Sandbox:
    """The functions' process, as the stack sees it."""

    def __init__(self, functions: Sequence[Function], overrides: Mapping[str, str], import_path: Sequence[str]) -> None:
        """Start the process, with the environment variables of this one; it loads while this one goes on."""
        self._key = secrets.token_bytes(_KEY_BYTES)
        self._services: Services | None = None
        self._answerer = Answerer(self._key, self._answer)
        self._answerer.start()
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from tests.local.sandbox import main; raise SystemExit(main())"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "MALLOC_ARENA_MAX": "2"},
        )
        errand = _Errand(functions, overrides, import_path, self._answerer.address, self._key)
        if self._process.stdin is None or self._process.stdout is None:
            raise LocalStackError("The functions' process has no input.")
        # The pipe stays open: that it ends tells the sandbox that nobody needs it any more.
        pickle.dump(errand, self._process.stdin)
        self._process.stdin.flush()
        self._caller: Caller | None = None

    def begin(self, services: Services) -> dict[str, str]:
        """Wait until the functions are loaded, and answer their clients from now on.

        Returns:
            What could not be loaded: logical id to message.

        Raises:
            LocalStackError: The process ended.
        """
        self._services = services
        try:
            ready: _Ready = pickle.load(self._process.stdout)  # type: ignore[arg-type] # noqa: S301 - from our own process
        except EOFError as error:
            message = "The functions' process ended before it had begun; what it printed says why."
            raise LocalStackError(message) from error
        self._caller = Caller(ready.address, self._key)
        return dict(ready.problems)

    def invoke(self, function: Function, payload: bytes) -> Invocation:
        """Invoke a function there."""
        if self._caller is None:
            return failed("Runtime.ExitError", "The functions' process has not begun.")
        try:
            answer: Invocation = self._caller.call((function.name, payload), function.timeout + _GRACE_SECONDS)
        except LateError:
            return failed("Sandbox.Timedout", f"Task timed out after {function.timeout:.2f} seconds")
        except (OSError, EOFError):
            return failed("Runtime.ExitError", "The functions' process is gone; start the local stack again.")
        return answer

    @property
    def process_id(self) -> int:
        """The number of the process."""
        return self._process.pid

    def stop(self) -> None:
        """End the process."""
        if self._caller is not None:
            self._caller.close()
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._answerer.stop()

    def _answer(self, message: tuple[Any, ...]) -> Response | None:
        """Answer a client of a function."""
        if self._services is None:
            return 503, {}, b""
        if message[0] == "direct":
            service, operation, target, headers, body = message[1:]
            return self._services.respond_directly(service, operation, target, {"headers": headers, "body": body})
        service, operation, method, url, headers, body = message[1:]
        request = AWSPreparedRequest(
            method=method, url=url, headers=hook.headers_of(headers), body=body, stream_output=False
        )
        return self._services.respond(service, operation, request)


class _FarServices:
    """The services, as the functions' process sees them."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def respond(self, service: str, operation: str, request: AWSPreparedRequest) -> Response:
        body = request.body
        content = body if body is None or isinstance(body, str | bytes) else body.read()
        message = ("sent", service, operation, request.method, request.url, dict(request.headers), content)
        answer: Response = self._caller.call(message)
        return answer

    def respond_directly(
        self, service: str, operation: str, target: str, request: Mapping[str, Any]
    ) -> Response | None:
        if service not in JSON_SERVICES:
            return None
        message = ("direct", service, operation, target, dict(request["headers"]), request["body"])
        answer: Response | None = self._caller.call(message)
        return answer


def main() -> int:
    """Load the functions, and serve until the stack is gone."""
    # ^C reaches every process of the terminal; the stack's own says when this one is to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    errand: _Errand = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the process that started this one
    sys.path.extend(folder for folder in errand.import_path if folder not in sys.path)
    ready_pipe, sys.stdout = sys.stdout.buffer, sys.stderr
    services = Caller(errand.services, errand.key)
    hook.plug_in(_FarServices(services))
    with powertools_per_thread(), metrics_unread():
        functions = Functions(errand.functions, Faults(), WorkerPool("functions"), errand.overrides)
        answerer = Answerer(errand.key, lambda message: functions.invoke(*message))
        problems = functions.load_all()
        answerer.start()
        pickle.dump(_Ready(answerer.address, problems), ready_pipe)
        ready_pipe.flush()
        gone = threading.Event()
        with lasting():
            while not gone.is_set():
                if not sys.stdin.buffer.read(1):
                    gone.set()
    return 0
