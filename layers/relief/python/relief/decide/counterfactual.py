"""The smallest change of facts that gives another action: fewest facts first, then the least distance.

Moves are tried one by one, nearest first; where one is not enough, those are combined that undo the rule which still
decides (a hitting-set search: Reiter, "A theory of diagnosis from first principles", 1987). Of a policy's rules only
those are asked again that rest on a fact which moved, so that a hundred rules cost hardly more than ten.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from typing import Any, Final

from relief.contracts.decision import Counterfactual, FactChange
from relief.contracts.states import FiredRule
from relief.decide.counterfactual_words import tell_counterfactual
from relief.decide.judge import Fired, Judgement, complete_facts, judge
from relief.decide.moves import Change, Move, list_moves, look_up
from relief.decide.policy import Policy

_MOST_CHANGES: Final = 5
_MOST_TRIALS: Final = 600
"""So many sets of moves are decided on before the search gives up; three facts behind two rules have taken over 300."""
_DETOUR: Final = 1.5
"""How many changes later a set is looked at that has not undone the rule it is meant to undo."""
_LADDER: Final = frozenset({"scores", "intent", "turn", "step", "progress"})
"""The sections of the facts that decide on the ladder where no rule does."""
_GRATITUDE: Final = "codes:GRATITUDE"  # the one code that the ladder reads
_SUMMED: Final = frozenset(
    {
        "scores.frustration",
        "scores.urgency",
        "intent.confidence",
        "progress.failures",
        "progress.refusals",
        "progress.clarifications",
        "progress.strategy_changes",
        "customer.value",
    }
)
"""What ``relief.decide.judge.complete_facts`` starts from."""


def find_counterfactual(
    facts: dict[str, Any], policy: Policy, evaluated: Sequence[FiredRule] = ()
) -> Counterfactual | None:
    """Return the smallest change that gives another action; ``facts`` are complete and stay as they are.

    ``evaluated`` are the policy's rules as they were evaluated on these facts; it saves asking them once more.
    ``None`` where a person has the conversation, which no fact of the turn changes, and where the search finds nothing
    within its bounds.
    """
    trial = _Trial(facts, policy, evaluated)
    before = trial.before
    if before.owned:
        return None
    for moves, after in _search(trial, list_moves(facts, policy)):
        if after.action is not before.action:
            return _describe(facts, moves, before, after)
    return None


def _search(trial: "_Trial", moves: list[Move]) -> Iterator[tuple[tuple[Move, ...], Judgement]]:
    """Yield sets of moves and what is decided on them, the smallest set first."""
    order = count()
    waiting: list[tuple[float, float, int, tuple[Move, ...], Judgement]] = []
    trials = 0
    chosen: tuple[Move, ...] = ()
    judgement = trial.before
    while True:
        for move in trial.moves_against(judgement, moves) if chosen else moves:
            if any(_collide(move, other) for other in chosen):
                continue
            if trials >= _MOST_TRIALS and chosen:
                break
            trials += 1
            after = trial.decide((*chosen, move))
            if after is None:
                continue
            together = (*chosen, move)
            if len(together) == 1 or after.action is not trial.before.action:
                yield together, after
            if len(together) < _MOST_CHANGES:
                rank = len(together) + (0 if _leads_on(judgement, after) else _DETOUR)
                distance = sum(one.distance for one in together)
                heapq.heappush(waiting, (rank, distance, next(order), together, after))
        if not waiting:
            return
        _, _, _, chosen, judgement = heapq.heappop(waiting)


def _leads_on(before: Judgement, after: Judgement) -> bool:
    """Tell whether a move is worth another one: where a rule decided, it has to be undone."""
    return not (before.escalating and after.escalating) or before.escalating[0].rule is not after.escalating[0].rule


def _collide(first: Move, second: Move) -> bool:
    touched = {path for path, _ in (first.change, *first.implied)}
    return any(path in touched for path, _ in (second.change, *second.implied))


class _Trial:
    """The facts with some of them changed for a moment, and the rules that this concerns asked again."""

    def __init__(self, facts: dict[str, Any], policy: Policy, evaluated: Sequence[FiredRule]) -> None:
        self._facts = {name: dict(held) if isinstance(held, dict) else held for name, held in facts.items()}
        self._policy = policy
        self._levers = policy.levers
        self._plan = policy.plan  # reading it from the model each time would cost more than asking a rule
        fires = [one.fired for one in evaluated] or [compiled.fires(facts) for _, compiled in self._plan]
        self._firing = fires
        self._risk = self._facts["risk"]
        self._sums = {name: self._facts["progress"][name] for name in ("unsuccessful", "interventions")}
        self._fired = self._list(self._firing)
        self.before = judge(self._facts, policy, self._fired)

    def decide(self, moves: Iterable[Move]) -> Judgement | None:
        """Return what is decided after these moves; ``None`` when they change nothing that decides."""
        changes = [change for move in moves for change in (move.change, *move.implied)]
        paths = {path for path, _ in changes}
        held = [(path, look_up(self._facts, path)) for path in paths]
        self._set(changes)
        summed = not paths.isdisjoint(_SUMMED)
        if summed:
            complete_facts(self._facts, self._policy)
        try:
            firing = self._firing
            for place in {place for path in paths for place in self._levers.readers.get(path, ())}:
                fires = self._plan[place][1].fires(self._facts)
                if fires is not self._firing[place]:
                    firing = [*firing] if firing is self._firing else firing
                    firing[place] = fires
            if firing is self._firing and not any(_on_the_ladder(path) for path in paths):
                return None
            fired = self._fired if firing is self._firing else self._list(firing)
            return judge(self._facts, self._policy, fired)
        finally:
            self._set(held)
            if summed:
                self._facts["risk"] = self._risk
                self._facts["progress"].update(self._sums)

    def moves_against(self, judgement: Judgement, moves: list[Move]) -> Iterator[Move]:
        """Yield the moves that touch the rule which decides, or the ladder where none does."""
        rule = judgement.escalating[0].rule if judgement.escalating else None
        place = next((n for n, (one, _) in enumerate(self._plan) if one is rule), None)
        for move in moves:
            paths = [path for path, _ in (move.change, *move.implied)]
            touches = _on_the_ladder if place is None else self._levers.variables[place].__contains__
            if any(map(touches, paths)):
                yield move

    def _list(self, firing: list[bool]) -> list[Fired]:
        pairs = zip(self._plan, firing, strict=True)
        return [Fired(rule, 0.0) for (rule, _), fires in pairs if fires]

    def _set(self, changes: Iterable[Change]) -> None:
        for path, value in changes:
            section, _, name = path.partition(".")
            if name:
                self._facts[section][name] = value
            else:
                code = path.partition(":")[2]
                codes = [one for one in self._facts["codes"] if one != code]
                self._facts["codes"] = [*codes, code] if value else codes


def _on_the_ladder(path: str) -> bool:
    return path.partition(".")[0] in _LADDER or path == _GRATITUDE


def _describe(facts: dict[str, Any], moves: tuple[Move, ...], before: Judgement, after: Judgement) -> Counterfactual:
    reason = after.reasons[0]
    changes = _changes(facts, [move.change for move in moves])
    return Counterfactual(
        changes=changes,
        implied=_changes(facts, [change for move in moves for change in move.implied]),
        action=after.action,
        mode=after.mode,
        queue=after.queue,
        reason=reason.code,
        rule=reason.rule,
        text=tell_counterfactual(before.action, after.action, changes),
    )


def _changes(facts: dict[str, Any], changes: Iterable[Change]) -> list[FactChange]:
    return [FactChange(fact=path, was=look_up(facts, path), becomes=value) for path, value in changes]
