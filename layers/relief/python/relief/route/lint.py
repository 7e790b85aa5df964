"""Find what is wrong with a routing table although it validates: what nobody takes, and who gets nothing."""

from collections.abc import Mapping
from typing import NamedTuple

from relief.contracts.queues import QueueStatus
from relief.decide.journeys import DEFAULT_JOURNEY, Journey
from relief.decide.policy import Policy
from relief.route.tables import RoutingTable

_INCIDENTS = "crisis"
"""The queue that incidents name by default."""


class Fault(NamedTuple):
    """One thing to mend."""

    what: str
    cure: str

    def __str__(self) -> str:
        """Return the fault as a line."""
        return f"{self.what}; {self.cure}"


def lint_table(table: RoutingTable, journeys: Mapping[str, Journey], policy: Policy, intents: set[str]) -> list[Fault]:
    """Return the faults of a table beside the journeys, the policy and the intents that it serves."""
    return [
        *_intents_without_queue(table, journeys, intents),
        *_hints_without_queue(table, journeys, policy),
        *_queues_without_way(table, journeys, policy),
        *_unused_hours(table),
        *_unnamed_teams(table),
        *_dead_ends(table),
        *_vain_overflows(table),
    ]


def _intents_without_queue(table: RoutingTable, journeys: Mapping[str, Journey], intents: set[str]) -> list[Fault]:
    named = intents.union(*(journey.intents for journey in journeys.values()))
    return [
        Fault(f"intent {name} has no queue", f"add it under intents, or its customers end in {table.fallback}")
        for name in sorted(named - set(table.intents))
    ]


def _hints_without_queue(table: RoutingTable, journeys: Mapping[str, Journey], policy: Policy) -> list[Fault]:
    hints = [(f"journey {journey.name}", journey.queue) for journey in journeys.values()]
    hints += [(f"rule {rule.id}", rule.queue) for rule in policy.rules if rule.queue]
    return [
        Fault(f"{who} names queue {queue}, which does not exist", "define it under queues, or correct the name")
        for who, queue in hints
        if queue not in table.queues
    ]


def _queues_without_way(table: RoutingTable, journeys: Mapping[str, Journey], policy: Policy) -> list[Fault]:
    reached = {table.fallback, _INCIDENTS, *table.intents.values()}
    reached.update(journey.queue for journey in journeys.values() if journey.name != DEFAULT_JOURNEY)
    reached.update(rule.queue for rule in policy.rules if rule.queue)
    reached.update(queue.overflow.queue for queue in table.queues.values() if queue.overflow)
    return [
        Fault(f"nobody can reach queue {name}", "name it for an intent, in a journey or in a rule, or take it out")
        for name in sorted(set(table.queues) - reached)
    ]


def _unused_hours(table: RoutingTable) -> list[Fault]:
    used = {queue.hours for queue in table.queues.values()}
    return [
        Fault(f"hours {name} are used by no queue", "give them to a queue, or take them out")
        for name in sorted(set(table.hours) - used)
    ]


def _unnamed_teams(table: RoutingTable) -> list[Fault]:
    return [
        Fault(f"queue {name} has no English team name", "add en under team; it is what other languages fall back to")
        for name, queue in sorted(table.queues.items())
        if not queue.team.get("en")
    ]


def _dead_ends(table: RoutingTable) -> list[Fault]:
    if table.queues[table.fallback].capacity != 0:
        return []
    return [Fault(f"the fallback queue {table.fallback} is staffed by nobody", "give it a capacity, or none at all")]


def _vain_overflows(table: RoutingTable) -> list[Fault]:
    """Return the queues whose overflow is never of use: it takes nobody either, or what it is for never happens."""
    faults: list[Fault] = []
    for name, queue in sorted(table.queues.items()):
        if queue.overflow is None:
            continue
        other = table.queues[queue.overflow.queue]
        where = f"queue {name} overflows to {queue.overflow.queue}"
        if other.capacity == 0 and other.overflow is None:
            faults.append(Fault(f"{where}, which nobody staffs", "name a queue that somebody staffs"))
        if queue.overflow.when == [QueueStatus.closed] and queue.hours is not None and queue.hours == other.hours:
            faults.append(Fault(f"{where} when it is closed, but both have the hours {queue.hours}", "name another"))
        possible = {QueueStatus.closed} if queue.hours else set()
        possible |= {QueueStatus.full} if queue.capacity is not None else set()
        if not possible & set(queue.overflow.when):
            faults.append(
                Fault(f"{where}, but is never {' or '.join(queue.overflow.when)}", "give it hours or a capacity")
            )
    return faults
