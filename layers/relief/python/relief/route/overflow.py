"""A queue that takes nobody passes a hand-over on to the one that its table names, if that one is open."""

from collections.abc import Callable
from typing import NamedTuple

from relief.contracts.queues import InsteadOf, QueueStatus
from relief.route.assign import Assignment
from relief.route.outlook import Outlook
from relief.route.tables import RoutingTable


class Placement(NamedTuple):
    """Where a hand-over goes, and what it can expect there."""

    assignment: Assignment
    outlook: Outlook
    instead_of: InsteadOf | None = None
    """Which team it was meant for, and why it is not there."""


def place(assignment: Assignment, table: RoutingTable, look: Callable[[Assignment], Outlook]) -> Placement:
    """Return the placement of an assigned hand-over; ``look`` tells what it can expect of a queue.

    Where no queue in the row is open, it stays with the team that it was meant for, whose opening the customer is told:
    nothing is gained by waiting elsewhere.
    """
    meant = assignment
    outlook = first = look(assignment)
    while outlook.status is not QueueStatus.open:
        overflow = table.queues[assignment.queue].overflow
        if overflow is None or outlook.status not in overflow.when:
            return Placement(meant, first)
        assignment = _pass_on(assignment, overflow.queue, table)
        outlook = look(assignment)
    instead_of = None if assignment is meant else InsteadOf(queue=meant.queue, status=first.status)
    return Placement(assignment, outlook, instead_of)


def _pass_on(assignment: Assignment, queue: str, table: RoutingTable) -> Assignment:
    """Return the assignment to another queue: its skills, and what is asked of a person whatever the queue."""
    own = [skill for skill in assignment.skills if skill not in table.queues[assignment.queue].skills]
    return assignment._replace(queue=queue, skills=[*table.queues[queue].skills, *own])
