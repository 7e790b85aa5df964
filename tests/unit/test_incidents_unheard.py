"""Hand-overs that no desk has heard of are announced again: at two, four, eight minutes and so on, for a day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from relief.contracts.handoff import Handoff
from relief.contracts.vocabulary import HandoffState
from relief.incidents.unheard import Unheard
from relief.store.items import load_handoff
from tests.pipeline import START, Session


class Desk:
    """The waiting hand-overs of one queue, and a bus that takes an announcement or not."""

    def __init__(self, *waiting: Handoff, takes: bool = True) -> None:
        """Keep them."""
        self.waiting = waiting
        self.takes = takes
        self.told: list[str] = []

    def list_handoffs(self, queue: str, state: str, *_: Any) -> tuple[Sequence[Handoff], None]:
        """Return those of the queue that are still requested."""
        return [one for one in self.waiting if (one.queue, one.state.value) == (queue, state)], None

    def request(self, event: str) -> bool:
        """Note an announcement."""
        self.told.append(event)
        return self.takes


def requested() -> Handoff:
    """Return a hand-over as it was just recorded."""
    session = Session()
    session.say("I want to talk to a human")
    items = [write["Put"]["Item"] for write in session.writes if "Put" in write]
    found = [load_handoff(item, START) for item in items if item["sk"]["S"].startswith("HANDOFF#")]
    assert found[0] is not None
    return found[0]


def announce(desk: Desk, now: datetime) -> int:
    """Look for the unheard ones in every queue of a desk."""
    unheard = Unheard(desk, desk, ["orders", *{one.queue for one in desk.waiting}], lambda one: one.handoff_id)  # type: ignore[arg-type]
    return unheard.announce(now)


@pytest.mark.parametrize(
    ("minutes", "due"),
    [
        (0, False),
        (1, False),
        (2, True),
        (3, False),
        (4, True),
        (5, False),
        (6, False),
        (8, True),
        (1024, True),
        (2048, False),
    ],
)
def test_it_is_announced_again_ever_more_rarely(minutes: int, *, due: bool) -> None:
    handoff = requested()
    desk = Desk(handoff)

    taken = announce(desk, handoff.requested_at + timedelta(minutes=minutes, seconds=20))

    assert taken == int(due)
    assert desk.told == [handoff.handoff_id] * int(due)


def test_what_the_bus_refuses_does_not_count_as_announced() -> None:
    handoff = requested()
    desk = Desk(handoff, takes=False)

    assert announce(desk, handoff.requested_at + timedelta(minutes=4)) == 0
    assert desk.told == [handoff.handoff_id]


def test_what_a_desk_has_heard_of_is_left_alone() -> None:
    handoff = requested()
    desk = Desk(handoff.model_copy(update={"state": HandoffState.queued}))

    assert announce(desk, handoff.requested_at + timedelta(minutes=4)) == 0
    assert desk.told == []
