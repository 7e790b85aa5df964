"""What customers who wait for a person read, as data by language. Each thing is said once."""

from functools import lru_cache
from pathlib import Path

from pydantic import Field

from relief.contracts.model import Contract
from relief.data_files import load_data_file

_FOLDER = Path(__file__).parent / "waiting"
_FALLBACK_LANGUAGE = "en"


class WaitingWords(Contract):
    """Every text of one language."""

    locale: str
    back_in_queue: str
    back_in_queue_pushed: str = Field(
        description="For channels that push at once. In other words than the answer to the next turn, which may follow."
    )
    overdue: str
    rerouted: str = Field(description="An incident has moved the request to {team}.")
    rerouted_pushed: str
    returned_to_team: str = Field(description="After the incident the request is with {team} again.")
    returned_to_team_pushed: str


@lru_cache(maxsize=1)
def load_waiting_words() -> dict[str, WaitingWords]:
    """Load the texts of every language, by language code.

    Raises:
        DataFileInvalid: a file does not validate.
    """
    return {path.stem: load_data_file(path, WaitingWords) for path in sorted(_FOLDER.glob("*.yaml"))}


def waiting_words_for(locale: str) -> WaitingWords:
    """Return the texts for a locale's language, English when there are none."""
    words = load_waiting_words()
    return words.get(locale.replace("_", "-").split("-")[0].lower(), words[_FALLBACK_LANGUAGE])
