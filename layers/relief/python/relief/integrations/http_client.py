"""Call desks over HTTP: signed, with short time-outs, to public addresses alone, and without following anybody."""

import json
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import jmespath
from jmespath.exceptions import JMESPathError
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, Retry, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from relief.contracts.targets import TargetConfig
from relief.errors import DeliveryDelayed, DeliveryRefused
from relief.integrations.calls import Authorization, Call, HttpCall
from relief.integrations.credentials import Credential
from relief.integrations.retry_after import read_retry_after
from relief.integrations.signature import IDEMPOTENCY_KEY, SIGNATURE, TIMESTAMP, sign

_CONNECT_SECONDS: Final = 1.0
_MAY_PASS: Final = frozenset({408, 409, 425, 429})
_MAY_NAME_A_TIME: Final = frozenset({429, 503})
_FIRST_SERVER_ERROR: Final = 500
_SUCCESS: Final = range(200, 300)
_MAX_ANSWER_BYTES: Final = 1024 * 1024


class HttpClient:
    """Makes the calls of one desk, over a pool of connections of its own."""

    def __init__(self, config: TargetConfig, seconds: float, clock: Callable[[], float] = time.time) -> None:
        """Keep the configuration. ``seconds`` is how long an answer may take; ``clock`` is in seconds since 1970."""
        self._config = config
        self._parts = urlsplit(config.url or "")
        self._seconds = seconds
        self._clock = clock
        self._rests_until = 0.0

    @cached_property
    def _pool(self) -> HTTPConnectionPool:
        secure = self._parts.scheme == "https"
        pool = (HTTPSConnectionPool if secure else HTTPConnectionPool)(
            self._parts.hostname or "",
            self._parts.port,
            timeout=Timeout(connect=_CONNECT_SECONDS, read=self._seconds),
            retries=Retry(0, redirect=False),
            maxsize=10,
        )
        if not self._config.private:
            # The address is checked on the connection itself, so that no name can lead elsewhere after the check.
            pool.ConnectionCls = _PublicHttps if secure else _PublicHttp
        return pool

    def call(self, call: HttpCall, credential: Credential, authorization: Authorization | None, once: str) -> Any:  # noqa: ANN401 - the answer's JSON
        """Make one call and return the answer's JSON, ``None`` when it is none.

        Args:
            call: What is asked for; names in its path are filled in already.
            credential: What signs and authorises it.
            authorization: How the vendor wants to be authorised.
            once: The idempotency key, which is the same at every attempt.

        Raises:
            DeliveryDelayed: no answer, or one that may be another the next time (408, 409, 425, 429, 5xx). One that
                names a time is believed: until then this client asks nothing more of the desk, for no hand-over.
            DeliveryRefused: an answer that will not change (other 4xx, redirections).
        """
        now = self._clock()
        if now < self._rests_until:
            message = "the desk asked to be left alone"
            raise DeliveryDelayed(message, self._rests_until - now)
        body, kind = _encode(call)
        timestamp = str(int(now))
        headers = {
            "Content-Type": kind,
            "Accept": "application/json",
            "User-Agent": "relief",
            IDEMPOTENCY_KEY: once,
            TIMESTAMP: timestamp,
            **({SIGNATURE: sign(credential.signing_key, timestamp, body)} if credential.signing_key else {}),
            **(credential.header(authorization) if authorization else {}),
        }
        try:
            answer = self._pool.urlopen(
                call.method, self._parts.path.rstrip("/") + call.path or "/", body=body, headers=headers, redirect=False
            )
        except HTTPError as error:
            raise DeliveryDelayed(type(error).__name__) from error
        return self._read(answer)

    def _read(self, answer: Any) -> Any:  # noqa: ANN401 - urllib3's answer; any JSON
        response: HTTPResponse = answer
        if response.status in _MAY_PASS or response.status >= _FIRST_SERVER_ERROR:
            now = self._clock()
            named = response.headers.get("Retry-After") if response.status in _MAY_NAME_A_TIME else None
            wait = read_retry_after(named, now)
            if wait is not None:
                self._rests_until = now + wait
            raise DeliveryDelayed(str(response.status), wait)
        if response.status not in _SUCCESS:
            raise DeliveryRefused(str(response.status))
        try:
            return json.loads(response.data[:_MAX_ANSWER_BYTES])
        except ValueError:
            return None


def capture(call: Call, answer: Any) -> Mapping[str, str]:  # noqa: ANN401 - any JSON
    """Return what later calls need of an answer.

    Raises:
        DeliveryRefused: it is not there.
    """
    found: dict[str, str] = {}
    for name, expression in call.capture.items():
        value = search(expression, answer)
        if not isinstance(value, str):
            message = f"no {name} in the answer"
            raise DeliveryRefused(message)
        found[name] = value
    return found


def search(expression: str, answer: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return what an expression finds in an answer; nothing in one of another shape."""
    try:
        return jmespath.search(expression, answer)
    except JMESPathError:
        return None


def _encode(call: HttpCall) -> tuple[bytes, str]:
    if call.form is not None:
        return urlencode(call.form).encode(), "application/x-www-form-urlencoded"
    if call.body is None:
        return b"", "application/json"
    return json.dumps(call.body, ensure_ascii=False, separators=(",", ":")).encode(), "application/json"


def _require_public(connection: HTTPConnection) -> None:
    """Close a connection to an address that is not public before anything is sent over it."""
    address = connection.sock.getpeername()[0] if connection.sock else ""
    if not ip_address(address.partition("%")[0]).is_global:
        connection.close()
        message = "the address is not public; set `private` for a desk in the own network"
        raise DeliveryRefused(message)


class _PublicHttps(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _require_public(self)


class _PublicHttp(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _require_public(self)
