"""Clients that behave as bots and desks do, in a process of their own, so that they take nothing of the server's memory.

Every session that a client has finished goes to the ledger (``tests.load.ledger``): what was sent, and what the answers
promised.
"""

import http.client
import json
import random
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

TEXTS: Final = (
    "Hi, I think I was charged twice for order A-20391 last week, can you check?",
    "the date was the 3rd, it says 49.90 both times",
    "ok and how long does that usually take?",
    "that did not work either",
    "this is ridiculous, third time I write!!",
    "thanks, that helped",
    "what does PENDING mean next to the other",
    "is the return free of charge",
)
REQUESTS: Final = ("I want to talk to a human", "can I speak to a real person please")
UNRECORDED: Final = frozenset({"context", "remember", "workflow", "route"})
_LONG_SESSION, _SHORT_SESSION, _BURST = 20, 2, 5
_TIMEOUT_SECONDS: Final = 60.0
_MOST_TRIES: Final = 200
_TOO_MANY: Final = 429


@dataclass
class Finished:
    """A session that a client is done with."""

    session_id: str
    decisions: list[str] = field(default_factory=list)
    """Decisions that were answered with 200 and are to be remembered."""
    failed_open: int = 0
    """Turns whose answer says that they could not be remembered; the hand-over that they promise is expected all the same."""
    handoffs: list[str] = field(default_factory=list)
    """Hand-overs that were promised."""
    events: list[tuple[str, str]] = field(default_factory=list)
    """Events of the desk that were applied: hand-over and event."""


@dataclass(frozen=True)
class Phase:
    """A stretch of time with so many clients, each with a pause between its requests."""

    name: str
    clients: int
    seconds: float
    pause: float = 0.0


@dataclass(frozen=True)
class Sample:
    """One request."""

    phase: str
    kind: str
    status: int
    milliseconds: float


class Client:
    """One client with its own connection."""

    def __init__(self, url: str, token: str, phase: Phase, number: int, samples: list[Sample]) -> None:
        """Keep what is needed; nothing is sent yet."""
        self._address = urlsplit(url)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._phase = phase
        self._name = f"{phase.name}-{number}-{time.time_ns() % 10**9}"
        self._chance = random.Random(f"{phase.name}/{number}")
        self._samples = samples
        self._connection: http.client.HTTPConnection | None = None

    def run(self, finished: "Queue[Finished | None]") -> None:
        """Hold sessions, one after the other, until the phase's time is up."""
        until = time.monotonic() + self._phase.seconds
        number = 0
        while time.monotonic() < until:
            number += 1
            finished.put(self._hold_session(f"load-{self._name}-{number}", until))

    def _hold_session(self, session_id: str, until: float) -> Finished:
        session = Finished(session_id)
        length = _LONG_SESSION if self._chance.random() < 0.5 else _SHORT_SESSION
        path = f"/v1/sessions/{session_id}/turns"
        for number, body in enumerate(self._turns(length), 1):
            status, answer = self._send("turn", "POST", path, {"turn_id": f"t{number}", "channel": "web_chat", **body})
            if status == 200:
                if UNRECORDED & set(answer["degraded"]):
                    session.failed_open += 1
                else:
                    session.decisions.append(answer["decision_id"])
                handoff = answer.get("handoff")
                if handoff and handoff["handoff_id"] not in session.handoffs:
                    session.handoffs.append(handoff["handoff_id"])
                    self._take_over(session, handoff["handoff_id"])
            if time.monotonic() >= until:
                break
        if self._chance.random() < 0.2:
            self._send("context", "GET", f"/v1/sessions/{session_id}/context?view=agent", None)
        return session

    def _turns(self, length: int) -> Iterator[dict[str, Any]]:
        """Yield turns: words most of the time, now and then a burst of behaviour, and sometimes a plain request."""
        while length > 0:
            if self._chance.random() < 0.1:
                for _ in range(min(_BURST, length)):
                    length -= 1
                    yield {"telemetry": [{"kind": "control_clicked", "target": "pay", "seconds": 1}]}
                continue
            length -= 1
            asks = self._chance.random() < 0.05
            yield {"journey": "billing_dispute", "text": self._chance.choice(REQUESTS if asks else TEXTS)}

    def _take_over(self, session: Finished, handoff_id: str) -> None:
        """Let the desk accept a hand-over and give it back, as far as it is there already."""
        path = f"/v1/handoffs/{handoff_id}/events"
        for kind in ("accepted", "returned"):
            status, answer = self._send("event", "POST", path, {"event_id": kind, "kind": kind})
            if status == 200 and answer["applied"]:
                session.events.append((handoff_id, kind))

    def _send(self, kind: str, method: str, path: str, document: Mapping[str, Any] | None) -> tuple[int, Any]:
        """Send a request until the gateway lets it in; every attempt is a sample."""
        body = None if document is None else json.dumps(document).encode()
        status, content = 0, b""
        for _ in range(_MOST_TRIES):
            began = time.perf_counter()
            status, content = self._request(method, path, body)
            self._samples.append(Sample(self._phase.name, kind, status, (time.perf_counter() - began) * 1000))
            time.sleep(self._phase.pause)
            if status != _TOO_MANY:
                break
            time.sleep(self._chance.uniform(0.2, 1.0))
        return status, json.loads(content) if status == 200 else None

    def _request(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        if self._connection is None:
            host, port = self._address.hostname or "", self._address.port
            self._connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
        try:
            self._connection.request(method, path, body, self._headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self._connection = None
            return 599, b""


def run_phases(
    url: str, token: str, phases: list[Phase], finished: "Queue[Finished | None]", results: "Queue[list[Sample]]"
) -> None:
    """Run the phases one after the other; at the end the ledger is told that there is no more."""
    samples: list[Sample] = []
    for phase in phases:
        clients = [Client(url, token, phase, number, samples) for number in range(phase.clients)]
        threads = [threading.Thread(target=client.run, args=(finished,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finished.put(None)
    results.put(samples)
