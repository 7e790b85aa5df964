"""The bot: follows a journey's main steps, misreads and fails as often as it is told to, and takes advice.

Where the advice names a step that serves what is being done, the bot takes that one. Otherwise it keeps its own flow:
the same step again, and another way after ``own_attempts`` failures of it.
"""

from collections import Counter
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field

from relief.contracts.decision import TurnResponse
from relief.contracts.model import Contract, Score
from relief.contracts.turn import BotIntent, BotReport
from relief.contracts.vocabulary import Action, StepOutcome
from relief.decide.journeys import Journey, Step, load_journeys
from relief.measure.trial.synthetic.customer import Customer

_LANGUAGE = "en"


class BotRates(Contract):
    """How often the bot fails, and what it does about it by itself."""

    misunderstanding: Score = 0.15
    step_failure: Score = 0.2
    stubborn: Score = Field(0.6, description="Chance that a step that failed fails again unchanged.")
    beyond: Score = Field(0.2, description="Share of matters that the bot cannot solve at all.")
    own_attempts: Annotated[int, Field(ge=1)] = 2
    gives_up_after: Annotated[int, Field(ge=1)] = Field(3, description="Bad answers in a row; without Relief only.")


class Event(StrEnum):
    """What the customer sees of what the bot did."""

    solved = "solved"
    goes_on = "goes_on"
    failed = "failed"
    misread = "misread"
    asked = "asked"
    asked_again = "asked_again"
    ignored = "ignored"
    nothing = "nothing"


BAD: frozenset[Event] = frozenset({Event.failed, Event.misread, Event.asked_again, Event.ignored})


class Reading(NamedTuple):
    """How the bot understood a message."""

    intent: BotIntent
    wrong: bool


class Bot:
    """The bot in one contact with one customer."""

    def __init__(self, customer: Customer, rates: BotRates, contact: int) -> None:
        """Begin at the journey's first step."""
        self._customer = customer
        self._rates = rates
        self._contact = contact
        self._journey: Journey = load_journeys()[customer.topic.name]
        others = {name for step in self._journey.steps for name in step.alternatives}
        self._path = [step for step in self._journey.steps if step.name not in others]
        self._done = 0
        self._attempts: Counter[str] = Counter()
        self._clarified = False
        self.told: dict[str, int] = {}
        """Slots that the customer has supplied, with the message in which they did."""
        self.asking: str | None = None
        self.report = BotReport()
        self.bad_in_a_row = 0

    def read(self, message: int) -> Reading:
        """Return how it understands a message: wrongly as often as its rate says, less often after a good question."""
        luck, customer = self._customer.luck, self._customer
        chance = self._rates.misunderstanding * customer.clarity.misread_factor
        if self._clarified:
            chance /= 2
        wrong = luck.happens(min(1, chance), self._contact, "misread", message)
        sure = luck.share(self._contact, "sure", message)
        if wrong:
            name = luck.choose(customer.topic.mistaken_for, self._contact, "mistaken", message)
            return Reading(BotIntent(name=name, confidence=round(0.2 + 0.5 * sure, 3)), wrong=True)
        return Reading(BotIntent(name=customer.topic.intent, confidence=round(0.45 + 0.5 * sure, 3)), wrong=False)

    def act(self, answer: TurnResponse, reading: Reading, *, wants_person: bool) -> Event:
        """Do what the answer says, and return what the customer sees of it."""
        event = self._act(answer, reading, wants_person=wants_person)
        self.bad_in_a_row = self.bad_in_a_row + 1 if event in BAD else 0
        return event

    def _act(self, answer: TurnResponse, reading: Reading, *, wants_person: bool) -> Event:
        self.asking = None
        if answer.action is Action.hold:
            self.report = BotReport()
            return Event.nothing
        if answer.action is Action.clarify and answer.next.ask is not None:
            self._clarified = True
            return self._ask(answer.next.ask.slot, answer.next.ask.question)
        if wants_person:
            self.report = BotReport(said="I can help you with that right here.")
            return Event.ignored
        if reading.wrong:
            self.report = BotReport(said="Here is what I found about that.")
            return Event.misread
        return self._take_step(self._choose(answer))

    def _ask(self, slot: str, question: str) -> Event:
        self.asking = slot
        self.report = BotReport(said=question, asked=[slot])
        return Event.asked_again if slot in self.told else Event.asked

    def _choose(self, answer: TurnResponse) -> Step:
        current = self._path[self._done]
        ways = self._ways(current)
        advised = next((step for step in ways if step.name == answer.next.step), None)
        if advised is not None:
            return advised
        patience = self._rates.own_attempts if answer.action is Action.answer else 1
        return next((step for step in ways if self._attempts[step.name] < patience), current)

    def _ways(self, step: Step) -> list[Step]:
        ways = [step]
        for way in ways:
            ways += [one for one in self._journey.steps if one.name in way.alternatives and one not in ways]
        return ways

    def _take_step(self, step: Step) -> Event:
        missing = next((slot for slot in step.needs if slot not in self.told), None)
        if missing is not None:
            return self._ask(missing, self._journey.slots[missing].question[_LANGUAGE])
        self._attempts[step.name] += 1
        works = self._works(step)
        outcome = StepOutcome.succeeded if works else StepOutcome.failed
        self.report = BotReport(step=step.name, outcome=outcome, said=step.say[_LANGUAGE])
        self._done += works
        if not works:
            return Event.failed
        return Event.solved if self._done == len(self._path) else Event.goes_on

    def _works(self, step: Step) -> bool:
        """Tell whether a step works. The last one never does where the matter is beyond the bot."""
        customer = self._customer
        last = self._done == len(self._path) - 1
        if last and customer.luck.happens(self._rates.beyond, "beyond"):
            return False
        attempt = self._attempts[step.name]
        chance = min(1, self._rates.step_failure * customer.literacy.failure_factor)
        if attempt > 1:
            chance = max(chance, self._rates.stubborn)
        return not customer.luck.happens(chance, self._contact, "step", step.name, attempt)


def is_beyond(customer: Customer, rates: BotRates) -> bool:
    """Tell whether only a person can solve a customer's matter."""
    return customer.luck.happens(rates.beyond, "beyond")
