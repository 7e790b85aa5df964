"""Hand-overs that were recorded, and that nobody seems to have heard of: they are announced again.

The record is written before the bus is told. A process that dies in between, or bus and queues that refuse, leave a
hand-over ``requested``: the customer waits for a person, and no desk knows. Whoever receives the announcement moves it
on, so one that is announced twice is received once.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from relief.contracts.handoff import Handoff
from relief.contracts.vocabulary import HandoffState
from relief.observability import logger
from relief.store.ports import HandoffStore, Requester

FIRST_MINUTE: Final = 2
"""Age at which a hand-over is announced again for the first time, minutes; deliveries take seconds."""

LONGEST_MINUTES: Final = 1440
_MOST_A_QUEUE: Final = 100


class Unheard:
    """Looks for such hand-overs once a minute, bound to one installation."""

    def __init__(
        self, store: HandoffStore, requester: Requester, queues: Sequence[str], to_event: Callable[[Handoff], str]
    ) -> None:
        """Keep the ports; nothing is called yet. ``to_event`` writes the announcement."""
        self._store = store
        self._requester = requester
        self._queues = queues
        self._to_event = to_event

    def announce(self, now: datetime) -> int:
        """Announce what is due again; return how much the bus took."""
        taken = 0
        for queue in self._queues:
            waiting, _ = self._store.list_handoffs(queue, HandoffState.requested.value, _MOST_A_QUEUE, None, now)
            for handoff in waiting:
                if is_due(handoff.requested_at, now) and self._requester.request(self._to_event(handoff)):
                    logger.warning("a hand-over is announced again", handoff_id=handoff.handoff_id, queue=queue)
                    taken += 1
        return taken


def is_due(requested_at: datetime, now: datetime) -> bool:
    """Tell whether a hand-over is to be announced again in this minute: at 2, 4, 8, ... minutes, for a day.

    So a desk that is down for long is not sent the same every minute, and nothing needs to be remembered of it.
    """
    minutes = int((now - requested_at).total_seconds() // 60)
    return FIRST_MINUTE <= minutes <= LONGEST_MINUTES and minutes & (minutes - 1) == 0
