"""Sign and verify bodies that cross the network: HMAC-SHA256 over time and body, as most webhooks do it.

``X-Relief-Signature: sha256=<hex of HMAC(key, "<timestamp>.<body>")>`` with ``X-Relief-Timestamp`` in seconds since
1970. Chatwoot signs the same way under headers of its own name.
"""

import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Final

from relief.errors import SignatureInvalid

TIMESTAMP: Final = "X-Relief-Timestamp"
SIGNATURE: Final = "X-Relief-Signature"
IDEMPOTENCY_KEY: Final = "Idempotency-Key"

TOLERANCE_SECONDS: Final = 300
"""How old a signature may be, or how far ahead the sender's clock."""

_SCHEME: Final = "sha256="


def sign(key: str, timestamp: str, body: bytes) -> str:
    """Return the signature's header value."""
    return _SCHEME + hmac.new(key.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()


def verify(
    keys: Sequence[str], headers: Mapping[str, str], body: bytes, now_seconds: float, prefix: str = "x-relief"
) -> None:
    """Check the signature of a body that came in.

    Args:
        keys: The keys that are valid now: two while one replaces the other.
        headers: The request's headers, names in lower case.
        body: The body as it came, byte by byte.
        now_seconds: The time, seconds since 1970.
        prefix: Begins the names of the two headers.

    Raises:
        SignatureInvalid: it is missing, too old, or made with another key or for another body.
    """
    timestamp = headers.get(f"{prefix}-timestamp", "")
    signature = headers.get(f"{prefix}-signature", "")
    fresh = timestamp.isascii() and timestamp.isdigit() and abs(now_seconds - int(timestamp[:12])) <= TOLERANCE_SECONDS
    matches = [hmac.compare_digest(sign(key, timestamp, body).encode(), signature.encode()) for key in keys if key]
    if not (fresh and any(matches)):
        message = "Sign the body and the time with the installation's key, and send it within five minutes."
        raise SignatureInvalid(message)
