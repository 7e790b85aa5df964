"""The words of notes for people at a desk, as data by language."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import Field

from relief.contracts.model import Contract
from relief.contracts.queues import QueueStatus
from relief.contracts.vocabulary import Authentication, StepOutcome
from relief.data_files import load_data_file

_FOLDER: Final = Path(__file__).parent / "card_words"
_FALLBACK_LANGUAGE: Final = "en"


class CardWords(Contract):
    """Every text of one language. Each line of a note is one; what has nothing to say is left out."""

    locale: str
    wants: str
    next: str
    known: str
    answered: str
    tried: str
    open: str
    why: str
    prefers: str
    evidence: str
    state: str
    place: str
    instead_of: str
    moved: str
    incident: str
    in_incident: str
    yes: str
    no: str
    outcomes: dict[StepOutcome, str] = Field(min_length=len(StepOutcome))
    identities: dict[Authentication, str] = Field(min_length=len(Authentication))
    statuses: dict[QueueStatus, str]

    def tell(self, value: str | float | bool) -> str:  # noqa: FBT001 - a value, not a switch
        """Return a value as people write it."""
        return (self.yes if value else self.no) if isinstance(value, bool) else str(value)


@lru_cache(maxsize=1)
def load_card_words() -> dict[str, CardWords]:
    """Load the texts of every language, by language code.

    Raises:
        DataFileInvalid: a file does not validate.
    """
    return {path.stem: load_data_file(path, CardWords) for path in sorted(_FOLDER.glob("*.yaml"))}


def card_words_for(language: str) -> CardWords:
    """Return the texts of a summary's language, English when there are none."""
    words = load_card_words()
    return words.get(language, words[_FALLBACK_LANGUAGE])
