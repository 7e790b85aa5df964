"""Calm messages that sound like friction stay calm, and upset ones that look like them do not hide."""

from collections import Counter

import pytest

from relief.detect.__main__ import find_classifier
from tests.moods import load_messages, measure


@pytest.fixture(scope="module")
def shares() -> dict[str, float]:
    return {name.partition(" (")[0]: share for name, share in measure(find_classifier()).items()}


def test_there_are_rows_of_both_moods_in_every_language() -> None:
    counts = Counter((message.language, message.upset) for message in load_messages())

    assert sum(counts.values()) > 60
    assert all(counts[language, upset] for language in ("en", "de", "es", "fr", "pt") for upset in (False, True))


@pytest.mark.parametrize(
    ("mood", "least"), [("calm", 0.9), ("upset", 0.7), ("fault_told calm", 0.95), ("asked_in_passing calm", 0.9)]
)
def test_given_messages_of_a_mood_then_most_are_read_so(shares: dict[str, float], mood: str, least: float) -> None:
    assert shares[mood] >= least


def test_given_both_moods_then_the_upset_ones_score_higher(shares: dict[str, float]) -> None:
    assert shares["area under the curve"] >= 0.9
