"""Find a point of the decision space that makes formulas true, or establish that there is none.

Every question becomes a table of the values that answer it as wanted, asked of the real functions. The search then
branches over ``or``, narrows each fact to the values that some row of every table still allows (generalised arc
consistency: Mackworth, "Consistency in networks of relations", 1977), and tries what is left, uneventful values first.
"""

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from relief.decide.proof.formula import All, Any_, Formula, Leaf
from relief.decide.proof.space import Assignment, Space

_LARGE_TABLE: Final = 4_000
_LARGEST_TABLE: Final = 250_000
_FEW: Final = 3
_MOST_NODES: Final = 20_000


class Undecided(Exception):
    """The search was given up: the formulas are too entangled for its bounds."""


class _Table:
    """One question over its facts: the combinations of values (by position) that answer it as wanted."""

    def __init__(self, leaf: Leaf, space: Space, *, whole: bool) -> None:
        self.variables = leaf.variables
        domains = [range(len(space.domains[name])) for name in leaf.variables]
        size = math.prod(map(len, domains))
        self.partial = size > _LARGE_TABLE and not whole
        if self.partial:
            # The first values of a domain are the uneventful, the lowest and the highest one.
            domains = [domain[:_FEW] for domain in domains]
        elif size > _LARGEST_TABLE:
            raise Undecided
        self.asked = 0
        self.rows: list[tuple[int, ...]] = []
        for row in itertools.product(*domains):
            self.asked += 1
            point = {name: space.domains[name][place] for name, place in zip(self.variables, row, strict=True)}
            if leaf.holds(space.document(point)) == leaf.wanted:
                self.rows.append(row)
        self.values = tuple(frozenset(row[place] for row in self.rows) for place in range(len(self.variables)))
        """What each fact is in any of the rows."""
        self._answers: dict[tuple[frozenset[int], ...], tuple[frozenset[int], ...] | None] = {}

    def within(self, domains: Mapping[str, frozenset[int]]) -> tuple[frozenset[int], ...] | None:
        """Return what each fact is in the rows that these domains allow, ``None`` where they allow no row.

        The same domains come again in other branches and in other questions, so each answer is kept.
        """
        asked = tuple([domains[name] for name in self.variables])
        if asked not in self._answers:
            self._answers[asked] = self._narrow_to(asked)
        return self._answers[asked]

    def _narrow_to(self, asked: tuple[frozenset[int], ...]) -> tuple[frozenset[int], ...] | None:
        rows = self.rows
        for position, allowed in enumerate(asked):
            # Where a domain takes nothing away, no row is looked at.
            if not self.values[position] <= allowed:
                rows = [row for row in rows if row[position] in allowed]
        if rows is self.rows:
            return self.values if rows else None
        return tuple(frozenset(place) for place in zip(*rows, strict=True)) if rows else None


