"""The whole check of a policy: its rules over single turns, then every conversation in every journey."""

import gc
import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from multiprocessing import get_context
from typing import Any, Final, NamedTuple

from relief.decide.journeys import Journey
from relief.decide.policy import Policy
from relief.decide.proof.concern import Concerns
from relief.decide.proof.finding import Fault, Finding, Report
from relief.decide.proof.promises import check_walk
from relief.decide.proof.rules import check_rules
from relief.decide.proof.solve import Solver
from relief.decide.proof.space import Space
from relief.decide.proof.stimuli import profiles
from relief.decide.proof.walk import Walk

_WORTH_A_PROCESS: Final = 3
"""Journeys from which on starting processes takes less time than it saves."""


class _Job(NamedTuple):
    """One journey walked by one customer. Documents travel as JSON: compiled rules cannot leave their process."""

    policy: str
    journeys: dict[str, str]
    journey: str
    customer: dict[str, Any]
    rules: frozenset[str]
    """The rules that can fire there: found once for all walks, as the tables that it takes serve every walk."""


class _Outcome(NamedTuple):
    findings: list[Finding]
    states: int
    turns: int


def check_policy(policy: Policy, journeys: Mapping[str, Journey], processes: int | None = None) -> Report:
    """Return what is wrong with a policy, and how much was looked at.

    ``processes`` are as many as there are processors, unless given; 1 does all in this process.
    """
    started = time.perf_counter()
    space = Space(policy, journeys)
    documents = {name: journey.model_dump_json() for name, journey in journeys.items()}
    # The journeys with most alternatives take longest, so they start first.
    longest_first = sorted(journeys.values(), key=lambda one: -sum(len(step.alternatives) for step in one.steps))
    concerns = Concerns(space)
    jobs = (
        _Job(policy.model_dump_json(), documents, journey.name, who, concerns.rules_for(journey, who))
        for journey in longest_first
        for who in profiles(space)
    )
    solver = Solver(space)
    workers = processes or len(os.sched_getaffinity(0))
    if workers > 1 and len(journeys) >= _WORTH_A_PROCESS:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            walks = [pool.submit(_walk, job) for job in jobs]
            findings, undecided = check_rules(policy, solver)
            outcomes = [walk.result() for walk in walks]
    else:
        findings, undecided = check_rules(policy, solver)
        outcomes = [_walk(job) for job in jobs]
    return Report(
        policy=policy.version,
        findings=tuple(_distinct([*findings, *(one for outcome in outcomes for one in outcome.findings)])),
        points=solver.visited,
        states=sum(outcome.states for outcome in outcomes),
        turns=sum(outcome.turns for outcome in outcomes),
        seconds=time.perf_counter() - started,
        undecided=tuple(undecided),
    )


def _walk(job: _Job) -> _Outcome:
    with _no_collections():
        return _walk_through(job)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Keep the garbage collector from going over every turn of a walk again and again: none of them is garbage yet."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _walk_through(job: _Job) -> _Outcome:
    space, journeys = _prepare(job.policy, tuple(job.journeys.items()))
    walk = Walk(space, journeys[job.journey], journeys, job.customer, rules=job.rules).run()
    return _Outcome(check_walk(walk), len(walk.states), len(walk.turns))


@lru_cache(maxsize=1)
def _prepare(policy: str, documents: tuple[tuple[str, str], ...]) -> tuple[Space, dict[str, Journey]]:
    """Return what every walk of a process shares."""
    journeys = {name: Journey.model_validate_json(document) for name, document in documents}
    return Space(Policy.model_validate_json(policy), journeys), journeys


def _distinct(findings: list[Finding]) -> Iterator[Finding]:
    """Yield each fault of a rule once, by the shortest conversation that shows it."""
    shortest: dict[tuple[Fault, tuple[str, ...]], Finding] = {}
    for finding in findings:
        key = (finding.fault, finding.rules)
        if key not in shortest or len(finding.conversation) < len(shortest[key].conversation):
            shortest[key] = finding
    yield from shortest.values()
