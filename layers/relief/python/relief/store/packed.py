"""Documents as they are stored: deflated, because what is written for every turn is most of what the table costs.

On a conversation of twenty turns a session's memory took 55 % of its bytes so, and a decision 65 %;
DynamoDB charges each kilobyte that is written. A string rather than bytes: it travels through the workflow's JSON,
where nothing in it needs escaping, and every character of a JSON document that does counts twice.
"""

import zlib
from base64 import b64decode, b64encode
from typing import Final

MARK: Final = "deflate:"
"""What packed documents begin with: no JSON document does."""

_LEVEL: Final = 6
_SHORTEST: Final = 512
"""Characters: what is shorter does not get shorter."""


def pack(document: str) -> str:
    """Return a JSON document as it is stored: RFC 1950, base64, after a mark; a short one as it is."""
    if len(document) < _SHORTEST:
        return document
    return MARK + b64encode(zlib.compress(document.encode(), _LEVEL)).decode("ascii")


def unpack(stored: str) -> str:
    """Return the document that was stored, packed or not.

    Raises:
        ValueError: It was packed, and is damaged.
    """
    if not stored.startswith(MARK):
        return stored
    try:
        return zlib.decompress(b64decode(stored[len(MARK) :], validate=True)).decode()
    except zlib.error as damage:
        message = "a packed document is damaged"
        raise ValueError(message) from damage
