"""Documents as they are stored: deflated, because what is written for every turn is most of what the table costs.

They begin with the words of a dictionary that both sides know, so that the names of fields and rules, which are most of
a short document, cost next to nothing: on 433 decisions of 56 gold conversations the answer took 33 % of its characters
so (60 % without the dictionary), the explanation 16 % (66 %), and a session's memory 49 % (60 %).
DynamoDB charges each kilobyte that is written. A string rather than bytes: it travels through the workflow's JSON,
where nothing in it needs escaping, and every character of a JSON document that does counts twice.
"""

import json
import re
import zlib
from base64 import b64decode, b64encode
from functools import cache
from pathlib import Path
from typing import Final

MARK: Final = "deflate"
"""What packed documents begin with, before the number of their dictionary and a colon: no JSON document does."""

_PACKED: Final = re.compile(rf"{MARK}(\d*):(.*)", re.DOTALL)
_NO_DICTIONARY: Final = ""
_NEWEST: Final = "1"
_LEVEL: Final = 6
_SHORTEST: Final = 512
"""Characters: what is shorter does not get shorter."""


def pack(document: str) -> str:
    """Return a JSON document as it is stored: RFC 1950, base64, after a mark; a short one as it is."""
    if len(document) < _SHORTEST:
        return document
    deflating = zlib.compressobj(_LEVEL, zdict=_dictionary(_NEWEST))
    deflated = deflating.compress(document.encode()) + deflating.flush()
    return f"{MARK}{_NEWEST}:{b64encode(deflated).decode('ascii')}"


def unpack(stored: str) -> str:
    """Return the document that was stored, packed or not, with whichever dictionary.

    Raises:
        ValueError: It was packed, and is damaged.
    """
    packed = _PACKED.fullmatch(stored)
    if packed is None:
        return stored
    number, text = packed.groups()
    try:
        inflating = zlib.decompressobj() if number == _NO_DICTIONARY else zlib.decompressobj(zdict=_dictionary(number))
        document = inflating.decompress(b64decode(text, validate=True)).decode()
    except (zlib.error, OSError) as damage:
        message = "a packed document is damaged"
        raise ValueError(message) from damage
    if not inflating.eof:
        message = "a packed document is damaged: it ends too early"
        raise ValueError(message)
    return document


@cache
def _dictionary(number: str) -> bytes:
    document = json.loads(Path(__file__).with_name(f"dictionary_{number}.json").read_bytes())
    text: str = document["text"]
    return text.encode()
