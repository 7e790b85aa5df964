"""What an installation knows by name, against which a scope is checked before it can miss everybody."""

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
            FieldProblem(field=f"scope.{kind}[{index}]", message=f"is none of {', '.join(sorted(existing))}")
            for index, name in enumerate(named)
            if name not in existing
        ]
    if queue not in known.queues:
        problems.append(FieldProblem(field="queue", message=f"is none of {', '.join(sorted(known.queues))}"))
    if problems:
        detail = f"Check {', '.join(one.field for one in problems)}."
        raise RequestInvalid(detail, tuple(problems))
