"""How long a desk asks to be left alone: the header ``Retry-After`` of RFC 9110, section 10.2.3."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_SECONDS: Final = 900.0
"""A desk that asks for more is asked again after this: a customer waits, and the desk may have recovered."""

_DIGITS: Final = 9
"""More than thirty years in seconds: whoever asks for so many digits is answered with the longest wait as well."""


def read_retry_after(value: str | None, now_seconds: float) -> float | None:
    """Return for how many seconds nothing should be sent, at most 900; ``None`` for a header without sense.

    Args:
        value: The header: seconds, or an HTTP date.
        now_seconds: The time, seconds since 1970.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        wait = float(text) if len(text) <= _DIGITS else LONGEST_SECONDS
    else:
        wait = _until(text, now_seconds)
    return min(wait, LONGEST_SECONDS) if wait > 0 else None


def _until(text: str, now_seconds: float) -> float:
    """Return the seconds until an HTTP date, 0 or less for what is none or has passed."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0
    # An HTTP date is in GMT always; one that leaves it out is read as if it were there.
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now_seconds
