"""What can be redacted, and what a redaction looks like."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """The kinds of personal or secret data that are replaced by a typed placeholder."""

    card = "card"
    iban = "iban"
    phone = "phone"
    email = "email"
    national_id = "national_id"
    date_of_birth = "date_of_birth"
    ip_address = "ip_address"
    mac_address = "mac_address"
    url_secret = "url_secret"
    secret = "secret"
    one_time_code = "one_time_code"
    account_number = "account_number"
    name = "name"
    address = "address"
    withheld = "withheld"

    @property
    def placeholder(self) -> str:
        """What stands in the redacted text, such as ``[CARD]``."""
        return f"[{self.value.upper()}]"


PLACEHOLDERS: Final = {kind: kind.placeholder for kind in Kind}
"""Every kind's placeholder, for texts with thousands of findings."""


class Finding(NamedTuple):
    """One thing that was redacted. ``start`` and ``end`` are character offsets into the original text."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Redaction:
    """A redacted text and what was taken out of it, in the order of the text; findings never overlap."""

    text: str
    found: tuple[Finding, ...]


Span = tuple[int, int, Kind]
"""Start, end and kind of a finding, as offsets into the plain reading of a text."""
