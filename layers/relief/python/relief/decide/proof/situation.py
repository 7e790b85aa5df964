"""What the next decision can tell of a conversation's past: pasts that are alike in this are one state of the walk.

Counters are kept up to the highest number that the policy compares them with, scores by the thresholds they passed, and
of the ledgers what can still be proposed or asked. Everything else of the session's memory decides nothing.
"""

import math
from collections.abc import Hashable
from typing import Final

from relief.contracts.context import Progress, SessionContext
from relief.decide.facts import is_settled, recall_confidence
from relief.decide.journeys import Journey
from relief.decide.proof.space import Space
from relief.decide.slots import may_ask_topic

_SECOND_TURN: Final = 2
_THIRD_TIME: Final = 3
_CLOSED: Final = 2
_SUMMED: Final = ("failures", "refusals")
_MOST_UNSUCCESSFUL: Final = 6


class Situations:
    """Names the state that a conversation about one journey is in."""

    def __init__(self, space: Space, journey: Journey) -> None:
        """Read from the policy how far it counts."""
        self._apart = any(space.names(f"progress.{name}") for name in _SUMMED)
        left_out = {"issue"} | (set() if self._apart else set(_SUMMED))
        self._counters = [
            (name, _highest(space, f"progress.{name}")) for name in Progress.model_fields if name not in left_out
        ]
        self._unsuccessful = _most_unsuccessful(space)
        self._turns = max(_SECOND_TURN, _highest(space, "turn.number"))
        self._marks = {name: space.marks(f"previous.{name}") for name in ("frustration", "peak_frustration")}
        self._other_ways = sorted({name for step in journey.steps for name in step.alternatives})
        self._slots = list(journey.slots)
        self._needed = sorted({slot for step in journey.steps for slot in step.needs})
        self._attempts = _highest(space, "step.attempts")
        self._failures = _highest(space, "step.failures")
        self._owned = space.mentions("owner")

    def name(self, context: SessionContext | None) -> Hashable:
        """Return the state; equal for contexts between which no decision differs."""
        if context is None:
            return None
        previous = context.last_signals.get("frustration", 0.0)
        progress = context.progress
        return (
            context.owner if self._owned else None,
            min(context.turn, self._turns),
            context.goal,
            tuple(min(getattr(progress, name), most) for name, most in self._counters),
            min(progress.failures + progress.refusals, self._unsuccessful),
            (is_settled(context), recall_confidence(context)),
            sum(previous >= mark for mark in self._marks["frustration"]),
            sum(context.peak_frustration >= mark for mark in self._marks["peak_frustration"]),
            self._steps(context),
            self._questions(context),
            tuple(context.incidents_told),
        )

    def _steps(self, context: SessionContext) -> Hashable:
        """Return what was taken and proposed, as far as that limits what may be proposed next."""
        steps = ((key, one) for key, one in context.proposed.items() if key.startswith("step:"))
        proposed = {key: min(one.times, _THIRD_TIME) for key, one in steps}
        if not context.steps:
            return frozenset(proposed.items())
        # A way that was taken, and one that was proposed as often as anything may be, are closed alike.
        ways = [
            _CLOSED if name in context.steps else min(proposed.get(f"step:{name}", 0), _CLOSED)
            for name in self._other_ways
        ]
        records = [
            (name, min(one.attempts, self._attempts), min(one.failures, self._failures))
            for name, one in context.steps.items()
            if self._attempts or self._failures
        ]
        return (tuple(ways), frozenset(records), any(times == _THIRD_TIME for times in proposed.values()))

    def _questions(self, context: SessionContext) -> Hashable:
        """Return what may still be asked, and, before the first step, whether its needs are known."""
        left = []
        for name in self._slots:
            record = context.slots.get(name)
            left.append(name not in context.facts and (record is None or not (record.asked or record.answered)))
        topic = may_ask_topic(context)
        needs = () if context.steps else tuple(name in context.facts for name in self._needed)
        return (tuple(left), topic, needs)


def _most_unsuccessful(space: Space) -> int:
    """Return up to where unsuccessful steps count: for the rules, and until the costs no longer rise."""
    failure = space.policy.costs.failure
    full = math.ceil(1 / failure) if failure else 0
    return max(_highest(space, "progress.failures"), min(full, _MOST_UNSUCCESSFUL))


def _highest(space: Space, name: str) -> int:
    return int(max(space.marks(name), default=0))
