"""What a hand-over can expect of its queue: open, closed or full, how long it takes, when somebody can call back."""

from datetime import datetime, timedelta
from statistics import median
from typing import Final, NamedTuple

from relief.contracts.queues import QueueRecord, QueueStatus
from relief.route.hours import Opening, OpeningHours, find_opening
from relief.route.tables import Queue, RoutingTable

_RECENT: Final = timedelta(hours=2)
_RECENT_REPLIES: Final = timedelta(days=7)
_FEWEST: Final = 3
"""With fewer recent waits than this, the table's usual time is the better guess."""

_SHORTEST_SECONDS: Final = 60
"""Less is not promised, however quick the team was lately: it would be overdue before it is read."""

_WINDOW: Final = timedelta(hours=2)
_WINDOWS: Final = 2
_SHORTEST_WINDOW: Final = timedelta(minutes=30)


class Outlook(NamedTuple):
    """The state of a queue for one hand-over. ``eta_seconds`` is ``None`` when nothing can be promised."""

    status: QueueStatus
    eta_seconds: int | None
    opens_at: datetime | None = None
    windows: tuple[Opening, ...] = ()


def look_out(queue: str, table: RoutingTable, now: datetime, record: QueueRecord | None, *, realtime: bool) -> Outlook:
    """Return what a hand-over can expect of a queue; ``record`` is ``None`` when its recent past is not known."""
    known = table.queues[queue]
    hours = table.hours_of(queue)
    wait = estimate_wait(known, record, now, realtime=realtime)
    opening = find_opening(hours, now)
    if hours is not None and opening is None:
        return Outlook(QueueStatus.closed, None)
    if opening is not None and opening.start > now:
        eta = round((opening.start - now).total_seconds()) + wait
        return Outlook(QueueStatus.closed, eta, opening.start, _offer_windows(hours, opening.start))
    if is_full(known, record):
        ready = now + timedelta(seconds=wait)
        return Outlook(QueueStatus.full, None, None, _offer_windows(hours, ready))
    if opening is not None and realtime and now + timedelta(seconds=wait) > opening.end:
        # Whoever would be reached after closing time waits for nothing; the next opening is the truth.
        following = find_opening(hours, opening.end)
        if following is not None:
            eta = round((following.start - now).total_seconds()) + wait
            return Outlook(QueueStatus.closed, eta, following.start, _offer_windows(hours, following.start))
    return Outlook(QueueStatus.open, wait)


def is_full(queue: Queue, record: QueueRecord | None) -> bool:
    """Tell whether a queue takes nobody more: as many wait as it can take, or nobody staffs it (capacity 0)."""
    if queue.capacity is None:
        return False
    waiting = record.waiting if record is not None and record.waiting is not None else 0
    return waiting >= queue.capacity


def estimate_wait(queue: Queue, record: QueueRecord | None, now: datetime, *, realtime: bool) -> int:
    """Return the wait in seconds: the median of recent ones, or the table's usual time where there are too few."""
    usual = queue.realtime_seconds if realtime else queue.reply_seconds
    since = now - (_RECENT if realtime else _RECENT_REPLIES)
    recent = [one.seconds for one in record.waits if since <= one.taken_at <= now] if record else []
    return max(_SHORTEST_SECONDS, round(median(recent))) if len(recent) >= _FEWEST else usual


def _offer_windows(hours: OpeningHours | None, ready: datetime) -> tuple[Opening, ...]:
    """Return the first times, each of two hours at most, in which somebody can call back once the team is ready."""
    found: list[Opening] = []
    for opening in hours.openings(ready) if hours else (Opening(ready, ready + _WINDOWS * _WINDOW),):
        start = _round_up(max(opening.start, ready))
        while opening.end - start >= _SHORTEST_WINDOW and len(found) < _WINDOWS:
            end = min(start + _WINDOW, opening.end)
            found.append(Opening(start, end))
            start = end
        if len(found) >= _WINDOWS:
            break
    return tuple(found)


def _round_up(moment: datetime) -> datetime:
    """Return the next full half hour."""
    past = timedelta(minutes=moment.minute % 30, seconds=moment.second, microseconds=moment.microsecond)
    return moment if not past else moment - past + timedelta(minutes=30)
