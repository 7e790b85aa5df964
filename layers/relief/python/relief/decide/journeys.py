"""Journeys as data: the steps of a task, the alternatives to each, and the slots that may be asked for.

A journey is one YAML file in ``journeys/``; a new one needs no code. See the README, chapter
"Configuration".
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import Field, model_validator

from relief.contracts.model import Contract, Name, Score
from relief.contracts.vocabulary import FactClass
from relief.decide.source import load_source, misplace
from relief.errors import DataFileInvalid

SHIPPED_JOURNEYS = Path(__file__).parent / "journeys"
DEFAULT_JOURNEY = "default"
Localised = dict[str, str]


def localise(texts: Localised, locale: str) -> str:
    """Return the text for a locale: exact match, then its language, then English."""
    language = locale.replace("_", "-").split("-")[0].lower()
    return texts.get(locale) or texts.get(language) or texts.get("en", "")


class Step(Contract):
    """One thing that the bot can do in a journey."""

    name: Name
    label: Localised = Field({}, description="What colleagues call it, in a few words; the name when absent.")
    alternatives: list[Name] = []
    needs: list[Name] = Field([], description="Slots without which the step cannot be taken.")
    say: Localised
    expect: Localised


class Slot(Contract):
    """One piece of information that may be asked for, at most twice and never once known."""

    label: Localised
    question: Localised
    keep: FactClass = Field(FactClass.plain, description="How much of its value is kept.")


class Journey(Contract):
    """A task that customers come with, and how it may be automated."""

    name: Name
    goal: Localised = Field({}, description="What customers on it want, after the words `Customer wants`.")
    intents: list[Name] = []
    harm: Score = Field(description="What a wrong automated answer costs the customer, 0 to 1.")
    sensitive: bool = Field(description="Whether steps act on the account itself.")
    queue: Name
    steps: list[Step] = Field(min_length=1)
    slots: dict[Name, Slot] = {}
    facts: dict[Name, FactClass] = Field({}, description="Facts that are never asked for, but may be sent and kept.")

    @model_validator(mode="after")
    def _refers_to_known_names(self) -> "Journey":
        names = [step.name for step in self.steps]
        if len(set(names)) != len(names):
            again = next(place for place, name in enumerate(names) if name in names[:place])
            raise misplace(("steps", again, "name"), "two steps have the same name; rename one")
        for place, step in enumerate(self.steps):
            for other in step.alternatives:
                if other not in names or other == step.name:
                    message = f"alternative {other} is not another step of this journey; name one of its steps"
                    raise misplace(("steps", place, "alternatives"), message)
            for slot in step.needs:
                if slot not in self.slots:
                    message = f"step {step.name} needs slot {slot}, which the journey does not define; add it to slots"
                    raise misplace(("steps", place, "needs"), message)
        circle = _find_circle(self.steps)
        if circle:
            message = f"alternatives go in a circle: {' -> '.join(circle)}; take one of them out, so that each leads on"
            raise misplace(("steps", names.index(circle[0]), "alternatives"), message)
        return self

    @property
    def kept_facts(self) -> dict[str, FactClass]:
        """The facts whose values may be kept in this journey, and how."""
        return {**{name: slot.keep for name, slot in self.slots.items()}, **self.facts}

    def step(self, name: str) -> Step | None:
        """Return a step by its name."""
        return next((step for step in self.steps if step.name == name), None)


def _find_circle(steps: Iterable[Step]) -> list[str]:
    """Return the steps of a circle of alternatives, its first one again at the end; empty when there is none."""
    ways = {step.name: step.alternatives for step in steps}
    finished: set[str] = set()

    def follow(name: str, trail: list[str]) -> list[str]:
        if name in trail:
            return [*trail[trail.index(name) :], name]
        if name in finished:
            return []
        for other in ways[name]:
            circle = follow(other, [*trail, name])
            if circle:
                return circle
        finished.add(name)
        return []

    return next((circle for name in ways if (circle := follow(name, []))), [])


@lru_cache(maxsize=1)
def load_journeys() -> dict[str, Journey]:
    """Load every shipped journey, by name.

    Raises:
        DataFileInvalid: as ``read_journeys``, or there is no default.
    """
    journeys = read_journeys(SHIPPED_JOURNEYS)
    if DEFAULT_JOURNEY not in journeys:
        message = f"journeys: {DEFAULT_JOURNEY}.yaml is missing; add it, it takes what no other journey does"
        raise DataFileInvalid(message)
    return journeys


def read_journeys(folder: Path) -> dict[str, Journey]:
    """Read every journey of a folder, by name.

    Raises:
        DataFileInvalid: a file does not validate, or its name is not its file's; names file, line and what to do.
    """
    journeys = {}
    for path in sorted(folder.glob("*.yaml")):
        journey = load_source(path, Journey)
        if journey.name != path.stem:
            message = f"{path.name}, line 1: name is {journey.name}; rename it, or the file, so that both are the same"
            raise DataFileInvalid(message)
        journeys[journey.name] = journey
    return journeys


def choose_journey(named: str | None, intent: str, journeys: Mapping[str, Journey] | None = None) -> Journey:
    """Return the journey that the caller named, else the one for the intent, else the default."""
    if journeys is None:
        journeys = load_journeys()
    if named is not None and named in journeys:
        return journeys[named]
    return next((journey for journey in journeys.values() if intent in journey.intents), journeys[DEFAULT_JOURNEY])
