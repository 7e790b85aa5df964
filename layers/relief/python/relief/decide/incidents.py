"""Which active incident a conversation falls under, what it reads, and who goes ahead of whom meanwhile."""

from collections.abc import Iterable
from typing import Final

from relief.contracts.handoff import SAFETY_PRIORITY
from relief.contracts.incident import Incident, IncidentScope
from relief.contracts.vocabulary import Channel, ReasonCode, Severity

_HIGHEST: Final = 100
_SEVERITY_RANK = {Severity.minor: 0, Severity.major: 1, Severity.critical: 2}


def match_incident(
    incidents: Iterable[Incident],
    *,
    intent: str,
    journey: str | None,
    products: list[str],
    region: str | None,
    channel: Channel | None,
) -> Incident | None:
    """Return the incident whose scope holds this conversation; the most specific one when there are several.

    Specific means that more kinds of scope are named; ties go to the more severe, then to the one that
    was declared first.
    """
    matching = (
        one
        for one in incidents
        if holds(one.scope, intent=intent, journey=journey, products=products, region=region, channel=channel)
    )
    return min(matching, key=_order, default=None)


def holds(
    scope: IncidentScope,
    *,
    intent: str,
    journey: str | None,
    products: list[str],
    region: str | None,
    channel: Channel | None,
) -> bool:
    """Tell whether a scope holds a conversation: every kind that it names must match."""
    return (
        _touches(scope.intents, [intent])
        and _touches(scope.journeys, [journey] if journey else [])
        and _touches(scope.products, products)
        and _touches(scope.regions, [region] if region else [])
        and _touches([one.value for one in scope.channels], [channel.value] if channel else [])
    )


def count_kinds(scope: IncidentScope) -> int:
    """Return how specific a scope is: how many kinds it names."""
    return sum(map(bool, (scope.intents, scope.journeys, scope.products, scope.regions, scope.channels)))


def message_for(incident: Incident, locale: str) -> str:
    """Return the message for a locale: the same locale, its language, English, or whatever there is."""
    messages = {name.replace("_", "-").lower(): text for name, text in incident.messages.items()}
    wanted = locale.replace("_", "-").lower()
    if wanted in messages:
        return messages[wanted]
    for language in (wanted.split("-")[0], "en"):
        for name, text in messages.items():
            if name.split("-")[0] == language:
                return text
    return next(iter(messages.values()))


def settle_priority(points: int, codes: Iterable[ReasonCode]) -> int:
    """Return a hand-over's priority: safety and vulnerability go ahead of everyone, whatever others add up to."""
    if ReasonCode.SAFETY_OR_VULNERABILITY in codes:
        span = _HIGHEST - SAFETY_PRIORITY
        return SAFETY_PRIORITY + round(span * max(0, min(_HIGHEST, points)) / _HIGHEST)
    return max(1, min(SAFETY_PRIORITY - 1, points))


def _touches(named: list[str], actual: list[str]) -> bool:
    return not named or bool(set(named) & set(actual))


def _order(incident: Incident) -> tuple[int, int, str, str]:
    rank = _SEVERITY_RANK[incident.severity]
    return (-count_kinds(incident.scope), -rank, incident.declared_at.isoformat(), incident.incident_id)
