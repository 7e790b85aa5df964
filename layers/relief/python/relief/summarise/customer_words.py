"""What a customer reads about what is remembered, as data by language."""

from functools import lru_cache
from pathlib import Path

from relief.contracts.model import Contract
from relief.contracts.vocabulary import Authentication, Owner, StepOutcome
from relief.data_files import load_data_file
from relief.summarise.words import Step

_FOLDER = Path(__file__).parent / "customer_words"
_FALLBACK_LANGUAGE = "en"


class CustomerWords(Contract):
    """Every text of the customer's view in one language."""

    locale: str
    title: str
    topic: str
    topic_unknown: str
    who: dict[Owner, str]
    tried: dict[StepOutcome, str]
    times: str
    identity: dict[Authentication, str]
    feeling: list[Step]
    kept: str
    not_kept: str
    correct: str
    more: str


@lru_cache(maxsize=1)
def load_customer_words() -> dict[str, CustomerWords]:
    """Load the texts of every language, by language code.

    Raises:
        DataFileInvalid: a file does not validate.
    """
    return {path.stem: load_data_file(path, CustomerWords) for path in sorted(_FOLDER.glob("*.yaml"))}


def customer_words_for(locale: str) -> CustomerWords:
    """Return the texts for a locale's language, English when there are none."""
    words = load_customer_words()
    return words.get(locale.replace("_", "-").split("-")[0].lower(), words[_FALLBACK_LANGUAGE])
