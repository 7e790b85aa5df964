"""Bank accounts: IBANs by their check digits, national account numbers by what announces them or by their own check."""

import re
from collections.abc import Iterator
from functools import cache

from relief.privacy.cues import Cues
from relief.privacy.draft import Draft
from relief.privacy.kinds import Kind, Span
from relief.privacy.lazy_pattern import LazyPattern

_IBAN_LENGTHS = {
    "ad": 24, "ae": 23, "al": 28, "at": 20, "az": 28, "ba": 20, "be": 16, "bg": 22, "bh": 22, "bi": 27, "br": 29,
    "by": 28, "ch": 21, "cr": 22, "cy": 28, "cz": 24, "de": 22, "dj": 27, "dk": 18, "do": 28, "ee": 20, "eg": 29,
    "es": 24, "fi": 18, "fk": 18, "fo": 18, "fr": 27, "gb": 22, "ge": 22, "gi": 23, "gl": 18, "gr": 27, "gt": 28,
    "hn": 28, "hr": 21, "hu": 28, "ie": 22, "il": 23, "iq": 23, "is": 26, "it": 27, "jo": 30, "kw": 30, "kz": 20,
    "lb": 28, "lc": 32, "li": 21, "lt": 20, "lu": 20, "lv": 21, "ly": 25, "mc": 27, "md": 24, "me": 22, "mk": 19,
    "mn": 20, "mr": 27, "mt": 31, "mu": 30, "ni": 28, "nl": 18, "no": 15, "om": 23, "pk": 24, "pl": 28, "ps": 29,
    "pt": 25, "qa": 29, "ro": 24, "rs": 22, "ru": 33, "sa": 24, "sc": 31, "sd": 18, "se": 24, "si": 19, "sk": 24,
    "sm": 27, "so": 23, "st": 25, "sv": 28, "tl": 23, "tn": 24, "tr": 26, "ua": 29, "va": 22, "vg": 24, "xk": 20,
    "ye": 30,
}  # fmt: skip
"""Characters of an IBAN by country: the registry of ISO 13616."""

_IBAN_START = re.compile(r"(?<![a-z0-9])([a-z]{2})[ -]?\d ?\d")
_COMPACT_REST = re.compile(r"[a-z0-9]{11,30}(?![a-z0-9])")
"""A token of another length whose check digits hold: an IBAN that someone mistyped, or that a country will add."""

_LETTER_VALUES = {chr(97 + index): str(10 + index) for index in range(26)}
_SEPARATORS = str.maketrans("", "", " .-\n\t")
_MOD_97_10 = 97

_ACCOUNT_CUES = Cues(
    "account|accounts|bank account|checking account|savings account|current account|acct|acc|a/c|sort_code|s/c|aba",
    "routing|transit|rtn|bsb|institution|branch|kontonummer|konto|konto_nr|bankleitzahl|blz|numero de compte|compte",
    "compte bancaire|rib|code guichet|code banque|numero de cuenta|cuenta|cuenta bancaria|cuenta corriente|clabe|cbu",
    "ccc|conta|conta bancaria|conta corrente|conta poupanca|numero da conta|agencia|nib|conto|conto corrente",
    "rekeningnummer|rekening",
)
_ACCOUNT = LazyPattern(
    _ACCOUNT_CUES.pattern
    + r"(?P<link>(?: (?:number|numbers|no|num|nr|numero|code|transit|#|and|y|und|et|e|bei)){0,3}\.?"
    r"(?: (?:[a-z]{2,10} ){0,3}?(?:is|was|are|es|ist|lautet|est|e))?[\s.:#=-]{0,4})"
    r"(?P<number>\d(?:[ ./-]{0,2}\d){5,23}(?:-?[xk])?)(?!\w)(?![.,]\d)"
)
_SORT_CODE_AND_ACCOUNT = LazyPattern(r"\d(?<![\w-].)\d-\d\d-\d\d(?: ?[,/|-] ?| )\d{8}(?!\w)")
"""The pair that people in the United Kingdom write: sort code, account number."""

