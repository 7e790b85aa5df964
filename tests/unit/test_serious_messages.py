"""The messages about serious matters measure what they are meant to measure."""

import pytest

from relief.measure.trial.runner import InProcessRunner
from tests.serious import NONE, SETS, Message, load_messages, measure


def test_no_message_that_measures_also_trains() -> None:
    """Given both sets, then no message is in both or twice in one, and what only sounds serious is as frequent."""
    fresh, training = ([message.text.casefold() for message in load_messages(name)] for name in SETS)
    assert not set(fresh) & set(training)
    assert len(set(fresh)) == len(fresh)
    assert len(set(training)) == len(training)
    harmless = [message.matter == NONE for message in load_messages("training")]
    assert min(harmless.count(True), harmless.count(False)) >= 500


@pytest.mark.parametrize(
    ("message", "share"),
    [
        (Message("legal", "legal", "My solicitor will be in touch, I am taking you to court."), 1.0),
        (Message(NONE, "calm_routine", "Could you tell me how long delivery takes?"), 0.0),
    ],
)
def test_what_is_handed_over_is_counted(message: Message, share: float) -> None:
    """Given a message that is known to be serious or not, then its share is whether it is handed over."""
    found = measure([message], InProcessRunner(lambda _text, _said: None))
    assert found[message.matter] == {"messages": 1, "handed_over": share}
