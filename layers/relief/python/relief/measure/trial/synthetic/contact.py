"""One contact of a customer with the bot: from the first message until it is solved, left, or handed over."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from relief.contracts.decision import TurnResponse
from relief.contracts.turn import BotReport, TurnRequest
from relief.contracts.vocabulary import Action, TelemetryKind
from relief.measure.trial.runner import TurnRunner
from relief.measure.trial.synthetic.bot import BAD, Bot, BotRates, Event
from relief.measure.trial.synthetic.customer import Customer

_FIRST_MOMENT: Final = datetime(2026, 1, 5, 8, tzinfo=UTC)
_MOST_MESSAGES: Final = 30
"""Nobody is kept longer; whoever still is there counts as having left."""

BOT_GAVE_UP: Final = "bad-answers-in-a-row"
"""The bot's own rule, where nothing advises it."""

_SEEN_MESSAGES: Final = 5
"""How many of the customer's messages are among the last ten of a conversation."""


class Ending(StrEnum):
    """How a contact with the bot ended."""

    solved = "solved"
    left = "left"
    handed_over = "handed_over"


@dataclass(frozen=True)
class Side:
    """What decides for the bot.

    With ``own_rules`` the bot offers a person by itself after bad answers in a row, and whoever takes over sees the
    last ten messages; otherwise they see the summary.
    """

    name: str
    runner: TurnRunner
    own_rules: bool


@dataclass
class Contact:
    """What came of a contact. Times are seconds since the shift began."""

    ending: Ending
    ended_at: float
    messages: int = 0
    told_again: int = 0
    asked_at: float | None = None
    """When the customer first asked for a person."""

    ask_again: int = 0
    """Facts that the person who takes over must ask for again."""

    rule: str | None = None
    """What handed over: the rule of the policy, or of the bot."""


