"""Addresses of the network: e-mail, IP and MAC addresses, and the secrets that URLs carry."""

import re
from collections.abc import Iterator

from relief.privacy.draft import Draft
from relief.privacy.kinds import Kind, Span
from relief.privacy.lazy_pattern import LazyPattern

_EMAIL = LazyPattern(r"(?<![\w.%+-])[\w.%+-][\w.%+'-]*+ ?@ ?(?:[\w-]{1,63}\.)+(?:xn--[\w-]+|[^\W\d_]{2,24})(?![\w@])")
"""RFC 5321 addresses in practice: any word characters, a dotted domain that ends in letters."""

_AT = r"(?: ?[(\[{<] ?(?:at|arroba|arobase|@|ät) ?[)\]}>] ?| (?:arroba|arobase|klammeraffe) )"
_DOT = r"(?: ?[(\[{<] ?(?:dot|punto|punkt|point|ponto|\.) ?[)\]}>] ?| (?:dot|punto|punkt|point|ponto) |\.)"
_PROVIDERS = "gmail|googlemail|outlook|hotmail|yahoo|icloud|proton|protonmail|aol|gmx|live|web|orange|mail"
_SPELT_EMAIL = LazyPattern(
    r"(?<![\w.%+-])[\w+-]+(?:" + _DOT + r"[\w+-]+){0,3}"
    r"(?:" + _AT + r"[\w-]+(?:" + _DOT + r"[\w-]+)*" + _DOT + r"[a-z]{2,12}"
    r"| ?@ ?[\w-]+(?: ?[(\[{<]? ?(?:dot|punto|punkt|point|ponto) ?[)\]}>]? ?[\w-]+){1,3}"
    r"| at (?:[\w-]+ (?:dot|punto|punkt|point|ponto) (?:[\w-]+ (?:dot|punto|punkt|point|ponto) )?[a-z]{2,12}"
    r"|(?:" + _PROVIDERS + r")\.[a-z]{2,3}))(?!\w)"
)  # fmt: skip
_SPELT_AT = frozenset({"at", "arroba", "arobase", "klammeraffe"})
_SPELT_DOT = frozenset({"dot", "punto", "punkt", "point", "ponto"}) | frozenset(_PROVIDERS.split("|"))

_BRACKETED_AT = re.compile(r"[(\[{<] ?(?:at|arroba|arobase)")

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = LazyPattern(r"(?<![\w.])" + _OCTET + r"(?:\." + _OCTET + r"){3}(?![\w])(?!\.\d)")
_VERSION_BEFORE = LazyPattern(
    r"(?:version|versions?nummer|ver|release|build|firmware|update|updated|upgrade|upgraded|ios|android|windows|macos|"
    r"chrome|firefox|safari|app|driver|software|sdk|section|clause|chapter|figure|paragraph|v)"
    r"(?: (?:to|from|is|number|no|auf|von|a|de|la|version|v))*[ .:#-]*$"
)
_IPV6 = LazyPattern(
    r"(?<![\w.])(?<!\b[0-9a-f]:)(?<!\b[0-9a-f]{2}:)(?<!\b[0-9a-f]{3}:)(?<!\b[0-9a-f]{4}:)(?<!::)"
    r"(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:(?<=:)(?:\d{1,3}\.){3}\d{1,3})?(?![\w:])"
)
_MAC = LazyPattern(
    r"(?<![\w.-])(?<!\b[0-9a-f]{2}:)(?:[0-9a-f]{2}:(?:[0-9a-f]{2}:){4}[0-9a-f]{2}"
    r"|(?=[0-9-]*[a-f])[0-9a-f]{2}-(?:[0-9a-f]{2}-){4}[0-9a-f]{2}"
    r")(?![\w:-])(?!\.\w)"
)
_DOTTED_MAC = LazyPattern(r"\.(?<=[0-9a-f]{4}\.)(?<![\w.-].{4}\.)[0-9a-f]{4}\.[0-9a-f]{4}(?![\w:-])(?!\.\w)")
"""IEEE 802 EUI-48 in its three customary spellings; without colons a letter is required, else it may be any code."""

_IPV4_DOTS, _IPV6_COLONS, _MAC_SEPARATORS, _MAC_DOTS = 3, 2, 5, 2
"""How many separators the shortest address of each kind has: without them there is nothing to look for."""

_BETWEEN_COLONS = re.compile(r":[0-9a-f]{0,4}:")
"""What every address with colons has somewhere."""

_BETWEEN_DASHES = re.compile(r"-[0-9a-f]{2}-[0-9a-f]{2}-[0-9a-f]{2}-")
"""What every address with dashes has somewhere."""

