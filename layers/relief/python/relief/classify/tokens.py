"""Cut a message, and what was said before it, into the pieces that the encoder was trained on."""

import re
from dataclasses import dataclass
from typing import Any

MOST_SAID = 48
"""Pieces of what bot or agent said last; the end of it matters most."""

MOST_TOKENS = 256
_MOST_CHARACTERS = 2_000
"""More than the encoder can see; cutting early keeps hostile input cheap."""

_WORD = re.compile(r"[^\W\d_]+")
_LATIN_ENDS = 0x250


@dataclass(frozen=True, slots=True)
class Pieces:
    """Token ids with their segment: 0 for what was said before, 1 for the message."""

    ids: list[int]
    segments: list[int]
    pieces_per_word: float
    """How finely the message's words had to be cut: about 1.2 in plain English, 2 and more in other languages."""
    unreadable: float
    """Share of the letters that are not Latin, or of the pieces that the encoder does not know, whichever is more.

    A message of nothing is all unreadable.
    """


def cut_message(tokenizer: Any, said: str, text: str) -> Pieces:  # noqa: ANN401 - the library has no types
    """Return ``[CLS] said [SEP] text [SEP]``, cut where it is too long."""
    text = _printable(text[:_MOST_CHARACTERS])
    before = tokenizer.encode(_printable(said[-_MOST_CHARACTERS:]), add_special_tokens=False).ids[-MOST_SAID:]
    start, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    head = [start, *before, end]
    own = tokenizer.encode(text, add_special_tokens=False).ids[: MOST_TOKENS - len(head) - 1]
    words = _WORD.findall(text)
    letters = "".join(words)
    # In one call: a batch of words would wake a pool of threads for every message.
    fineness = len(tokenizer.encode(" ".join(words), add_special_tokens=False).ids)
    return Pieces(
        ids=[*head, *own, end],
        segments=[0] * len(head) + [1] * (len(own) + 1),
        pieces_per_word=fineness / len(words) if words else 1.0,
        unreadable=max(
            _share(own.count(tokenizer.token_to_id("[UNK]")), len(own)) if own else 1.0,
            _share(sum(ord(letter) >= _LATIN_ENDS for letter in letters), len(letters)),
        ),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _printable(text: str) -> str:
    """Replace what no text should hold, such as halves of surrogate pairs, which the tokenizer refuses."""
    return text.encode("utf-8", "replace").decode("utf-8")
