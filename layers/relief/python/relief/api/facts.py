"""Which facts of a turn are kept, and how much of each: its journey's allow-list, applied before anything is stored.

Steps of the workflow never see what is dropped here. It comes after redaction, and does what redaction cannot: it
drops what has no personal form but no purpose either.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from relief.contracts.turn import NOT_KEPT, FactValue, TurnRequest
from relief.contracts.vocabulary import Authentication, FactClass
from relief.decide.journeys import DEFAULT_JOURNEY, load_journeys

_SHOWN: Final = 4
"""Characters of a masked value that stay: enough to tell two apart in a conversation."""

_STRICTEST_FIRST: Final = (FactClass.verified, FactClass.masked, FactClass.plain)


class KeptFacts(NamedTuple):
    """A turn with what may be kept of its facts, and the names of those of which nothing is."""

    turn: TurnRequest
    not_kept: list[str]


def keep_facts(turn: TurnRequest, now: datetime) -> KeptFacts:
    """Return the turn as it may be kept. Values are redacted already."""
    if not turn.facts:
        return KeptFacts(turn, [])
    classes = classes_for(turn.journey)
    checked = turn.customer is not None and turn.customer.authenticated not in {None, Authentication.none}
    facts = {name: _keep(value, classes.get(name), now, checked=checked) for name, value in turn.facts.items()}
    not_kept = [name for name in facts if name not in classes]
    return KeptFacts(turn.model_copy(update={"facts": facts}), not_kept)


@lru_cache(maxsize=64)
def classes_for(journey: str | None) -> Mapping[str, FactClass]:
    """Return the allow-list of a journey; what the default journey lists is allowed everywhere.

    A turn that names no journey, or one that is not shipped, may state what any journey allows, as strictly as the
    strictest of them.
    """
    journeys = load_journeys()
    everywhere = journeys[DEFAULT_JOURNEY].kept_facts
    if journey in journeys and journey != DEFAULT_JOURNEY:
        return {**everywhere, **journeys[journey].kept_facts}
    merged: dict[str, FactClass] = {}
    for one in journeys.values():
        for name, kept in one.kept_facts.items():
            merged[name] = min(merged.get(name, kept), kept, key=_STRICTEST_FIRST.index)
    return merged


def _keep(value: FactValue, kept: FactClass | None, now: datetime, *, checked: bool) -> FactValue:
    if kept is None:
        return NOT_KEPT
    if kept is FactClass.verified:
        if value is False:
            return False
        return f"{'verified' if checked or value is True else 'supplied'} at {now:%Y-%m-%dT%H:%MZ}"
    if kept is FactClass.masked and not isinstance(value, bool):
        return _mask(str(value))
    return value


def _mask(value: str) -> str:
    """Return the end of a value; what redaction has replaced already stays as it is."""
    if value.startswith("[") and value.endswith("]"):
        return value
    return f"…{value[-_SHOWN:]}" if len(value) > 2 * _SHOWN else "…"
