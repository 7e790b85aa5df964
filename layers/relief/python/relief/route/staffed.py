"""Whether a team is at its desks, for the decision that comes before routing."""

from datetime import datetime

from relief.route.hours import find_opening
from relief.route.tables import load_table


def is_staffed(queue: str, now: datetime) -> bool:
    """Tell whether the team of a queue is there now. One without opening hours always is."""
    table = load_table()
    hours = table.hours_of(queue if queue in table.queues else table.fallback)
    if hours is None:
        return True
    opening = find_opening(hours, now)
    return opening is not None and opening.start <= now
