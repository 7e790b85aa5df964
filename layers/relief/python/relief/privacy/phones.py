"""Telephone numbers: international ones by their prefix, national ones by the plan of the customer's region."""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from relief.privacy.context import Announced, announced_as
from relief.privacy.draft import Draft
from relief.privacy.kinds import Kind, Span
from relief.privacy.lazy_pattern import LazyPattern

_EXTENSION = r"(?:[ ,;]{0,2}(?:x|ext\.?|extension|extn\.?|poste|durchwahl|ramal|#) ?\.?:? ?\d{1,6}(?!\d))"
_FREE_STANDING = r"(?<![\w+])"
_INTERNATIONAL_SHAPE = (
    r"\(?(?:\+ ?\(?|(?P<prefix>(?<![-.])00[ -]?(?=[1-9](?:[ ./()-]{0,4}+\d){8})))"
    r"(?!28|83|89)[1-9](?:[ ./()-]{0,4}+\d){6,14}(?!\d)" + _EXTENSION + "?"
)
_INTERNATIONAL = LazyPattern(_FREE_STANDING + _INTERNATIONAL_SHAPE)
_GLUED = LazyPattern(r"(?=\+)" + _INTERNATIONAL_SHAPE)
"""ITU-T E.164: up to 15 digits after + or the usual prefix 00; zones 28, 83 and 89 are not assigned."""

_NATIONAL = LazyPattern(r"(?<![\w+.])(?:\(\d|\d)(?:[ ./()-]{0,3}+\d){6,13}(?:" + _EXTENSION + r"|(?!\w))(?![.,:]\d)")
_NORTH_AMERICAN = LazyPattern(r"(?:1[ .-]?)?(?:\(\d{3}\) ?-?|\d{3}[-. /])\d{3}[-. ]\d{4}(?!\d)")
"""Three, three and four digits with separators: the North American way of writing, valid area code or not."""

_TRUNK_SHAPE = LazyPattern(r"\(?0[1-9]\d{0,4}\)?(?:[ ./-]{1,3}\(?\d{2,8}\)?){1,5}")
"""A leading zero and groups: the way most of Europe, Asia and Oceania write, in whatever region the customer is."""

_TRUNK_DIGITS = range(9, 13)
_HARMLESS = LazyPattern(
    r"(?<![\d.])(?<!\d[-/])(?:(?:19|20)\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.](?:[0-2]?\d|3[01])(?!\d)(?:[t ]\d{1,2}:\d{2})?"
    r"|(?:[0-2]?\d|3[01])[-/.](?:[0-2]?\d|3[01])[-/.](?:(?:19|20)\d{2}|\d{2})(?!\d)(?![-/.]\d)(?:,? \d{1,2}[:.]\d{2})?"
    r"|\d{1,2}:\d{2}(?::\d{2})?"
    r"|\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?(?= ?(?:eur|usd|gbp|brl|\$|\u20ac|\u00a3|dollars?|euros?|pounds?|reais))"
    r"|\d{1,3}\.\d{3,}+(?!\.|-| \d))"
)
"""Dates, times, amounts and decimal coordinates."""

_CURRENCY_BEFORE = re.compile(r"(?:[$\u20ac\u00a3\u20b9\u00a5]|(?:eur|usd|gbp|brl|r\$|inr|chf|rs\.?)) ?-?\Z")
_DIGIT = re.compile(r"\d")
_NO_DIGITS = re.compile(r"\D+")
_NORTH_AMERICA = frozenset({"US", "CA", "PR", "JM", "BS", "TT", "DO", "BB"})
_AREA_CODE = re.compile(r"1?([2-9]\d{2}[2-9]\d{6})")
_WITHOUT_TRUNK_PREFIX = frozenset(
    {"IN", "BR", "AR", "MX", "PH", "TH", "NG", "PK", "EG", "VN", "ID", "CO", "PE", "MA", "IL"}
)
"""Regions whose plan has a prefix 0 that people may leave out when they write a number."""

