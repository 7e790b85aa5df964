"""A shift: customers who come at random, one bot for all of them, and some people who take over.

A discrete-event simulation. The bot has time for everybody, so a contact with it is played at once; hand-overs wait for
the first person who is free, in the order of requests, and whoever runs out of patience leaves the queue.
"""

import heapq
from dataclasses import dataclass, field
from typing import Annotated, Final

from pydantic import Field

from relief.contracts.model import Contract
from relief.measure.trial.synthetic.bot import BotRates, is_beyond
from relief.measure.trial.synthetic.contact import Contact, Ending, Play, Side
from relief.measure.trial.synthetic.customer import Customer

_HOUR: Final = 3600.0
_MINUTE: Final = 60.0


class Staffing(Contract):
    """How many people serve hand-overs, and how many customers come in an hour."""

    people: Annotated[int, Field(ge=1)] = 3
    per_hour: Annotated[float, Field(gt=0)] = 60


@dataclass
class Matter:
    """What became of one customer's matter, over all their contacts."""

    beyond: bool
    began: float = 0
    contacts: int = 0
    messages: int = 0
    told_again: int = 0
    left: int = 0
    left_waiting: int = 0
    handed_over: int = 0
    needless: int = 0
    """Handed over though the bot could have solved it and nobody had asked."""

    needless_rules: list[str] = field(default_factory=list)
    """The rules that did."""

    asked: bool = False
    waits: list[float] = field(default_factory=list)
    """Seconds in the queue, of those who waited until a person came."""

    first_signal: float | None = None
    reached_after: float | None = None
    """Seconds from the first request or hand-over to the person."""

    person_after: float | None = None
    """Seconds from the first message to the person."""

    solved_after: float | None = None


class Shift:
    """One shift on one side."""

    def __init__(self, side: Side, rates: BotRates, staffing: Staffing, customers: list[Customer]) -> None:
        """Keep what it is made of."""
        self._side = side
        self._rates = rates
        self._customers = customers
        self._free = [0.0] * staffing.people
        self._gap = _HOUR / staffing.per_hour
        self._coming: list[tuple[float, int, int, Contact | None]] = []
        self.matters = [Matter(is_beyond(customer, rates)) for customer in customers]
        self.busy = 0.0
        """Seconds of service that begin while new customers come."""
        self.last_comes = 0.0

    def run(self) -> None:
        """Play until everybody is done.

        Raises:
            TurnRefused: a turn got no answer.
        """
        at = 0.0
        for place, customer in enumerate(self._customers):
            at += customer.luck.waits(self._gap, "comes")
            self.matters[place].began = at
            heapq.heappush(self._coming, (at, place, 0, None))
        self.last_comes = at
        while self._coming:
            at, place, number, contact = heapq.heappop(self._coming)
            if contact is None:
                self._meet_bot(at, place, number)
            else:
                self._wait_for_person(at, place, number, contact)

    def _meet_bot(self, at: float, place: int, number: int) -> None:
        customer, matter = self._customers[place], self.matters[place]
        contact = Play(customer, self._side, self._rates, number, at).run()
        matter.contacts += 1
        matter.messages += contact.messages
        matter.told_again += contact.told_again
        if contact.asked_at is not None:
            matter.asked = True
            matter.first_signal = contact.asked_at if matter.first_signal is None else matter.first_signal
        if contact.ending is Ending.solved:
            self._solve(matter, contact.ended_at)
        elif contact.ending is Ending.left:
            self._leave(contact.ended_at, place, number)
        else:
            matter.handed_over += 1
            if not matter.beyond and contact.asked_at is None:
                matter.needless += 1
                matter.needless_rules.append(contact.rule or "")
            matter.first_signal = contact.ended_at if matter.first_signal is None else matter.first_signal
            heapq.heappush(self._coming, (contact.ended_at, place, number, contact))

    def _wait_for_person(self, at: float, place: int, number: int, contact: Contact) -> None:
        customer, matter = self._customers[place], self.matters[place]
        luck, habits, people = customer.luck, customer.population.habits, customer.population.people
        free = heapq.heappop(self._free)
        wait = max(0.0, free - at)
        bears = luck.waits(customer.patience.wait_minutes * _MINUTE, number, "bears")
        if wait > 0 and contact.asked_at is None and luck.happens(habits.declines_waiting, number, "declines"):
            bears = 0
        if wait > bears:
            heapq.heappush(self._free, free)
            matter.left_waiting += 1
            self._leave(at + bears, place, number)
            return
        service = luck.waits(people.serve_minutes * _MINUTE, number, "service")
        begins = at + wait
        heapq.heappush(self._free, begins + service)
        self.busy += service if begins < self.last_comes else 0
        matter.waits.append(wait)
        matter.messages += 1 + contact.ask_again
        matter.told_again += contact.ask_again
        if matter.reached_after is None:
            matter.reached_after = begins - (matter.first_signal or at)
            matter.person_after = begins - matter.began
        if luck.happens(people.resolve, number, "resolves"):
            self._solve(matter, begins + service)
        else:
            self._leave(begins + service, place, number, served=True)

    def _solve(self, matter: Matter, at: float) -> None:
        matter.solved_after = at - matter.began

    def _leave(self, at: float, place: int, number: int, *, served: bool = False) -> None:
        """Go away with the matter unsolved, and perhaps come back."""
        customer, matter = self._customers[place], self.matters[place]
        habits = customer.population.habits
        matter.left += not served
        if number < habits.most_returns and customer.luck.happens(habits.returns, number, "returns"):
            back = at + customer.luck.waits(habits.return_hours * _HOUR, number, "back")
            heapq.heappush(self._coming, (back, place, number + 1, None))

    @property
    def capacity(self) -> float:
        """Seconds that people had while new customers came."""
        return self.last_comes * len(self._free)
