"""Assign a hand-over: the queue, the lane, skills, and whether somebody answers live."""

from typing import Final, NamedTuple

from relief.contracts.context import SessionContext
from relief.contracts.states import Decided
from relief.contracts.vocabulary import Lane, ReasonCode
from relief.decide.journeys import DEFAULT_JOURNEY, choose_journey
from relief.remember.goal import is_sure_of_goal
from relief.route.tables import RoutingTable

SAFETY_FIRST: Final = frozenset({ReasonCode.SAFETY_OR_VULNERABILITY, ReasonCode.SECURITY_CONCERN})
_USUAL_LANGUAGE: Final = "en"


class Assignment(NamedTuple):
    """Where a hand-over goes."""

    queue: str
    lane: Lane
    skills: list[str]
    realtime: bool


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
    realtime = decided.realtime and context.channel in table.realtime_channels
    return Assignment(queue, lane, [*table.queues[queue].skills, *_language(context)], realtime)


def _by_topic(context: SessionContext, decided: Decided, table: RoutingTable) -> str:
    queue = table.intents.get(context.goal or decided.intent.name)
    journey = choose_journey(context.journey, context.goal)
    named = journey.queue if journey.name != DEFAULT_JOURNEY else None
    if queue is None or queue == table.fallback or (context.journey and not is_sure_of_goal(context)):
        return named or queue or table.fallback
    return queue


def _language(context: SessionContext) -> list[str]:
    """Return the skill of writing the customer's language, where it is another than the usual one."""
    language = context.locale.replace("_", "-").split("-")[0].lower()
    return [] if language == _USUAL_LANGUAGE else [f"language_{language}"]
