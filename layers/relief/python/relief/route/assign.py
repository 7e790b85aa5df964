"""Assign a hand-over: the queue, the lane, real-time or not, and the honest waiting time."""

from typing import NamedTuple

from relief.contracts.context import SessionContext
from relief.contracts.states import Decided
from relief.contracts.vocabulary import Lane, ReasonCode
from relief.decide.journeys import DEFAULT_JOURNEY, choose_journey
from relief.route.tables import RoutingTable

SAFETY_FIRST = frozenset({ReasonCode.SAFETY_OR_VULNERABILITY, ReasonCode.SECURITY_CONCERN})


class Assignment(NamedTuple):
    """Where a hand-over goes."""

    queue: str
    lane: Lane
    skills: list[str]
    realtime: bool
    eta_seconds: int


def assign_queue(context: SessionContext, decided: Decided, table: RoutingTable) -> Assignment:
    """Return the assignment of a hand-over.

    The rule's own hint is strongest; safety and security keep it even in an incident, everyone else in
    an incident's scope goes to its queue in the crisis lane. Without a hint the settled intent decides,
    then the journey that the caller named, then the fallback queue.
    """
    codes = {reason.code for reason in decided.reasons}
    lane = Lane.crisis if decided.incident is not None else Lane.normal
    queue = decided.queue
    if decided.incident_queue is not None and not (queue and codes & SAFETY_FIRST):
        queue = decided.incident_queue
    queue = queue or _by_topic(context, decided, table)
    if queue not in table.queues:
        queue = table.fallback
    known = table.queues[queue]
    realtime = decided.realtime and context.channel in table.realtime_channels
    return Assignment(queue, lane, known.skills, realtime, known.realtime_seconds if realtime else known.reply_seconds)


def _by_topic(context: SessionContext, decided: Decided, table: RoutingTable) -> str:
    queue = table.intents.get(context.goal or decided.intent.name)
    if queue is not None and queue != table.fallback:
        return queue
    journey = choose_journey(context.journey, context.goal)
    if journey.name != DEFAULT_JOURNEY:
        return journey.queue
    return queue or table.fallback
