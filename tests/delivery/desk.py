"""A desk of somebody else: an HTTP server that checks signatures, keeps what it was given, and fails as desks do."""

import hmac
import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self

FAULTS: Final = ("429", "500", "503", "hang", "hang_after", "drop", "drop_after")
"""Answers that say "later", none in time, and none at all; "after" means that the desk has it by then."""


@dataclass
class Taken:
    """A request that the desk has taken in."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Desk:
    """The server and what it knows. ``share`` of the requests meet a fault; ``always`` is the answer to all of them."""

    key: str = "the installation's key"
    share: float = 0.0
    faults: tuple[str, ...] = FAULTS
    always: str | None = None
    hang_seconds: float = 0.5
    answers: dict[str, Any] = field(default_factory=dict)
    """Answers to GET requests by path."""

    seed: int = 20

    def __post_init__(self) -> None:
        """Bind a free port of this machine."""
        self._lock = threading.Lock()
        share = self.share
        self.forget()
        self.share = share
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Serve."""
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        """Forget everything, and be well."""
        self.taken: list[Taken] = []
        self.once: Counter[str] = Counter()
        """How often each idempotency key was acted upon."""
        self.met: Counter[str] = Counter()
        self.requested: Counter[str] = Counter()
        self.forged = 0
        self.answers.clear()
        self.retry_after: str | None = None
        """What 429 and 503 say of when to come again."""
        self.sequence: list[str | None] = []
        """What the next requests meet, before anything else."""
        self._random = random.Random(self.seed)
        self.cure()

    @property
    def duplicated(self) -> int:
        """How many deliveries were acted upon more than once."""
        return sum(count > 1 for count in self.once.values())

    def cure(self) -> None:
        """Let nothing fail any more."""
        self.share, self.always = 0.0, None
        self.retry_after = None
        self.sequence = []

    def fault(self) -> str | None:
        """Return what the next request meets."""
        with self._lock:
            if self.sequence:
                fault = self.sequence.pop(0)
            elif self.always is not None:
                fault = self.always
            else:
                fault = self._random.choice(self.faults) if self._random.random() < self.share else None
            self.met[fault or "200"] += 1
            return fault

    def is_signed(self, headers: dict[str, str], body: bytes) -> bool:
        """Check the signature as the README tells receivers to, without Relief's code."""
        signed = headers.get("x-relief-timestamp", "").encode() + b"." + body
        expected = "sha256=" + hmac.new(self.key.encode(), signed, sha256).hexdigest()
        fresh = abs(time.time() - float(headers.get("x-relief-timestamp") or 0)) < 300
        return fresh and hmac.compare_digest(expected, headers.get("x-relief-signature", ""))

    def take(self, method: str, path: str, headers: dict[str, str], body: bytes) -> None:
        """Act upon a request, unless its idempotency key is known."""
        with self._lock:
            key = headers["idempotency-key"]
            if self.once[key]:
                return
            self.once[key] += 1
            form = headers["content-type"] != "application/json"
            self.taken.append(Taken(method, path, headers, body.decode() if form else json.loads(body)))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        desk = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def do_POST(self) -> None:
                desk.requested[f"{self.command} {self.path}"] += 1
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                if not desk.is_signed(headers, body):
                    desk.forged += 1
                    self._say(401)
                    return
                fault = desk.fault()
                if fault is None or fault.endswith("_after"):
                    desk.take(self.command, self.path, headers, body)
                if fault is None:
                    self._say(200, {"taken": True})
                elif fault.isdigit():
                    self._say(int(fault))
                else:
                    if fault.startswith("hang"):
                        time.sleep(desk.hang_seconds)
                    self.close_connection = True

            do_PATCH = do_POST  # noqa: N815 - as above

            def do_GET(self) -> None:
                desk.requested[f"{self.command} {self.path}"] += 1
                self._say(200, desk.answers.get(self.path, {}))

            def _say(self, status: int, document: Any = None) -> None:
                content = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                if status in {429, 503} and desk.retry_after is not None:
                    self.send_header("Retry-After", desk.retry_after)
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the server's name
                pass

        return Handler
