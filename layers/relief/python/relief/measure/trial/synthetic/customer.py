"""A customer: who they are, and what they write. They do not know what decides for the bot."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relief.contracts.vocabulary import AccountValue, Channel
from relief.measure.trial.synthetic.luck import Luck
from relief.measure.trial.synthetic.population import (
    Clarity,
    Literacy,
    Moods,
    Patience,
    Population,
    Topic,
    Voice,
)

_ANNOYED_FROM, _EXASPERATED_FROM = 2, 3
_LETTERS_AT_LEAST = 5


@dataclass(frozen=True)
class Customer:
    """One customer with one matter."""

    name: str
    luck: Luck
    population: Population
    topic: Topic
    patience: Patience
    clarity: Clarity
    literacy: Literacy
    voice: Voice
    channel: Channel
    value: AccountValue

    def opening(self, contact: int) -> str:
        """Return the words that they begin with."""
        clear = self.clarity is self.population.traits.clarity.get("clear")
        line = self.luck.choose(self.topic.clear if clear else self.topic.vague, "opening")
        back = self.luck.choose(self.population.words.back, "back", contact) if contact else ""
        return self.write(back + line, contact, "opening")

    def react(self, words: Moods, irritation: int, *key: object) -> str:
        """Return what they write about something that went wrong, as openly as they are."""
        shown = irritation if self.luck.happens(self.voice.tells_mood, "open", *key) else 0
        lines = words.calm
        if shown >= _EXASPERATED_FROM:
            lines = words.exasperated
        elif shown >= _ANNOYED_FROM:
            lines = words.annoyed
        opening = self.luck.choose(self.topic.clear, "again", *key)
        return self.write(self.luck.choose(lines, "words", *key).format(opening=opening), *key)

    def write(self, text: str, *key: object) -> str:
        """Return a text as they type it: two letters change places in some words of those who write haltingly."""
        if not self.literacy.typos:
            return text
        words = text.split(" ")
        for place, word in enumerate(words):
            if (
                word.isalpha()
                and len(word) >= _LETTERS_AT_LEAST
                and self.luck.happens(self.literacy.typos, "typo", place, *key)
            ):
                words[place] = word[:2] + word[3] + word[2] + word[4:]
        return " ".join(words)


def draw_customer(population: Population, *seed: object) -> Customer:
    """Return the customer of this seed."""
    luck = Luck(*seed)
    return Customer(
        name="-".join(map(str, seed)),
        luck=luck,
        population=population,
        topic=next(one for one in population.topics if one.name == _draw_topic(population, luck)),
        patience=_draw(luck, "patience", population.traits.patience),
        clarity=_draw(luck, "clarity", population.traits.clarity),
        literacy=_draw(luck, "literacy", population.traits.literacy),
        voice=_draw(luck, "voice", population.traits.voice),
        channel=luck.draw(population.channels, "channel"),
        value=luck.draw(population.values, "value"),
    )


def _draw_topic(population: Population, luck: Luck) -> str:
    return luck.draw({topic.name: topic.share for topic in population.topics}, "topic")


def _draw(luck: Luck, kind: str, classes: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whichever trait it is
    return classes[luck.draw({name: one.share for name, one in classes.items()}, kind)]
