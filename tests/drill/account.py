"""The accounts of a game day: what became of every hand-over, by its own identifier.

Hand-overs of everyday traffic come and go meanwhile, so numbers of all there are prove nothing, and a sum that is right
may hide one that is lost behind one that is new.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from tests.local.stack import LocalStack

_SHOWN = 5


class Place(NamedTuple):
    """Where a hand-over is."""

    queue_state: str
    lane: str
    incident_id: str | None


class Accounts(NamedTuple):
    """What there is to say of each hand-over, by identifier; who was told, by session."""

    before: Mapping[str, Place]
    after: Mapping[str, Place]
    moved: Counter[str]
    told: Counter[str]


def read_places(stack: LocalStack) -> dict[str, Place]:
    """Return where every hand-over is.

    Raises:
        ValueError: The table has two records of one hand-over.
    """
    found: dict[str, Place] = {}
    for item in stack.items():
        if item["sk"].startswith("HANDOFF#"):
            document = json.loads(item["doc"])
            name = document["handoff_id"]
            if name in found:
                message = f"There are two records of {name}."
                raise ValueError(message)
            lane, incident = document.get("lane", "normal"), document.get("incident_id")
            found[name] = Place(item["queue_state"], lane, incident)
    return found


def read_moves(stack: LocalStack, kind: str) -> Counter[str]:
    """Return how often each hand-over was moved in this way, by what its history says."""
    events: Iterable[dict[str, Any]] = (
        json.loads(one["doc"]) for one in stack.items() if one["sk"].startswith("EVENT#")
    )
    return Counter(one["handoff_id"] for one in events if one["kind"] == kind)


def check_rerouted(
    accounts: Accounts, inside: Mapping[str, str], outside: Mapping[str, str], queue: str, incident: str
) -> list[str]:
    """Return what is wrong after the hand-overs ``inside`` were to be re-routed, and those ``outside`` were not.

    Args:
        accounts: What was found.
        inside: Sessions by hand-over, all in scope.
        outside: The same, none in scope.
        queue: Where the incident wants them.
        incident: Its identifier.
    """
    wanted = Place(f"{queue}#queued", "crisis", incident)
    problems = _lost(accounts.after, [*inside, *outside])
    problems += _named(
        "are not where the incident wants them", _elsewhere(accounts.after, dict.fromkeys(inside, wanted))
    )
    stayed = {name: accounts.before[name] for name in outside}
    problems += _named("are out of scope and have moved", _elsewhere(accounts.after, stayed))
    problems += _exactly_once("moved", accounts.moved, inside)
    problems += _exactly_once("told", accounts.told, inside.values())
    problems += _named("are out of scope and were told", set(accounts.told) & set(outside.values()))
    return problems


def check_returned(accounts: Accounts, seeded: Mapping[str, str], told: Collection[str]) -> list[str]:
    """Return what is wrong once everything is over: ``seeded`` hand-overs are back where they were, nobody is left.

    Args:
        accounts: What was found; ``before`` is from before the incident.
        seeded: Sessions by hand-over.
        told: The sessions of those who had moved, and have to be told of the return.
    """
    problems = _lost(accounts.after, seeded)
    home = {name: accounts.before[name] for name in seeded}
    problems += _named("are not back where they were", _elsewhere(accounts.after, home))
    left = {name for name, place in accounts.after.items() if place.incident_id or place.lane == "crisis"}
    problems += _named("are left with the incident", left - set(seeded))
    problems += _exactly_once("told of the return", accounts.told, told)
    often = {session for session, times in accounts.told.items() if times > 1} - set(told)
    return problems + _named("of the traffic were told of the return more than once", often)


def _lost(after: Mapping[str, Place], names: Iterable[str]) -> list[str]:
    return _named("are lost", {name for name in names if name not in after})


def _elsewhere(after: Mapping[str, Place], wanted: Mapping[str, Place]) -> set[str]:
    return {name for name, place in wanted.items() if name in after and after[name] != place}


def _exactly_once(what: str, counted: Mapping[str, int], expected: Iterable[str]) -> list[str]:
    names = set(expected)
    never = {name for name in names if name not in counted}
    often = {name for name in names if counted.get(name, 0) > 1}
    return _named(f"were never {what}", never) + _named(f"were {what} more than once", often)


def _named(what: str, names: Collection[str]) -> list[str]:
    return [f"{len(names)} {what}: {', '.join(sorted(names)[:_SHOWN])}"] if names else []