_LOOKAHEAD = 2
_DOTTED_GROUP = 4
_URL = LazyPattern(r"(?<![a-z])[a-z][a-z0-9+]{1,15}://[^\s<>\"'\x1a]+")
_USER_INFO = re.compile(r"://([^/@\s?#]+)@")
_PARAMETER = re.compile(r"[?&#;]([\w.%-]{1,64})=([^&#;\s]{1,4096})")
_SECRET_PARAMETER = LazyPattern(
    r"(?:.*[_.-])?(?:token|key|apikey|sig|signature|password|passwd|pwd|pass|pw|code|secret|auth|session|sessionid|sid|"
    r"jwt|otp|pin|credential|ticket|nonce|reset|invite|magic|hash|hmac|assertion|samlresponse|phpsessid|jsessionid)"
)
_SECRET_PATH = LazyPattern(
    r"/(?:reset|reset-password|password|verify|verification|confirm|magic|magic-link|invite|activate|login|auth|token|"
    r"unsubscribe|t|s|key|access|sso|share)/([\w.~%-]{12,})"
)
_RANDOM = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[A-Z])(?=[\w-]*[a-z])[\w-]{20,}")


def find_url_secrets(draft: Draft) -> Iterator[Span]:
    """Find user information, secret parameters and secret path segments of URLs (RFC 3986); scheme and host stay."""
    if "://" not in draft.plain:
        return
    for url in _URL.compiled.finditer(draft.lower):
        start, end = url.start(), url.end() - len(url[0]) + len(url[0].rstrip(".,;:!?)]}"))
        for pattern in (_USER_INFO, _SECRET_PATH.compiled):
            for match in pattern.finditer(draft.lower, start, end):
                yield (*match.span(1), Kind.url_secret)
        for match in _PARAMETER.finditer(draft.lower, start, end):
            value = draft.plain[match.start(2) : match.end(2)]
            if _SECRET_PARAMETER.compiled.fullmatch(match[1]) or _RANDOM.fullmatch(value):
                yield (*match.span(2), Kind.url_secret)
        path_start = draft.plain.find("/", draft.plain.index("://", start) + 3, end)
        if path_start >= 0:
            for match in re.finditer(r"(?<=/)[\w-]{20,}(?=[/?#]|$)", draft.plain[path_start:end]):
                if _RANDOM.fullmatch(match[0]):
                    yield path_start + match.start(), path_start + match.end(), Kind.url_secret


def find_emails(draft: Draft) -> Iterator[Span]:
    """Find e-mail addresses, also those spelt with "(at)" and "dot" (best effort)."""
    if "@" in draft.plain:
        for match in _EMAIL.compiled.finditer(draft.lower):
            yield (*match.span(), Kind.email)
    spelt_dot = "@" in draft.plain and not draft.words.isdisjoint(_SPELT_DOT)
    if spelt_dot or (
        not draft.words.isdisjoint(_SPELT_AT)
        and (not draft.words.isdisjoint(_SPELT_DOT) or _BRACKETED_AT.search(draft.lower))
    ):
        for match in _SPELT_EMAIL.compiled.finditer(draft.lower):
            yield (*match.span(), Kind.email)


def find_network_addresses(draft: Draft) -> Iterator[Span]:
    """Find IPv4, IPv6 (RFC 4291) and MAC addresses; four-part version numbers stay."""
    lower = draft.lower
    dots, colons = lower.count("."), lower.count(":")
    if dots >= _IPV4_DOTS:
        yield from _ipv4_addresses(draft)
    grouped = colons >= _IPV6_COLONS and _BETWEEN_COLONS.search(lower) is not None
    # Without colons an address needs a letter, and where there is no word there is none.
    if (grouped and colons >= _MAC_SEPARATORS) or (draft.words and _BETWEEN_DASHES.search(lower)):
        for match in _MAC.compiled.finditer(lower):
            yield (*match.span(), Kind.mac_address)
    if dots >= _MAC_DOTS and draft.words:
        yield from _dotted_mac_addresses(lower)
    if grouped:
        for match in _IPV6.compiled.finditer(lower):
            if _is_ipv6(match[0]):
                yield (*match.span(), Kind.ip_address)


def _ipv4_addresses(draft: Draft) -> Iterator[Span]:
    for first, last in draft.long_numbers:
        for match in _IPV4.compiled.finditer(draft.lower, first, last + _LOOKAHEAD):
            if not _VERSION_BEFORE.compiled.search(draft.lower, max(0, match.start() - 40), match.start()):
                yield (*match.span(), Kind.ip_address)


def _dotted_mac_addresses(text: str) -> Iterator[Span]:
    """Find three groups of four with dots; all digits may be any number, so a letter is required."""
    for match in _DOTTED_MAC.compiled.finditer(text):
        start = match.start() - _DOTTED_GROUP
        if not text[start : match.end()].replace(".", "").isdigit():
            yield start, match.end(), Kind.mac_address


def _is_ipv6(candidate: str) -> bool:
    """Tell whether it is an address of a device: at least three groups, so that "10::" or "a::b" stay."""
    if sum(1 for group in candidate.split(":") if group) < 3:  # noqa: PLR2004 - explained above
        return False
    from ipaddress import AddressValueError, IPv6Address  # noqa: PLC0415 - 5 ms that few texts need

    try:
        IPv6Address(candidate)
    except AddressValueError:
        return False
    return True
