"""How moments and times to wait are put into words, and what to do meanwhile, as data by language."""

from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import Field

from relief.contracts.model import Contract
from relief.contracts.queues import QueueStatus
from relief.decide.source import load_source
from relief.route.hours import Opening

_FOLDER = Path(__file__).parent / "opening"
_FALLBACK_LANGUAGE = "en"
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR
_SOME_DAYS: Final = 2 * _DAY


class Meanwhile(Contract):
    """What a customer does until a person replies."""

    realtime: str
    later: str
    choose: str
    security: str
    safety: str


class InsteadOfWords(Contract):
    """Why the team that a request is meant for does not have it."""

    closed: str
    full: str

    def tell(self, status: QueueStatus) -> str:
        """Return the text for the state in which that team is."""
        return self.closed if status is QueueStatus.closed else self.full


class OpeningWords(Contract):
    """Every text of one language."""

    locale: str
    moment: str
    window: str
    hours: str
    days: str
    weekdays: Annotated[list[str], Field(min_length=7, max_length=7)]
    months: Annotated[list[str], Field(min_length=12, max_length=12)]
    meanwhile: Meanwhile
    instead_of: InsteadOfWords

    def tell_moment(self, moment: datetime, zone: ZoneInfo) -> str:
        """Put a moment into words, in the team's local time; its zone is named, for the customer may be elsewhere."""
        local = moment.astimezone(zone)
        return self.moment.format(**self._day(local), time=f"{local:%H:%M}", zone=local.tzname())

    def tell_window(self, window: Opening, zone: ZoneInfo) -> str:
        """Put a time to call back into words."""
        start, end = window.start.astimezone(zone), window.end.astimezone(zone)
        return self.window.format(**self._day(start), start=f"{start:%H:%M}", end=f"{end:%H:%M}", zone=start.tzname())

    def tell_long_wait(self, seconds: int) -> str:
        """Put a wait of more than an hour into words, in hours or days."""
        if seconds < _SOME_DAYS:
            return self.hours.format(hours=max(2, round(seconds / _HOUR)))
        return self.days.format(days=round(seconds / _DAY))

    def _day(self, local: datetime) -> dict[str, str]:
        return {
            "weekday": self.weekdays[local.weekday()],
            "day": str(local.day),
            "month": self.months[local.month - 1],
        }


@lru_cache(maxsize=1)
def load_opening_words() -> dict[str, OpeningWords]:
    """Load the texts of every language, by language code.

    Raises:
        DataFileInvalid: a file does not validate.
    """
    return {path.stem: load_source(path, OpeningWords) for path in sorted(_FOLDER.glob("*.yaml"))}


def opening_words_for(locale: str) -> OpeningWords:
    """Return the texts for a locale's language, English when there are none."""
    words = load_opening_words()
    return words.get(locale.replace("_", "-").split("-")[0].lower(), words[_FALLBACK_LANGUAGE])