_SPANISH_ACCOUNT = LazyPattern(r"\d(?<![\w-].)\d{3}[ -]?\d{4}[ -]?\d{2}[ -]?\d{10}(?![\w-])")
_MEXICAN_ACCOUNT = LazyPattern(r"\d(?<![\w-].)\d{2}[ -]?\d{3}[ -]?\d{11}[ -]?\d(?![\w-])")
_EIGHT_DIGITS = re.compile(r"\d{8}")
_CLABE_WEIGHTS = (3, 7, 1) * 6
_LOOKAHEAD = 2
"""Characters after a number that a pattern needs to see."""


def find_ibans(draft: Draft) -> Iterator[Span]:
    """Find IBANs of every registered country, grouped or not, whose check digits hold (ISO 7064, modulus 97-10)."""
    lower = draft.lower
    for first, _ in draft.numbers:
        before = lower[max(0, first - 3) : first]
        if before[-2:] not in _IBAN_LENGTHS and before[:2] not in _IBAN_LENGTHS:
            continue
        start = _IBAN_START.search(lower, max(0, first - 3), first + 3)
        if start is None or start[1] not in _IBAN_LENGTHS:
            continue
        if not lower[start.end(1)].isdigit() and draft.plain[start.start()].islower():
            continue  # "es 3476" and "de 12" are words before a number
        body = _rest_of_iban(_IBAN_LENGTHS[start[1]] - 4).match(lower, start.end())
        body = body or _COMPACT_REST.match(lower, start.end())
        if body is None:
            continue
        if not draft.may_examine() or _is_iban(lower[start.start() : body.end()].translate(_SEPARATORS)):
            yield start.start(), body.end(), Kind.iban


def find_accounts(draft: Draft) -> Iterator[Span]:
    """Find account, routing and sort-code numbers: six digits or more after their cue, or with their own check."""
    if not draft.long_numbers and draft.words.isdisjoint({"account", "sort"}):
        return
    for match in _ACCOUNT_CUES.find(draft, _ACCOUNT):
        yield (*match.span("number"), Kind.account_number)
    for first, last in draft.long_numbers:
        # A sort code and an account are the shortest of the three, and the account is what each of them has.
        if last - first < 17 or not _EIGHT_DIGITS.search(draft.lower, first, last):  # noqa: PLR2004 - explained above
            continue
        for match in _SORT_CODE_AND_ACCOUNT.compiled.finditer(draft.lower, first, last + _LOOKAHEAD):
            yield (*match.span(), Kind.account_number)
        for match in _SPANISH_ACCOUNT.compiled.finditer(draft.lower, first, last + _LOOKAHEAD):
            if not draft.may_examine() or _is_spanish_account(match[0]):
                yield (*match.span(), Kind.account_number)
        mexican = draft.region == "MX"
        for match in _MEXICAN_ACCOUNT.compiled.finditer(draft.lower, first, last + _LOOKAHEAD) if mexican else ():
            if _is_clabe(match[0].translate(_SEPARATORS)):
                yield (*match.span(), Kind.account_number)


@cache
def _rest_of_iban(length: int) -> re.Pattern[str]:
    return re.compile(r"(?:[ .\n-]{0,3}+[a-z0-9]){" + str(length) + r"}(?![a-z0-9])")


def _is_iban(iban: str) -> bool:
    """Move the country and check digits to the end, write letters as numbers, and divide."""
    rearranged = "".join(_LETTER_VALUES.get(character, character) for character in iban[4:] + iban[:4])
    return int(rearranged) % _MOD_97_10 == 1


def _is_spanish_account(number: str) -> bool:
    from stdnum.es import ccc  # noqa: PLC0415 - few texts need it

    return bool(ccc.is_valid(number))


def _is_clabe(digits: str) -> bool:
    """Check Mexico's CLABE: weights 3, 7, 1 over each digit, the last one completes a multiple of ten."""
    total = sum(int(digit) * weight % 10 for digit, weight in zip(digits[:17], _CLABE_WEIGHTS, strict=False))
    return (10 - total % 10) % 10 == int(digits[17])