@dataclass
class Play:
    """A contact under way."""

    customer: Customer
    side: Side
    rates: BotRates
    number: int
    now: float
    messages: int = 0
    told_again: int = 0
    irritation: int = 0
    asked_at: float | None = None
    asks: bool = False
    """Whether the message that is written now asks for a person."""

    bot: Bot = field(init=False)

    def __post_init__(self) -> None:
        """Meet the bot."""
        self.bot = Bot(self.customer, self.rates, self.number)

    def run(self) -> Contact:
        """Play until the end.

        Raises:
            TurnRefused: a turn got no answer.
        """
        self.side.runner.begin(f"{self.customer.name}-{self.number}")
        event: Event | None = None
        while self.messages < _MOST_MESSAGES:
            written = self._write(event)
            reading = self.bot.read(self.messages)
            answer = self.side.runner.take(self._request(written, reading.intent.model_dump()))
            if answer.action is Action.escalate:
                return self._end(Ending.handed_over, answer)
            event = self.bot.act(answer, reading, wants_person=self.asks)
            if event is Event.solved:
                return self._end(Ending.solved)
            if self.side.own_rules and self.bot.bad_in_a_row >= self.rates.gives_up_after:
                return self._end(Ending.handed_over, answer)
            if self._has_enough(event):
                return self._end(Ending.left)
        return self._end(Ending.left)

    def _has_enough(self, event: Event) -> bool:
        """Let the customer feel what happened; tell whether they leave. Otherwise they may ask for a person next."""
        self.asks = False
        if event not in BAD:
            return False
        self.irritation += 1
        luck, habits = self.customer.luck, self.customer.population.habits
        if luck.happens(1 / self.customer.patience.bad_moments, self.number, "leaves", self.irritation):
            return True
        chance = habits.asks_again if event is Event.ignored else habits.asks_after_bad_moment
        chance *= habits.asks_more_when_back if self.number else 1
        self.asks = luck.happens(min(1, chance), self.number, "asks", self.irritation)
        return False

    def _write(self, event: Event | None) -> dict[str, Any]:
        """Return what the customer's next turn holds: words and facts, or mere clicks."""
        self.messages += 1
        self.now += self.customer.literacy.seconds_a_message
        words, key = self.customer.population.words, (self.number, self.messages)
        luck = self.customer.luck
        if event is None:
            self.asks = luck.happens(self._asking_at_once(), self.number, "at once")
        if self.asks:
            lines = words.ignored if event is Event.ignored else words.person
            self.asked_at = self.now if self.asked_at is None else self.asked_at
            return {"text": self.customer.write(luck.choose(lines, "person", *key), *key)}
        if event is None:
            return {"text": self.customer.opening(self.number)}
        if event in {Event.asked, Event.asked_again}:
            return self._tell(key)
        if event is not Event.nothing and luck.happens(self.customer.voice.only_clicks, "clicks", *key):
            return {"telemetry": self._clicks(event)}
        return {"text": self._answer(event, key)}

    def _answer(self, event: Event, key: tuple[int, int]) -> str:
        words = self.customer.population.words
        if event is Event.goes_on:
            return self.customer.write(self.customer.luck.choose(words.goes_on, "on", *key), *key)
        moods = words.misread if event in {Event.misread, Event.ignored} else words.failed
        return self.customer.react(moods, self.irritation, *key)

    def _asking_at_once(self) -> float:
        habits = self.customer.population.habits
        if self.number == 0:
            return habits.wants_person_at_once
        return min(1, (habits.wants_person_at_once + habits.asks_after_bad_moment) * habits.asks_more_when_back)

    def _tell(self, key: tuple[int, int]) -> dict[str, Any]:
        slot = self.bot.asking or ""
        words, luck = self.customer.population.words, self.customer.luck
        value = self.customer.topic.facts.get(slot)
        if value is None:
            return {"text": self.customer.opening(self.number)}
        again = slot in self.bot.told
        self.told_again += again
        self.bot.told[slot] = self.messages
        line = luck.choose(words.told_already if again else words.answers, "tells", *key)
        return {"text": line.format(value=value), "facts": {slot: value}}

    def _clicks(self, event: Event | None) -> list[dict[str, Any]]:
        """Return what somebody does who does not say what is wrong: look at the same step again, and at the help."""
        step = self.bot.report.step or "start"
        if event not in BAD:
            return [{"kind": TelemetryKind.step_viewed, "target": step}]
        viewed = [{"kind": TelemetryKind.step_viewed, "target": step}] * min(3, 1 + self.irritation)
        helped = [{"kind": TelemetryKind.help_opened, "target": step}, {"kind": TelemetryKind.returned, "target": step}]
        return [*viewed, *(helped if self.irritation > 1 else [])]

    def _request(self, written: dict[str, Any], intent: dict[str, Any]) -> TurnRequest:
        report: BotReport = self.bot.report
        return TurnRequest.model_validate(
            {
                "turn_id": f"t{self.messages}",
                "at": _FIRST_MOMENT + timedelta(seconds=self.now),
                "channel": self.customer.channel,
                "journey": self.customer.topic.name,
                "customer": {"ref": self.customer.name, "value": self.customer.value},
                "bot": {**report.model_dump(exclude_none=True), **({"intent": intent} if "text" in written else {})},
                **written,
            }
        )

    def _end(self, ending: Ending, answer: TurnResponse | None = None) -> Contact:
        asked_again = self._unseen(answer) if answer is not None else 0
        return Contact(
            ending, self.now, self.messages, self.told_again, self.asked_at, asked_again, self._rule(ending, answer)
        )

    def _rule(self, ending: Ending, answer: TurnResponse | None) -> str | None:
        """Return what handed over; of the bot's own accord where the answer did not."""
        if ending is not Ending.handed_over or answer is None:
            return None
        return answer.reasons[0].rule if answer.action is Action.escalate and answer.reasons else BOT_GAVE_UP

    def _unseen(self, answer: TurnResponse) -> int:
        """Count the facts that the person who takes over cannot see."""
        if self.side.own_rules or answer.handoff is None:
            return sum(self.messages - told >= _SEEN_MESSAGES for told in self.bot.told.values())
        return len(self.bot.told.keys() - set(answer.handoff.summary.do_not_ask))