_DESCRIPTIONS = (
    "fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost", "personal_number", "voip", "pager", "uan",
    "voicemail",
)  # fmt: skip
_LOOKAHEAD = 16
"""Characters after a run of digits that may hold an extension."""


def find_phones(draft: Draft) -> Iterator[Span]:
    """Find telephone numbers, extensions included; a bare number after "order", "ref" and their kin stays."""
    lower = draft.lower
    for first, last in draft.long_numbers:
        end = last + _LOOKAHEAD
        reached = first
        if not _DIGIT.search(lower, max(0, first - 3), end):
            continue
        written = lower[max(0, first - 3) : last]
        if "+" in written or "00" in written:
            for match in _INTERNATIONAL.compiled.finditer(lower, max(0, first - 3), end):
                if not match["prefix"] or not _is_reference(draft, match):
                    reached = match.end()
                    yield (*match.span(), Kind.phone)
                    while glued := _GLUED.compiled.match(lower, reached):
                        reached = glued.end()
                        yield (*glued.span(), Kind.phone)
        for match in _NATIONAL.compiled.finditer(lower, max(0, reached - 1), end):
            if not draft.may_examine() or _is_phone(draft, match):
                yield (*match.span(), Kind.phone)


def _is_reference(draft: Draft, match: re.Match[str]) -> bool:
    return draft.may_examine() and announced_as(draft, match.start()) is Announced.reference


def _is_phone(draft: Draft, match: re.Match[str]) -> bool:
    harmless = _HARMLESS.compiled.search(draft.lower, match.start(), match.end() + _LOOKAHEAD)
    if harmless and harmless.start() < match.end():
        return False
    written = match[0]
    meaning = announced_as(draft, match.start())
    if meaning is Announced.reference and "(" not in written:
        return False
    if meaning is Announced.phone or _NORTH_AMERICAN.compiled.match(written):
        return True
    if _CURRENCY_BEFORE.search(draft.lower, max(0, match.start() - 5), match.start()):
        return False
    digits = _NO_DIGITS.sub("", written)
    if len(digits) in _TRUNK_DIGITS and _TRUNK_SHAPE.compiled.fullmatch(written):
        return True
    return is_national_number(digits, draft.region)


def is_national_number(digits: str, region: str) -> bool:
    """Tell whether the digits are a number of the region's plan, written with its trunk prefix where it has one."""
    if region in _NORTH_AMERICA:
        return _AREA_CODE.fullmatch(digits) is not None
    plan = _numbering_plan(region)
    if plan is None:
        return False
    if digits.startswith(plan.country_code) and plan.numbers.fullmatch(digits.removeprefix(plan.country_code)):
        return True
    national = digits.removeprefix(plan.trunk_prefix)
    if plan.writes_prefix and (national == digits or national.startswith("0")):
        return False
    return (plan.writes_prefix and len(digits) in _TRUNK_DIGITS) or plan.numbers.fullmatch(national) is not None


class _NumberingPlan(NamedTuple):
    """How a region's numbers look: all valid national ones, and the prefixes that may stand before them."""

    numbers: re.Pattern[str]
    country_code: str
    trunk_prefix: str
    writes_prefix: bool


@cache
def _numbering_plan(region: str) -> _NumberingPlan | None:
    """Compile the plan of a region; None where there is no such region.

    The source is the metadata of phonenumbers (Google's libphonenumber, ITU-T E.164 plans). Its own matcher gives the
    same answers at a hundred times the cost. The first call imports the library: 40 ms that most messages never need.
    """
    from phonenumbers import PhoneMetadata  # noqa: PLC0415 - see above

    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        return None
    descriptions = [getattr(metadata, name) for name in _DESCRIPTIONS]
    patterns = [f"(?:{desc.national_number_pattern})" for desc in descriptions if desc and desc.national_number_pattern]
    prefix = metadata.national_prefix or ""
    return _NumberingPlan(
        re.compile("|".join(patterns)),
        str(metadata.country_code),
        prefix,
        prefix == "0" and region not in _WITHOUT_TRUNK_PREFIX,
    )
