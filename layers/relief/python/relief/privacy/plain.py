"""A plain reading of a text: the same characters folded to ASCII, so that patterns need to know one spelling only.

Full-width and Arabic-Indic digits become ASCII digits, accents fall away, every dash is ``-`` and every space is
a space; zero-width and control characters vanish. Each remaining character stands for exactly one of the
original, so that offsets can be carried back.
"""

import re
import unicodedata

FILLER = "\x1a"
"""Stands where something has been claimed. A control character, so no reading contains it otherwise (see ``_fold``)."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_KEPT_CONTROLS = "\t\n\r"
_SINGLE_LETTERS = {
    "\u00df": "s", "\u1e9e": "S", "\u00f8": "o", "\u00d8": "O", "\u0142": "l", "\u0141": "L", "\u0111": "d",
    "\u0110": "D", "\u00e6": "a", "\u00c6": "A", "\u0153": "o", "\u0152": "O", "\u0131": "i", "\u00f0": "d",
    "\u00fe": "t", "\u2019": "'", "\u2018": "'", "\u201b": "'", "\u2032": "'", "\u02bc": "'", "\u201c": '"',
    "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"', "\u2212": "-", "\u3002": ".", "\u00b7": ".",
    "\u2022": ".", "\u2219": ".",
}  # fmt: skip
"""Letters that Unicode does not decompose (sharp s, o with stroke, ligatures), quotation marks and dots."""

_SPACES = {"Zs": " ", "Zl": "\n", "Zp": "\n", "Pd": "-"}
_DROPPED = {"Cf", "Cc", "Mn", "Me"}


def _fold(character: str) -> str | None:
    """Return the ASCII look-alike of a character, itself where it has none, None where it is invisible."""
    if character in _KEPT_CONTROLS:
        return character
    if character in _SINGLE_LETTERS:
        return _SINGLE_LETTERS[character]
    digit = unicodedata.digit(character, None)
    if digit is not None:
        return str(digit)
    category = unicodedata.category(character)
    if category in _DROPPED:
        return None
    if category in _SPACES:
        return _SPACES[category]
    letters = [part for part in unicodedata.normalize("NFKD", character) if unicodedata.category(part) != "Mn"]
    return letters[0] if len(letters) == 1 and letters[0].isascii() else character


class _Folding(dict[int, str | None]):
    """A translation table that learns a character when it first meets it: Unicode is too large to tabulate."""

    def __missing__(self, code: int) -> str | None:
        folded = self[code] = _fold(chr(code))
        return folded


_FOLDING = _Folding()


def read_plainly(text: str) -> tuple[str, list[int] | None]:
    """Return the plain reading and, where characters vanished, the original offset of each character and the end.

    The offsets are None where both texts align, which is nearly always.
    """
    if text.isascii() and not _CONTROL.search(text):
        return text, None
    plain = text.translate(_FOLDING)
    if len(plain) == len(text):
        return plain, None
    kept = [index for index, character in enumerate(text) if _FOLDING[ord(character)] is not None]
    return plain, [*kept, len(text)]
