"""Machine credentials by their published formats: private keys, vendors' API keys, tokens, authorization headers."""

import re
from collections.abc import Iterator

from relief.privacy.draft import Draft
from relief.privacy.kinds import Kind, Span
from relief.privacy.lazy_pattern import LazyPattern

_PRIVATE_KEY = LazyPattern(
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----[^\x1a]*?"
    r"(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----|(?=\x1a)|\Z)"
)
"""RFC 7468; a key whose end is cut off reaches to the end of the text."""

_TOKEN = LazyPattern(
    r"(?a:A[KS]IA[0-9A-Z]{16}|gh[pousr]_\w{30,}|github_pat_\w{40,}|xox[abeoprs]-[\w-]{10,}|[sprw]k_(?:live|test)_\w{10,}"
    r"|whsec_[\w+/=]{20,}|sk-[\w-]{20,}|AIza[\w-]{35}|ya29\.[\w-]{20,}|SG\.[\w-]{16,}+\.[\w-]{16,}|glpat-[\w-]{20,}"
    r"|npm_\w{36}|hf_\w{30,}|do[opr]_v1_\w{64}|shp(?:at|ca|pa|ss)_\w{32}|pypi-[\w-]{50,}|(?:AC|SK)[0-9a-f]{32}"
    r"|eyJ(?<![\w-]...)[\w-]{6,}+\.[\w-]{6,}+(?:\.[\w-]*){0,3})",
)
"""Key formats that their issuers publish so that scanners can find them, and JSON Web Tokens (RFC 7519)."""

_SHORTEST_TOKEN = 15
_AUTHORIZATION = re.compile(r"(?<![a-z])(?:bearer|basic)\s{1,3}([\w.~+/=-]{16,})")


def find_keys(draft: Draft) -> Iterator[Span]:
    """Find private keys, vendors' API keys, JSON Web Tokens and authorization headers."""
    if not draft.words or max(map(len, draft.plain.split()), default=0) < _SHORTEST_TOKEN:
        return
    if "-----BEGIN" in draft.plain:
        for match in _PRIVATE_KEY.compiled.finditer(draft.plain):
            yield (*match.span(), Kind.secret)
    for match in _TOKEN.compiled.finditer(draft.plain):
        yield (*match.span(), Kind.secret)
    if "bearer" in draft.words or "basic" in draft.words:
        for match in _AUTHORIZATION.finditer(draft.lower):
            yield (*match.span(1), Kind.secret)
