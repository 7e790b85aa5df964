"""Routing tables as data: intents to queues, and what is known of each queue."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from relief.contracts.model import Contract, Name
from relief.contracts.vocabulary import Channel
from relief.data_files import load_data_file
from relief.decide.journeys import localise

_Seconds = Annotated[int, Field(ge=0, le=14 * 86400)]


class Queue(Contract):
    """A team of people: what it is called to customers, what it can do, how long it usually takes."""

    team: dict[str, str]
    skills: list[Name]
    realtime_seconds: _Seconds = Field(description="Usual wait in a live channel, seconds.")
    reply_seconds: _Seconds = Field(description="Usual time to a written reply, seconds.")


class RoutingTable(Contract):
    """The whole table. Every intent has a queue, and every queue that is named exists."""

    intents: dict[Name, Name]
    fallback: Name
    realtime_channels: list[Channel]
    queues: dict[Name, Queue]

    @model_validator(mode="after")
    def _names_existing_queues(self) -> "RoutingTable":
        for queue in {*self.intents.values(), self.fallback}:
            if queue not in self.queues:
                message = f"queue {queue} is named but not defined under queues"
                raise ValueError(message)
        return self


@lru_cache(maxsize=1)
def load_table() -> RoutingTable:
    """Load the shipped routing table.

    Raises:
        DataFileInvalid: the file does not validate.
    """
    return load_data_file(Path(__file__).parent / "tables" / "default.yaml", RoutingTable)


def name_team(queue: str, locale: str) -> str:
    """Return what customers call the team of a queue."""
    table = load_table()
    return localise((table.queues.get(queue) or table.queues[table.fallback]).team, locale)
