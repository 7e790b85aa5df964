"""The neutral vocabulary of summaries, as data by language."""

from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from relief.contracts.model import Contract, Score
from relief.contracts.vocabulary import HandoffState, ReasonCode, StepOutcome
from relief.data_files import load_data_file

_FOLDER = Path(__file__).parent / "words"
_FALLBACK_LANGUAGE = "en"


class Step(Contract):
    """Words for every score from a lower bound on."""

    from_: Score = Field(alias="from")
    words: str


class Trend(Contract):
    """Words for the direction of a score."""

    rising: str
    steady: str
    easing: str


class HeadlineWords(Contract):
    """The parts of a headline."""

    wants: str
    did: str
    nothing_tried: str
    earlier_steps: str
    open: str
    to_do: str
    by_hand: str
    nothing_open: str


class Words(Contract):
    """Every word that a summary of one language chooses from."""

    language: str
    emotion: list[Step]
    trend: Trend
    urgency: list[Step]
    goals: dict[str, str]
    perhaps: str
    headline: HeadlineWords
    outcomes: dict[StepOutcome, str]
    times: str
    because: dict[ReasonCode, str] = Field(description="The reason in a few words, for the headline.")
    contacts: str
    advice: dict[ReasonCode, str]
    do_first: str
    do_by_hand: str
    do_not_repeat: str
    not_tried: str
    look_up: str
    check_identity: str
    unmeasured: str
    withheld: str
    colleague: str
    ended: dict[HandoffState, str]

    @model_validator(mode="after")
    def _has_words_for_every_code(self) -> Self:
        missing = [code.value for code in ReasonCode if code not in self.because]
        missing += [outcome.value for outcome in StepOutcome if outcome not in self.outcomes]
        if missing:
            message = f"words are missing for {', '.join(missing)}"
            raise ValueError(message)
        return self


@lru_cache(maxsize=1)
def load_words() -> dict[str, Words]:
    """Load the vocabulary of every language, by language code.

    Raises:
        DataFileInvalid: a file does not validate.
    """
    return {path.stem: load_data_file(path, Words) for path in sorted(_FOLDER.glob("*.yaml"))}


def words_in(language: str) -> Words:
    """Return the vocabulary for a language or locale, English when there is none."""
    words = load_words()
    return words.get(language.replace("_", "-").split("-")[0].lower(), words[_FALLBACK_LANGUAGE])


def words_for(steps: list[Step], score: float) -> str:
    """Return the words for a score; steps are in falling order of their lower bounds."""
    return next(step.words for step in steps if score >= step.from_)
