"""Which active incident a turn falls under."""

from collections.abc import Iterable

from relief.contracts.incident import Incident
from relief.contracts.vocabulary import Channel, Severity

_SEVERITY_RANK = {Severity.minor: 0, Severity.major: 1, Severity.critical: 2}


def match_incident(
    incidents: Iterable[Incident],
    *,
    intent: str,
    journey: str | None,
    products: list[str],
    region: str | None,
    channel: Channel,
) -> Incident | None:
    """Return the incident whose scope holds this turn; the most specific one when there are several.

    Specific means that more kinds of scope are named; ties go to the more severe, then to the one that
    was declared first.
    """
    matching = [
        incident
        for incident in incidents
        if _holds(incident.scope.intents, [intent])
        and _holds(incident.scope.journeys, [journey] if journey else [])
        and _holds(incident.scope.products, products)
        and _holds(incident.scope.regions, [region] if region else [])
        and _holds([str(one) for one in incident.scope.channels], [channel.value])
    ]
    return min(matching, key=_order, default=None)


def _holds(named: list[str], actual: list[str]) -> bool:
    return not named or bool(set(named) & set(actual))


def _order(incident: Incident) -> tuple[int, int, str, str]:
    scope = incident.scope
    named = sum(map(bool, (scope.intents, scope.journeys, scope.products, scope.regions, scope.channels)))
    return (-named, -_SEVERITY_RANK[incident.severity], incident.declared_at.isoformat(), incident.incident_id)
