"""The discretised decision space: for every fact the few values between which a policy can tell."""

import copy
from collections.abc import Mapping
from typing import Any, Final

from relief.contracts.vocabulary import EvidenceCode
from relief.decide.condition_types import CHOICES, CODES
from relief.decide.dependencies import variables_of
from relief.decide.facts import EXEMPLARY_FACTS
from relief.decide.journeys import Journey
from relief.decide.judge import complete_facts
from relief.decide.marks import read_marks
from relief.decide.policy import Policy
from relief.decide.proof.formula import Formula, formula_of

Value = Any
Assignment = dict[str, Value]
JUST_BELOW: Final = 0.0001
"""How far under a threshold of a score the space looks; the last digit that margins show."""
_MANY: Final = 6
_LONGEST: Final = 12
"""Turns of the longest conversation that single documents of facts stand for."""
_COUNT_FROM_ONE: Final = frozenset({"turn.number", "progress.turns"})
_NOT_WORDS: Final = list(EvidenceCode).index(EvidenceCode.REPEATED_MESSAGE)
_WORDS: Final = frozenset(code.value for code in list(EvidenceCode)[:_NOT_WORDS])

INVARIANTS: Final[tuple[str, ...]] = (
    "turn.step != '' || !(step.known)",
    "step.known || !(step.alternative_left)",
    "turn.step != '' || step.attempts == `0`",
    "turn.step == '' || step.attempts >= `1`",
    "step.failures <= step.attempts",
    "step.attempts <= turn.number",
    "turn.step == '' || turn.tried",
    "turn.outcome != 'failed' || progress.failures >= `1`",
    "turn.outcome != 'refused' || progress.refusals >= `1`",
    "turn.outcome != 'failed' && turn.outcome != 'refused' || progress.turns_without_progress >= `1`",
    "turn.outcome != 'succeeded' || progress.turns_without_progress == `0`",
    "progress.turns <= turn.number",
    "progress.turns_without_progress <= progress.turns",
    "progress.unsuccessful <= progress.turns",
    "progress.interventions < progress.turns",
    "!(contains(codes, 'HUMAN_REQUEST')) || progress.human_requests >= `1`",
    "progress.human_requests <= turn.number",
    "turn.number == `1` || turn.tried",
    "turn.number > `1` || previous.frustration == `0` && previous.peak_frustration == `0`",
    "previous.frustration <= previous.peak_frustration",
    "turn.number > `1` || !(intent.settled) || turn.answers",
    "intent.settled || !(turn.answers)",
    "!(turn.answers) || !(intent.doubted)",
    "!(intent.doubted) || intent.confidence < `0.45`",
    "turn.telemetry > `0` || !(turn.behaviour)",
    "incident.active || incident.severity == 'none'",
    "!(incident.active) || incident.severity != 'none'",
    "incident.active || !(incident.untold)",
    "owner == 'bot' || turn.number > `1`",
)
"""What is true of the facts of any turn, by how ``relief.remember.absorb`` and ``relief.decide.facts`` count."""


class Space:
    """The values of every fact, and the documents of facts that they make."""

    def __init__(self, policy: Policy, journeys: Mapping[str, Journey]) -> None:
        """Read from the policy between which values it tells."""
        self.policy = policy
        self._journeys = [
            {"name": one.name, "harm": one.harm, "sensitive": one.sensitive, "specific": bool(one.intents)}
            for one in sorted(journeys.values(), key=lambda one: one.name != EXEMPLARY_FACTS["journey"]["name"])
        ]
        self._marks = read_marks(policy.rules, policy.thresholds)
        self._codes = sorted(self._marks.pop(CODES, set()) | {EvidenceCode.HUMAN_REQUEST.value})
        counted = [max(self.marks(name), default=0) for name in self._marks if name.startswith(("progress.", "turn.n"))]
        self._longest = min(_LONGEST, 2 + int(max(counted, default=0)))
        self.domains = {name: self._domain(name) for name in self._names()}
        self.invariants: list[Formula] = [formula_of(one) for one in INVARIANTS]
        self.invariants += [
            formula_of(f"turn.has_text || !(contains(codes, '{code}'))") for code in self._codes if code in _WORDS
        ]

    def document(self, assignment: Assignment) -> dict[str, Any]:
        """Return the facts in which these have these values, all others those of an uneventful first turn.

        Sections in which nothing is set are shared between documents: whoever gets one reads it, and writes nothing.
        """
        facts = {**_NEUTRAL, "progress": {**_NEUTRAL["progress"]}}
        for name, value in assignment.items():
            section, _, field = name.partition(".")
            if name.startswith(f"{CODES}:"):
                if value:
                    facts[CODES] = [*facts[CODES], name.partition(":")[2]]
                continue
            if (field or name == "journey") and facts[section] is _NEUTRAL[section]:
                facts[section] = {**_NEUTRAL[section]}
            if name == "journey":
                facts["journey"].update(value)
            elif field:
                facts[section][field] = value
            else:
                facts[name] = value
        return complete_facts(facts, self.policy)

    def marks(self, path: str) -> list[float]:
        """Return the numbers that the policy compares a fact with, in order."""
        return sorted(mark for mark in self._marks.get(path, ()) if isinstance(mark, int | float))

    def mentions(self, path: str) -> bool:
        """Tell whether the policy asks for this fact."""
        return path in self._marks

    def names(self, path: str) -> bool:
        """Tell whether a rule names this very fact, as opposed to one that follows from it."""
        parts = (part for rule in self.policy.rules for part in (rule.when, rule.measure, rule.threshold_of) if part)
        return any(path in part for part in parts)

    @property
    def codes(self) -> list[str]:
        """The evidence codes that the policy asks for, and the request for a person."""
        return list(self._codes)

    def _names(self) -> list[str]:
        names = [f"{CODES}:{code}" for code in self._codes]
        for section, held in EXEMPLARY_FACTS.items():
            fields = [f"{section}.{field}" for field in held] if isinstance(held, dict) else [section]
            names += [name for path in fields for name in variables_of(path) if section not in {CODES, "risk"}]
        return list(dict.fromkeys(names))

    def _domain(self, name: str) -> tuple[Value, ...]:
        if name == "journey":
            return tuple(self._journeys)
        if name.startswith(f"{CODES}:"):
            return (False, True)
        neutral = _look_up(name)
        values: list[Value] = [neutral]
        if isinstance(neutral, bool):
            values.append(not neutral)
        elif isinstance(neutral, str):
            values += CHOICES.get(name, [str(mark) for mark in self._marks.get(name, ())] or ["another"])
        elif name in _COUNT_FROM_ONE:
            values += range(1, self._longest + 1)
        elif isinstance(neutral, int):
            values += _counts(self.marks(name))
        else:
            lowest = -1.0 if name.startswith("trends.") else 0.0
            values += [lowest, 1.0, *self.marks(name), *(mark - JUST_BELOW for mark in self.marks(name))]
        return tuple(dict.fromkeys(values))


_NEUTRAL: Final = copy.deepcopy(EXEMPLARY_FACTS)
_NEUTRAL["intent"]["settled"] = False
_NEUTRAL["codes"] = []


def _look_up(name: str) -> Value:
    section, _, field = name.partition(".")
    return _NEUTRAL[section][field] if field else _NEUTRAL[section]


def _counts(marks: list[float]) -> list[int]:
    top = int(max(marks, default=1)) + 1
    if top <= _MANY:
        return list(range(top + 1))
    return [max(0, int(mark) + step) for mark in marks for step in (-1, 0, 1)]
