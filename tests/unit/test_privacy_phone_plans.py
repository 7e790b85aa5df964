"""National telephone numbers by their plans, with the numbering library's own examples as what must be recognised."""

from typing import Final

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat

from relief.privacy.kinds import Kind
from relief.privacy.phones import is_national_number
from relief.privacy.redact import redact

REGIONS: Final = (
    "DE",
    "GB",
    "FR",
    "ES",
    "IT",
    "NL",
    "AT",
    "CH",
    "SE",
    "NO",
    "DK",
    "BE",
    "PT",
    "IE",
    "AU",
    "US",
    "CA",
    "MX",
)


@pytest.mark.parametrize("region", REGIONS)
def test_a_regions_own_number_is_one_as_people_write_it_and_with_its_country_code(region: str) -> None:
    """Given a region's example, then it is a number of its plan as it is dialled there, and with the country's code."""
    number = phonenumbers.example_number(region)
    assert number is not None
    dialled = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    digits = "".join(one for one in dialled if one.isdigit())
    assert is_national_number(digits, region)
    if region not in {"US", "CA"}:
        assert is_national_number(f"{number.country_code}{phonenumbers.national_significant_number(number)}", region)


@pytest.mark.parametrize(
    ("digits", "region"),
    [
        ("1234567", "DE"),
        ("0123", "ES"),
        ("000000000", "ES"),
        ("123456789", "FR"),
        ("0012345678", "FR"),
        ("1234567890", "US"),
        ("0305551234", "US"),
        ("2025550123", "ZZ"),
        ("0301234567", "ZZ"),
    ],
)
def test_what_no_plan_has_is_no_number(digits: str, region: str) -> None:
    """Given digits without the trunk prefix that a region writes, beyond its plan, or of no region, then they are none."""
    assert not is_national_number(digits, region)


@pytest.mark.parametrize(
    ("text", "locale", "found"),
    [
        ("ring me on 020 7946 0018 after five", "en-GB", True),
        ("my phone number is 7946 0018", "en-GB", True),
        ("order number 020 7946 0018 is late", "en-GB", False),
        ("order (212) 555-0147 is late", "en-US", True),
        ("it was £020 7946 0018 in all", "en-GB", False),
        ("212-555-0147", "en-US", True),
        ("version 020.7946.0018 fails", "en-US", False),
    ],
)
def test_what_stands_around_digits_says_whether_they_are_a_number(text: str, locale: str, found: bool) -> None:  # noqa: FBT001 - a column of the table
    """Given digits that could be a telephone number, then cues, amounts and references around them decide."""
    assert (Kind.phone in {one.kind for one in redact(text, locale).found}) is found
