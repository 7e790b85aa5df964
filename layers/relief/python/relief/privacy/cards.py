"""Payment cards: 12 to 19 digits with an issuer's prefix and the check digit of ISO/IEC 7812-1 (Luhn)."""

import re
from collections.abc import Iterator
from functools import cache

from relief.privacy.context import CARD_WORDS, Announced, announced_as
from relief.privacy.draft import Draft
from relief.privacy.kinds import Kind, Span

_SEPARATOR = r"[ \t\n.,_/*-]{0,3}+"
_START = re.compile(r"[1-689](?<!\d\d)(?:(?<![19])|(?<=1)(?=8)|(?<=9)(?=7))(?=(?:" + _SEPARATOR + r"\d){11})")
_NUMBER = re.compile(r"\d(?:" + _SEPARATOR + r"\d){11,18}")
_WHOLE_NUMBER = re.compile(r"\d(?:" + _SEPARATOR + r"\d){12,18}(?!\d)")
_NO_DIGITS = str.maketrans("", "", " \t\n.,_/*-")

_ISSUERS = re.compile(
    r"(?P<visa>4)|(?P<sixteen>5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|9792)|(?P<fifteen>3[47]|2131|1800)"
    r"|(?P<diners>30[0-5]|3095|3[689])|(?P<long>35|6011|64[4-9]|65|62|220[0-4])"
    r"|(?P<maestro>50(?:18|20|38)|5[6-8]|6304|6390|6759|676[1-3])|(?P<loose>5[06-9]|6|8[12])"
)
"""Issuer identification numbers as the schemes publish them.

Visa; Mastercard and Troy; American Express and JCB's old range; Diners; JCB, Discover, UnionPay and Mir; then Maestro,
which starts at 12 digits, and the loose ranges of Elo, RuPay and Verve.
"""

_LENGTHS = {
    "visa": (19, 18, 16, 13),
    "sixteen": (16,),
    "fifteen": (15,),
    "diners": (19, 18, 17, 16, 15, 14),
    "long": (19, 18, 17, 16),
    "maestro": (19, 18, 17, 16, 15, 14, 13, 12),
    "loose": (19, 18, 17, 16, 15, 14, 13),
}
"""The lengths that each issuer's numbers have, the longest first: of two that pass, the shorter would leave a rest."""

_DOUBTFUL = frozenset({("visa", 13), ("maestro", 12)}) | {("loose", length) for length in range(13, 20)}
"""Numbers that barcodes and parcels share: they stay where a word such as "parcel" announces them."""

_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_ZERO = ord("0")

_COMMA_GROUPS = re.compile(r"\d{4}(?:, ?\d{4}){3}|\d{4}, ?\d{6}, ?\d{5}")
_OTHER_SHAPES = re.compile(r"\d{3}-\d{7}-\d{7}|\d\d-\d\d-\d\d[ ,/|-]{1,3}\d{8}|\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}")
"""Amazon's order numbers, a British sort code with its account, Brazil's company number."""

_TOKEN_BEFORE = re.compile(r"[a-z0-9]{1,12}\Z")
_SHORTEST_WORD = 3


def find_cards(draft: Draft) -> Iterator[Span]:
    """Find card numbers, whatever stands between their groups, and mistyped ones that are called a card."""
    for first, last in draft.long_numbers:
        position = first
        while start := _START.search(draft.lower, position, last):
            end = _card_end(draft, start.start())
            if end:
                yield start.start(), end, Kind.card
            position = end or start.end()


def passes_luhn(digits: str) -> bool:
    """Check the last digit: every second digit before it counts double, the sum of all digits is a multiple of ten."""
    number = digits.encode()
    plain = number[-1::-2]
    return (sum(plain) - _ZERO * len(plain) + sum(number[-2::-2].translate(_DOUBLED))) % 10 == 0


@cache
def _of_length(length: int) -> re.Pattern[str]:
    return re.compile(r"\d(?:" + _SEPARATOR + r"\d){" + str(length - 1) + r"}(?!\d)")


def _card_end(draft: Draft, start: int) -> int:
    """Return where the card that begins at ``start`` ends; 0 where none does."""
    if not draft.may_examine():
        shape = _WHOLE_NUMBER.match(draft.lower, start)
        return shape.end() if shape else 0
    number = _NUMBER.match(draft.lower, start)
    if number is None:
        return 0
    digits = number[0].translate(_NO_DIGITS)
    issuer = _ISSUERS.match(digits)
    if issuer is not None and issuer.lastgroup is not None:
        for length in _LENGTHS[issuer.lastgroup]:
            card = _of_length(length).match(draft.lower, start)
            if card and passes_luhn(digits[:length]):
                doubtful = (issuer.lastgroup, length) in _DOUBTFUL
                if _is_plausible(draft, start, card.end(), doubtful=doubtful):
                    return card.end()
    if not draft.words.isdisjoint(CARD_WORDS):
        whole = _WHOLE_NUMBER.match(draft.lower, start)
        if whole and announced_as(draft, start) is Announced.card:
            return whole.end()
    return 0


def _is_plausible(draft: Draft, start: int, end: int, *, doubtful: bool) -> bool:
    """Rule out what passes by chance: part of a code, or a parcel or order number of a known shape."""
    number = draft.lower[start:end]
    if "," in number and not _COMMA_GROUPS.fullmatch(number):
        return False
    if _OTHER_SHAPES.fullmatch(number):
        return False
    token = _TOKEN_BEFORE.search(draft.lower, max(0, start - 12), start)
    if token and not (token[0].isalpha() and len(token[0]) >= _SHORTEST_WORD):
        return False
    return not doubtful or announced_as(draft, start) is not Announced.reference
