"""Redaction's cost grows with the length of the text, never faster, whatever the text."""

import pytest

from tests.unit.privacy_costs import HOSTILE_UNITS, LONGEST, SHORT, seconds_for

MOST_GROWTH = 12
"""Eight times the text may take twelve times the time: the rest is noise of the clock."""


@pytest.mark.parametrize("unit", HOSTILE_UNITS)
def test_given_eight_times_the_text_when_redacted_then_it_takes_at_most_twelve_times_as_long(unit: str) -> None:
    seconds_for(HOSTILE_UNITS[unit], SHORT)
    # The machine may be busy at any one moment, but not in each of a dozen.
    ratios = (seconds_for(HOSTILE_UNITS[unit], LONGEST) / seconds_for(HOSTILE_UNITS[unit], SHORT) for _ in range(12))
    assert any(ratio <= MOST_GROWTH for ratio in ratios)
