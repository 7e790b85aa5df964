"""What an installation knows by name, against which a scope is checked before it can miss everybody."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple

from relief.contracts.incident import IncidentScope
from relief.contracts.problem import FieldProblem
from relief.decide.journeys import load_journeys
from relief.detect.intents import known_intents
from relief.errors import RequestInvalid
from relief.route.tables import load_table


class KnownNames(NamedTuple):
    """Intents, journeys and queues that exist. Products and regions are the callers' own, so any may be named."""

    intents: frozenset[str]
    journeys: frozenset[str]
    queues: frozenset[str]


def load_known_names() -> KnownNames:
    """Return the names of this installation's data files."""
    table = load_table()
    intents = frozenset(known_intents()) | frozenset(table.intents)
    return KnownNames(intents, frozenset(load_journeys()), frozenset(table.queues))


def none_of(existing: Iterable[str], given: str) -> str:
    """Return what is said of a name that does not exist: those that do, and the one that may have been meant."""
    names = sorted(existing)
    meant = get_close_matches(given.casefold(), names, n=1)
    return f"is none of {', '.join(names)}" + (f"; did you mean {meant[0]}?" if meant else "")


def check_names(scope: IncidentScope, queue: str, known: KnownNames) -> None:
    """Refuse a scope or queue that names what does not exist.

    Raises:
        RequestInvalid: every unknown name is listed with those that exist.
    """
    problems = []
    for kind, named, existing in (
        ("intents", scope.intents, known.intents),
        ("journeys", scope.journeys, known.journeys),
    ):
        problems += [
            FieldProblem(field=f"scope.{kind}[{index}]", message=none_of(existing, name))
            for index, name in enumerate(named)
            if name not in existing
        ]
    if queue not in known.queues:
        problems.append(FieldProblem(field="queue", message=none_of(known.queues, queue)))
    if problems:
        detail = f"Check {', '.join(one.field for one in problems)}."
        raise RequestInvalid(detail, tuple(problems))
