"""What a person gets when they take over, beside the usual last ten messages, over the gold set."""

from functools import lru_cache
from pathlib import Path

from relief.measure.gold import load_conversations
from relief.measure.trial.handover import HandoverTotals, measure_handovers, tell_table
from relief.measure.trial.runner import InProcessRunner

GOLD = Path(__file__).resolve().parents[1] / "gold"


@lru_cache(maxsize=1)
def totals() -> HandoverTotals:
    """The gold set's totals, without a classifier: its model is no part of what is measured here."""
    return measure_handovers(list(load_conversations(GOLD)), InProcessRunner(lambda _text, _said: None), lambda: None)


def test_nothing_has_to_be_asked_again_and_nobody_is_exposed() -> None:
    """Given the gold set's hand-overs, then ours leaves nothing to ask and shows no personal data; ten messages do both."""
    measured = totals()
    assert measured.conversations > 20
    assert (measured.ours.facts_asked_again, measured.ours.personal_data) == (0, 0)
    assert measured.last_ten_messages.facts_asked_again > 0
    assert measured.last_ten_messages.personal_data > 0


def test_no_hand_over_is_without_queue_reason_priority_and_summary() -> None:
    """Given the gold set, then every hand-over of every turn is complete."""
    assert totals().incomplete == 0


def test_queues_are_chosen_as_a_support_lead_would() -> None:
    """Given the expectations that name a queue, then at least 95 of 100 hand-overs go there."""
    accuracy = totals().routing_accuracy
    assert accuracy is not None
    assert accuracy >= 0.95, totals().confusion


def test_the_table_has_both_sides() -> None:
    """Given the totals, then the table names what is compared, and the queues."""
    table = tell_table(totals())
    assert "facts an agent would have to ask again" in table
    assert "routing accuracy" in table
