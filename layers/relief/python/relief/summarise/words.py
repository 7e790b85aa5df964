"""The neutral vocabulary of summaries, as data."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from relief.contracts.model import Contract, Score
from relief.contracts.vocabulary import ReasonCode
from relief.data_files import load_data_file


class Step(Contract):
    """Words for every score from a lower bound on."""

    from_: Score = Field(alias="from")
    words: str


class Trend(Contract):
    """Words for the direction of a score."""

    rising: str
    steady: str
    easing: str


class Words(Contract):
    """Every word that a summary chooses from."""

    emotion: list[Step]
    trend: Trend
    urgency: list[Step]
    goals: dict[str, str]
    reasons: dict[ReasonCode, str]
    withheld: str
    colleague: str


@lru_cache(maxsize=1)
def load_words() -> Words:
    """Load the vocabulary once.

    Raises:
        DataFileInvalid: the file does not validate.
    """
    return load_data_file(Path(__file__).parent / "words.yaml", Words)


def words_for(steps: list[Step], score: float) -> str:
    """Return the words for a score; steps are in falling order of their lower bounds."""
    return next(step.words for step in steps if score >= step.from_)
