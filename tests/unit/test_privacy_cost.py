"""Redaction's cost grows with the length of the text, never faster, whatever the text."""

import json
import subprocess
import sys

import pytest

from tests.unit.privacy_costs import HOSTILE_UNITS

MOST_GROWTH = 12
"""Eight times the text may take twelve times the time: the rest is noise of the clock."""


@pytest.fixture(scope="module")
def growth() -> dict[str, float]:
    """Return how many times longer eight times the text takes, measured in a process that holds nothing else."""
    command = [sys.executable, "-m", "tests.unit.privacy_costs"]
    measured = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our own module
    found: dict[str, float] = json.loads(measured.stdout)
    return found


@pytest.mark.parametrize("unit", HOSTILE_UNITS)
def test_given_eight_times_the_text_when_redacted_then_it_takes_at_most_twelve_times_as_long(
    growth: dict[str, float], unit: str
) -> None:
    assert growth[unit] <= MOST_GROWTH
