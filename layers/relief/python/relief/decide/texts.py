"""What customers read, as data per locale: kind, short, honest about limits, never blaming."""

from functools import lru_cache
from pathlib import Path

from relief.contracts.model import Contract
from relief.decide.source import load_source

_FOLDER = Path(__file__).parent / "texts"
_FALLBACK_LANGUAGE = "en"


class HandedOver(Contract):
    """What is said when a person takes over."""

    realtime: str
    later: str
    closed: str
    no_promise: str
    failed_open: str
    undeliverable: str


class Clarify(Contract):
    """The one clarifying question."""

    slot: str
    topic: str
    open: str


class Change(Contract):
    """What is said when the approach changes."""

    open: str
    fallback: str


class When(Contract):
    """How a waiting time is put into words."""

    minutes: str
    soon: str
    unknown: str
    later_minutes: str
    next_opening: str
    later_unknown: str


class Texts(Contract):
    """Every general text of one language."""

    locale: str
    handed_over: HandedOver
    expect_person: str
    expect_later: str
    pending: str
    pending_request: str
    expect_pending: str
    clarify: Clarify
    expect_clarify: str
    change: Change
    expect_change: str
    silent: str
    expect_silent: str
    answer: str
    acknowledge: str
    expect_answer: str
    resolved: str
    expect_resolved: str
    incident: str
    expect_incident: str
    when: When
    intents: dict[str, str]


@lru_cache(maxsize=1)
def load_texts() -> dict[str, Texts]:
    """Load the texts of every language, by language code.

    Raises:
        DataFileInvalid: a file does not validate.
    """
    return {path.stem: load_source(path, Texts) for path in sorted(_FOLDER.glob("*.yaml"))}


def texts_for(locale: str) -> Texts:
    """Return the texts for a locale's language, English when there are none."""
    texts = load_texts()
    return texts.get(locale.replace("_", "-").split("-")[0].lower(), texts[_FALLBACK_LANGUAGE])
