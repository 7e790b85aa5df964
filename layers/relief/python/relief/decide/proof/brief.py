"""The check of a policy that fits into a request: its rules in full, conversations as far as the time goes.

The whole proof (``relief.decide.proof.check``) takes about a minute and belongs before the request. What is found here
is as true as what is found there: every turn of the walk can happen. Only that nothing was found says less.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from relief.decide.journeys import DEFAULT_JOURNEY, Journey
from relief.decide.policy import Policy
from relief.decide.proof.finding import Finding
from relief.decide.proof.promises import check_walk
from relief.decide.proof.rules import check_rules
from relief.decide.proof.solve import Solver
from relief.decide.proof.space import Space
from relief.decide.proof.stimuli import Stimulus
from relief.decide.proof.walk import State, Turn, Walk


class Brief(NamedTuple):
    """What a brief check has found, and how far it came."""

    findings: tuple[Finding, ...]
    complete: bool
    """Whether every conversation of the default journey was walked."""
    states: int
    seconds: float


class _OutOfTime(Exception):
    """The walk has used its time; what it has visited stays."""


@dataclass
class _BriefWalk(Walk):
    until: float = 0.0

    def take(self, state: State, stimulus: Stimulus) -> Turn:
        """Take one turn, if there is time left."""
        if time.perf_counter() > self.until:
            raise _OutOfTime
        return super().take(state, stimulus)


def check_briefly(policy: Policy, journeys: Mapping[str, Journey], seconds: float) -> Brief:
    """Return what is wrong with a policy, as far as it shows within these seconds.

    The search goes from short conversations to long ones, so what shows early is found first.
    """
    started = time.perf_counter()
    space = Space(policy, journeys)
    findings, _ = check_rules(policy, Solver(space))
    walk = _BriefWalk(space, journeys[DEFAULT_JOURNEY], journeys, until=started + seconds)
    complete = True
    try:
        walk.run()
    except _OutOfTime:
        complete = False
    findings = [*findings, *check_walk(walk)]
    return Brief(tuple(findings), complete, len(walk.states), time.perf_counter() - started)
