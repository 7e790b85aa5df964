"""The headers of the console's page: what it may load, whom it may call, and that nobody frames it."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_FIXED: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
}


def secure_headers(called: Iterable[str]) -> dict[str, str | list[str]]:
    """Return the headers of the page and its assets.

    ``called`` are URLs outside this API that the page's script calls: the identity provider's token endpoint, if any.
    Their origins alone are let through. Scripts and styles come from files of this origin only, none is inline, and
    no text is ever turned into markup (`require-trusted-types-for`).
    """
    origins = sorted({f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, called) if parts.netloc})
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": " ".join(["'self'", *origins]),
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return {**_FIXED, "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items())}
