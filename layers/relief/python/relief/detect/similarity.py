"""Compare messages without keeping their words: sketches of word stems, and quantised embeddings."""

import base64
import binascii
import hashlib
import math
from array import array
from collections.abc import Iterable
from operator import eq, mul
from struct import Struct

from relief.detect.words import NUMBER, PLACEHOLDER, Message, Spelling, WordReader

_HASHES = 32
_ROW = Struct(f"<{_HASHES}H")
_FEWEST_STEMS = 2
"""A sketch of a single word would call every "yes" a repetition."""

_ENDINGS = (
    "ations",
    "ation",
    "ingly",
    "ments",
    "ment",
    "ings",
    "ing",
    "edly",
    "ies",
    "ied",
    "ed",
    "es",
    "ly",
    "s",
    "e",
)
_SHORTEST_STEM = 3
_STOP_WORDS = frozenset(
    "a an the and or but if so of to in on at for with by from as is are was were be been am do does did have has had "
    "i you he she it we they me him her us them my your his its our their this that these those there here what which "
    "who when where why how not no yes ok okay can could will would should shall may might must just please thanks "
    "thank hi hello hey dear again still very really now then than too also about into out up down over get got".split()
)
_READER = WordReader(Spelling({}), (), ())


def sketch(text: str, message: Message | None = None) -> str:
    """Return a MinHash of the text's word stems (32 values of 8 bits, base64), or nothing for too few words.

    ``message`` saves reading the text where that has been done.
    """
    stems = _stems(text, message or _READER.read(text))
    if len(stems) < _FEWEST_STEMS:
        return ""
    rows = [_hashes(stem) for stem in stems]
    return base64.b64encode(bytes(min(column) & 0xFF for column in zip(*rows, strict=True))).decode("ascii")


def sketch_similarity(one: str, other: str) -> float:
    """Return the share of stems that two sketched texts have in common (estimated Jaccard index)."""
    if not one or not other:
        return 0.0
    first, second = _decoded(one), _decoded(other)
    if len(first) != _HASHES or len(second) != _HASHES:
        return 0.0
    alike: int = sum(map(eq, first, second))
    return alike / _HASHES


def embedding_similarity(one: str, other: str) -> float | None:
    """Return the cosine of two quantised embeddings (signed bytes), or None where they cannot be compared."""
    if not one or not other:
        return None
    first, second = array("b", _decoded(one)), array("b", _decoded(other))
    if not first or len(first) != len(second):
        return None
    size = math.sqrt(sum(map(mul, first, first)) * sum(map(mul, second, second)))
    return sum(map(mul, first, second)) / size if size else None


def _stems(text: str, message: Message) -> set[str]:
    stems: set[str] = set()
    words: set[str] = set()
    for word, (start, end) in zip(message.words, message.spans, strict=True):
        if word == NUMBER:
            stems.add(text[start:end])
        elif word not in _STOP_WORDS and word != PLACEHOLDER:
            words.add(word)
    stems.update(map(_stem, words))
    return stems


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            return word[: -len(ending)]
    return word


def _hashes(stem: str) -> Iterable[int]:
    digest = hashlib.blake2b(stem.encode("utf-8", "surrogatepass"), digest_size=_ROW.size).digest()
    return _ROW.unpack(digest)


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""
