"""The synthetic customers as data: traits, habits, topics and words, validated at load."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from relief.contracts.model import Contract, Name, Score
from relief.contracts.vocabulary import AccountValue, Channel
from relief.data_files import load_data_file
from relief.decide.journeys import load_journeys

_Lines = Annotated[list[str], Field(min_length=1)]
_Positive = Annotated[float, Field(gt=0)]
_Factor = Annotated[float, Field(ge=0)]
_SUM_TOLERANCE = 0.001


class Assumption(Contract):
    """Something that the model takes for granted, and where it comes from."""

    what: str
    source: str


class Patience(Contract):
    """How many bad moments, and how many minutes of waiting, such customers bear on average."""

    share: Score
    bad_moments: Annotated[float, Field(ge=1)]
    wait_minutes: _Positive


class Clarity(Contract):
    """How much oftener than the bot's rate such customers are misread."""

    share: Score
    misread_factor: _Factor


class Literacy(Contract):
    """How such customers write, and how much oftener steps fail that they must do themselves."""

    share: Score
    typos: Score
    seconds_a_message: _Positive
    failure_factor: _Factor


class Voice(Contract):
    """Whether such customers let their mood be read, and how often they click instead of writing."""

    share: Score
    tells_mood: Score
    only_clicks: Score


class Traits(Contract):
    """The classes of customers; each customer has one of each kind, drawn apart."""

    patience: dict[Name, Patience]
    clarity: dict[Name, Clarity]
    literacy: dict[Name, Literacy]
    voice: dict[Name, Voice]


class Habits(Contract):
    """Chances of what customers do."""

    wants_person_at_once: Score
    asks_after_bad_moment: Score
    asks_again: Score = Field(description="After a request that was ignored.")
    declines_waiting: Score = Field(description="Of those who did not ask for a person.")
    returns: Score = Field(description="After leaving unserved.")
    most_returns: Annotated[int, Field(ge=0, le=5)]
    return_hours: _Positive
    asks_more_when_back: _Factor


class People(Contract):
    """How people serve, the same with and without Relief."""

    serve_minutes: _Positive
    resolve: Score


class Topic(Contract):
    """What customers come about. ``name`` is a journey, whose main steps solve it."""

    name: Name
    share: Score
    intent: Name
    mistaken_for: _Lines
    facts: dict[Name, str]
    clear: _Lines
    vague: _Lines


class Moods(Contract):
    """Words for the same thing in three moods."""

    calm: _Lines
    annoyed: _Lines
    exasperated: _Lines


class Words(Contract):
    """What customers write."""

    back: _Lines
    goes_on: _Lines
    answers: _Lines
    told_already: _Lines
    failed: Moods
    misread: Moods
    person: _Lines
    ignored: _Lines


class Population(Contract):
    """Everything that the simulation knows of people."""

    assumptions: Annotated[list[Assumption], Field(min_length=1)]
    traits: Traits
    channels: dict[Channel, Score]
    values: dict[AccountValue, Score]
    habits: Habits
    people: People
    topics: Annotated[list[Topic], Field(min_length=1)]
    words: Words

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        shares = {
            **{name: [one.share for one in getattr(self.traits, name).values()] for name in Traits.model_fields},
            "channels": list(self.channels.values()),
            "values": list(self.values.values()),
            "topics": [topic.share for topic in self.topics],
        }
        wrong = [name for name, parts in shares.items() if abs(sum(parts) - 1) > _SUM_TOLERANCE]
        if wrong:
            message = f"the shares of {', '.join(wrong)} do not add up to 1"
            raise ValueError(message)
        for topic in self.topics:
            journey = load_journeys().get(topic.name)
            if journey is None:
                message = f"topic {topic.name} is no journey"
                raise ValueError(message)
            missing = {slot for step in journey.steps for slot in step.needs} - topic.facts.keys()
            if missing:
                message = f"topic {topic.name} has no value for {', '.join(sorted(missing))}"
                raise ValueError(message)
        return self


@lru_cache(maxsize=4)
def load_population(path: Path | None = None) -> Population:
    """Load a population; the shipped one without a path.

    Raises:
        DataFileInvalid: the file does not validate; the place is named.
    """
    return load_data_file(path or Path(__file__).with_name("customers.yaml"), Population)
