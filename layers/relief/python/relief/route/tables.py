"""Routing tables as data: intents to queues, and what is known of each queue."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from relief.contracts.model import Contract, Name
from relief.contracts.queues import QueueStatus
from relief.contracts.vocabulary import Channel
from relief.decide.journeys import localise
from relief.decide.source import load_source
from relief.route.hours import OpeningHours

SHIPPED_TABLE: Final = Path(__file__).parent / "tables" / "default.yaml"
_Seconds = Annotated[int, Field(ge=0, le=14 * 86400)]


class Overflow(Contract):
    """Who takes what a queue cannot take."""

    queue: Name
    when: Annotated[list[Literal[QueueStatus.closed, QueueStatus.full]], Field(min_length=1)] = [
        QueueStatus.closed,
        QueueStatus.full,
    ]


class Queue(Contract):
    """A team of people: what it is called to customers, what it can do, how long it usually takes."""

    team: dict[str, str]
    skills: list[Name]
    realtime_seconds: _Seconds = Field(description="Usual wait in a live channel, seconds.")
    reply_seconds: _Seconds = Field(description="Usual time to a written reply, seconds.")
    hours: Name | None = Field(None, description="Name of its opening hours; without, the team is always there.")
    capacity: Annotated[int, Field(ge=0, le=1000)] | None = Field(
        None, description="Waiting conversations from which on it is full; 0: nobody staffs it. Without, never full."
    )

    overflow: Overflow | None = Field(None, description="Where hand-overs go while it is closed or full.")


MOST_OVERFLOWS: Final = 2
"""How many queues in a row can pass a hand-over on: each that is looked at costs the turn a reading."""


class RoutingTable(Contract):
    """The whole table. Every intent has a queue, every queue that is named exists, and none passes on in a circle."""

    intents: dict[Name, Name]
    fallback: Name
    realtime_channels: list[Channel]
    hours: dict[Name, OpeningHours] = {}
    queues: dict[Name, Queue]

    @model_validator(mode="after")
    def _names_what_exists(self) -> "RoutingTable":
        for queue in {*self.intents.values(), self.fallback}:
            if queue not in self.queues:
                message = f"queue {queue} is named but not defined under queues"
                raise ValueError(message)
        for name, one in self.queues.items():
            if one.overflow is not None and one.overflow.queue not in self.queues:
                message = f"queue {name} overflows to {one.overflow.queue}, which is not defined under queues"
                raise ValueError(message)
            if one.hours is not None and one.hours not in self.hours:
                message = f"queue {name} has the hours {one.hours}, which are not defined under hours"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _passes_on_in_no_circle(self) -> "RoutingTable":
        for name in self.queues:
            way = [name]
            while (overflow := self.queues[way[-1]].overflow) is not None:
                way.append(overflow.queue)
                if way.count(overflow.queue) > 1:
                    message = f"queues overflow in a circle: {' -> '.join(way)}"
                    raise ValueError(message)
            if len(way) > MOST_OVERFLOWS + 1:
                message = f"queue {name} overflows through more than {MOST_OVERFLOWS} queues: {' -> '.join(way)}"
                raise ValueError(message)
        return self

    def hours_of(self, queue: str) -> OpeningHours | None:
        """Return a queue's opening hours; ``None`` for one that is always open."""
        named = self.queues[queue].hours
        return self.hours[named] if named is not None else None


@lru_cache(maxsize=1)
def load_table() -> RoutingTable:
    """Load the routing table in force: the file that ``RELIEF_ROUTING`` names, or the shipped one.

    Raises:
        DataFileInvalid: the file does not validate; names file, line and what to do.
    """
    named = os.environ.get("RELIEF_ROUTING")
    return load_source(Path(named) if named else SHIPPED_TABLE, RoutingTable)


def name_team(queue: str, locale: str) -> str:
    """Return what customers call the team of a queue."""
    table = load_table()
    return localise((table.queues.get(queue) or table.queues[table.fallback]).team, locale)
