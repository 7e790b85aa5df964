"""What the customer wants, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from relief.contracts.context import Observation, SessionContext
from relief.contracts.signals import Intent
from relief.contracts.vocabulary import Channel
from relief.decide.journeys import load_journeys
from relief.summarise.goal import word_goal
from relief.summarise.words import words_in

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("confidence", "told"), [(0.46, "a disputed charge settled"), (0.9, "to know where an order is")]
)
def test_a_guess_does_not_outweigh_the_journey_that_the_caller_named(confidence: float, told: str) -> None:
    """Given a caller's journey and an intent that is guessed or sure, then the goal is the journey's or the intent's."""
    seen = Observation(turn=1, scores={}, intent="order_tracking", confidence=confidence)
    context = SessionContext(
        session_id="s",
        channel=Channel.web_chat,
        created_at=NOW,
        updated_at=NOW,
        expires_at=NOW + timedelta(days=1),
        journey="billing_dispute",
        goal="order_tracking",
        history=[seen],
    )
    intent = Intent(name="order_tracking", confidence=confidence)
    assert word_goal(context, intent, load_journeys()["billing_dispute"], words_in("en"))[-1] == told