class Solver:
    """Searches one space; counts the points that it looked at."""

    def __init__(self, space: Space) -> None:
        """Prepare the tables of what is true of any turn."""
        self.space = space
        self.visited = 0
        self._tables: dict[tuple[int, bool], _Table] = {}
        self._kept: list[Leaf] = []
        self._nodes = 0
        self._whole = False
        self._partial = False

    def solve(self, formulas: Sequence[Formula]) -> Assignment | None:
        """Return a point at which all formulas hold, ``None`` when there is none.

        Raises:
            Undecided: the bounds of the search were reached first.
        """
        start = {name: frozenset(range(len(values))) for name, values in self.space.domains.items()}
        for self._whole in (False, True):
            self._nodes = 0
            self._partial = False
            found = self._branch([*formulas, *self.space.invariants], [], start)
            if found is not None:
                return self._smallest(found, formulas)
            if not self._partial:
                break
        return None

    def _branch(
        self, open_formulas: list[Formula], tables: list[_Table], domains: dict[str, frozenset[int]]
    ) -> dict[str, int] | None:
        self._nodes += 1
        self.visited += 1
        if self._nodes > _MOST_NODES:
            raise Undecided
        open_formulas = list(open_formulas)
        tables = list(tables)
        choices: list[Any_] = []
        while open_formulas:
            formula = open_formulas.pop()
            if isinstance(formula, All):
                open_formulas.extend(formula.parts)
            elif isinstance(formula, Any_):
                choices.append(formula)
            else:
                tables.append(self._table(formula))
        narrowed = _narrow(tables, domains)
        if narrowed is None:
            return None
        if choices:
            return self._choose(choices, tables, narrowed)
        return self._try_values(tables, narrowed)

    def _choose(
        self, choices: list[Any_], tables: list[_Table], domains: dict[str, frozenset[int]]
    ) -> dict[str, int] | None:
        """Branch over the choice with the fewest parts that are still possible; leave out those that hold already."""
        ranked: list[tuple[int, int, list[Formula]]] = []
        for choice in choices:
            possible = [part for part in choice.parts if self._possible(part, domains)]
            if not possible:
                return None
            if any(self._certain(part, domains) for part in possible):
                continue
            ranked.append((len(possible), len(ranked), possible))
        if not ranked:
            return self._try_values(tables, domains)
        ranked.sort(key=lambda one: one[:2])
        rest: list[Formula] = [Any_(tuple(possible)) for _, _, possible in ranked[1:]]
        for part in sorted(ranked[0][2], key=lambda one: not self._neutral(one, domains)):
            found = self._branch([part, *rest], tables, domains)
            if found is not None:
                return found
        return None

    def _possible(self, formula: Formula, domains: dict[str, frozenset[int]]) -> bool:
        if isinstance(formula, All):
            return all(self._possible(part, domains) for part in formula.parts)
        if isinstance(formula, Any_):
            return any(self._possible(part, domains) for part in formula.parts)
        return self._table(formula).within(domains) is not None

    def _certain(self, formula: Formula, domains: dict[str, frozenset[int]]) -> bool:
        if isinstance(formula, All):
            return all(self._certain(part, domains) for part in formula.parts)
        if isinstance(formula, Any_):
            return any(self._certain(part, domains) for part in formula.parts)
        if len(formula.variables) > 1:
            return False
        table = self._table(formula)
        return not formula.variables or domains[table.variables[0]] <= {row[0] for row in table.rows}

    def _neutral(self, formula: Formula, domains: dict[str, frozenset[int]]) -> bool:
        """Tell whether the uneventful values make it hold: such branches keep counter-examples small."""
        least = {name: frozenset({min(places)}) for name, places in domains.items()}
        return self._possible(formula, least)

    def _try_values(self, tables: list[_Table], domains: dict[str, frozenset[int]]) -> dict[str, int] | None:
        touched = {name for table in tables for name in table.variables}
        undecided = [name for name in touched if len(domains[name]) > 1]
        if not undecided:
            return {name: min(places) for name, places in domains.items()}
        name = min(sorted(undecided), key=lambda one: len(domains[one]))
        for place in sorted(domains[name]):
            self._nodes += 1
            self.visited += 1
            if self._nodes > _MOST_NODES:
                raise Undecided
            narrowed = _narrow(tables, {**domains, name: frozenset({place})})
            if narrowed is not None:
                found = self._try_values(tables, narrowed)
                if found is not None:
                    return found
        return None

    def _smallest(self, found: dict[str, int], formulas: Sequence[Formula]) -> Assignment:
        """Set back every fact that the counter-example does not need."""
        wanted = [*formulas, *self.space.invariants]
        point = {name: self.space.domains[name][place] for name, place in found.items() if place}
        for name in sorted(point):
            less = {other: value for other, value in point.items() if other != name}
            self.visited += 1
            facts = self.space.document(less)
            if all(_holds(formula, facts) for formula in wanted):
                point = less
        return point

    def _table(self, leaf: Leaf) -> _Table:
        key = (id(leaf.holds), leaf.wanted)
        table = self._tables.get(key)
        if table is None or (table.partial and self._whole):
            self._tables[key] = table = _Table(leaf, self.space, whole=self._whole)
            self._kept.append(leaf)  # keeps the identity that the key is made of
            self.visited += table.asked
        self._partial = self._partial or table.partial
        return table


def _holds(formula: Formula, facts: Assignment) -> bool:
    if isinstance(formula, All):
        return all(_holds(part, facts) for part in formula.parts)
    if isinstance(formula, Any_):
        return any(_holds(part, facts) for part in formula.parts)
    return bool(formula.holds(facts)) is formula.wanted


def _narrow(tables: Iterable[_Table], domains: dict[str, frozenset[int]]) -> dict[str, frozenset[int]] | None:
    """Return what every fact may still be, ``None`` when one has nothing left."""
    held = dict(domains)
    changed = True
    while changed:
        changed = False
        for table in tables:
            allowed = table.within(held)
            if allowed is None:
                return None
            for name, left in zip(table.variables, allowed, strict=True):
                if left != held[name]:
                    held[name] = left
                    changed = True
    return held
