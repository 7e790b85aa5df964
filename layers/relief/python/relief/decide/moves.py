"""The facts that a counterfactual may move, how far, and what cannot but move with them.

Each move leads to facts that a turn can really have: one failed step more is one turn more, a message that holds no
request for a person does not score as one. What is left out on purpose: who owns the conversation, incidents, the
journey and its harm, because no turn of the customer changes them; and a request for a person as something to add,
because it always hands over and so explains nothing, unless nothing else does.
"""

import math
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from relief.contracts.vocabulary import AccountValue, Authentication, EvidenceCode, StepOutcome, Tier
from relief.decide.condition_types import NO_VALUE
from relief.decide.levers import Levers
from relief.decide.policy import Policy
from relief.decide.risk import find_balance

STEP: Final = 0.0001
"""How far under a mark "just below" is; the last digit that margins show."""
_DIGITS: Final = 4
_DOUBTED: Final = 0.45
_SCORES: Final = ("scores.frustration", "scores.confusion", "scores.urgency")
_REQUEST: Final = EvidenceCode.HUMAN_REQUEST.value
_INTENT_TO_ESCALATE: Final = "scores.escalation_intent"
_COUNTS: Final = ("turns_without_progress", "failures", "refusals", "clarifications", "strategy_changes")
_WHAT_TURNS_HELD: Final = frozenset({"failures", "refusals", "clarifications", "strategy_changes"})
_ATTRIBUTES: Final[dict[str, tuple[str, ...]]] = {
    "tier": tuple(Tier),
    "value": tuple(AccountValue),
    "authenticated": tuple(Authentication),
}
_ENDINGS: Final = (StepOutcome.succeeded.value, StepOutcome.failed.value)
"""How a step may have ended instead. Refused is as good as failed, and still pending as good as not reported."""
_FAILED: Final = {StepOutcome.failed.value: "failures", StepOutcome.refused.value: "refusals"}
# Distances: a score's is how far it moves; the others are set against that.
_ONE_COUNT: Final = 0.25
_CODE_LESS: Final = 0.3
_ATTRIBUTE: Final = 0.4
_ANOTHER_WAY: Final = 0.45
_OUTCOME: Final = 0.5
_CODE_MORE: Final = 1.0
_LAST_RESORT: Final = 2.0

Value = str | bool | int | float
Change = tuple[str, Value]


class Move(NamedTuple):
    """One fact that is different, what that implies, and the distance between."""

    distance: float
    change: Change
    implied: tuple[Change, ...] = ()


def look_up(facts: dict[str, Any], path: str) -> Value:
    """Return a fact by its path; of ``codes:NAME``, whether that evidence is found."""
    section, _, name = path.partition(".")
    if not name:
        return path.partition(":")[2] in facts["codes"]
    value: Value = facts[section][name]
    return value


def list_moves(facts: dict[str, Any], policy: Policy) -> list[Move]:
    """Return every move from these facts, the nearest first."""
    levers = policy.levers
    moves = [*_scores(facts, policy), *_codes(facts, levers), *_counts(facts, levers), *_outcomes(facts)]
    moves += _account(facts, levers)
    if facts["step"]["known"]:
        left = facts["step"]["alternative_left"]
        moves.append(Move(_ANOTHER_WAY, ("step.alternative_left", not left)))
    return sorted(moves, key=lambda move: move.distance)


def _scores(facts: dict[str, Any], policy: Policy) -> Iterator[Move]:
    levers, marks = policy.levers, dict.fromkeys(_SCORES, ())
    bounds = [*levers.risks, *([policy.costs.needless_handover] if levers.weighs_against_handover else [])]
    balances = [find_balance(facts, policy.costs, bound) for bound in bounds]
    for path in (*marks, "intent.confidence"):
        now = look_up(facts, path)
        exact = [one[path] for one in balances if path in one]
        for mark in {*levers.marks.get(path, ()), *exact}:
            up = math.ceil(mark * 10**_DIGITS) / 10**_DIGITS
            if now < up <= 1:
                yield Move(up - now, (path, up), _implied_by_score(path, up, facts))
            down = round(up - STEP, _DIGITS)
            if 0 <= down < now:
                yield Move(now - down, (path, down), _implied_by_score(path, down, facts))


def _implied_by_score(path: str, value: float, facts: dict[str, Any]) -> tuple[Change, ...]:
    """Return what goes with a score: friction that is new shows, in words or behaviour; a sure bot has no doubt."""
    turn = facts["turn"]
    if path == "scores.frustration" and value > facts["scores"]["frustration"]:
        shown = "turn.expressed" if turn["has_text"] else "turn.behaviour"
        possible = turn["has_text"] or turn["telemetry"]
        return ((shown, True),) if possible and not look_up(facts, shown) else ()
    if path == "intent.confidence" and value >= _DOUBTED and facts["intent"]["doubted"]:
        return (("intent.doubted", False),)
    return ()


def _codes(facts: dict[str, Any], levers: Levers) -> Iterator[Move]:
    for code in levers.codes:
        if code in facts["codes"] and code != _REQUEST:
            yield Move(_CODE_LESS, (f"codes:{code}", False))
        elif code not in facts["codes"] and facts["turn"]["has_text"]:
            implied = (("progress.human_requests", facts["progress"]["human_requests"] + 1),)
            asks = code == _REQUEST
            yield Move(_LAST_RESORT if asks else _CODE_MORE, (f"codes:{code}", True), implied if asks else ())
    yield from _without_request(facts, levers)


def _without_request(facts: dict[str, Any], levers: Levers) -> Iterator[Move]:
    """Yield that no person was asked for: neither the words nor the score say so."""
    score, found = facts["scores"]["escalation_intent"], _REQUEST in facts["codes"]
    reached = [mark for mark in levers.marks.get(_INTENT_TO_ESCALATE, ()) if mark <= score]
    below = (_INTENT_TO_ESCALATE, round(min(reached) - STEP, _DIGITS)) if reached and min(reached) > 0 else None
    if found:
        fewer = ("progress.human_requests", max(0, facts["progress"]["human_requests"] - 1))
        yield Move(_CODE_LESS, (f"codes:{_REQUEST}", False), (fewer, *([below] if below else [])))
    elif below:
        yield Move(score - below[1], below)


def _counts(facts: dict[str, Any], levers: Levers) -> Iterator[Move]:
    progress, outcome = facts["progress"], facts["turn"]["outcome"]
    least = {name: int(_FAILED.get(outcome) == name) for name in _COUNTS}
    least["turns_without_progress"] = int(outcome in _FAILED)
    more: tuple[Change, ...] = (
        ("progress.turns", progress["turns"] + 1),
        ("turn.number", facts["turn"]["number"] + 1),
        ("turn.tried", True),
    )
    yield Move(_ONE_COUNT - STEP, more[0], more[1:])
    for name in _COUNTS:
        now = progress[name]
        if name != "turns_without_progress" or outcome != StepOutcome.succeeded.value:
            full = name in _WHAT_TURNS_HELD or now >= progress["turns"]
            yield Move(_ONE_COUNT, (f"progress.{name}", now + 1), more if full else ())
        if now > least[name]:
            yield Move(_ONE_COUNT, (f"progress.{name}", now - 1))
    now = progress["stated_contacts"]
    for mark in map(int, levers.marks.get("progress.stated_contacts", ())):
        to = mark if now < mark else mark - 1
        yield Move(_ONE_COUNT * abs(to - now), ("progress.stated_contacts", to))


def _outcomes(facts: dict[str, Any]) -> Iterator[Move]:
    """Yield that the step before this turn ended otherwise, with the counts that follow from it."""
    progress, now = facts["progress"], facts["turn"]["outcome"]
    if not facts["turn"]["step"] and now == NO_VALUE:
        return
    for outcome in _ENDINGS:
        if outcome == now:
            continue
        counts = {name: progress[name] for name in ("failures", "refusals", "turns_without_progress")}
        attempts = facts["step"]["failures"]
        if now in _FAILED:
            counts[_FAILED[now]] -= 1
            counts["turns_without_progress"] -= 1
            attempts -= 1
        if outcome in _FAILED:
            counts[_FAILED[outcome]] += 1
            counts["turns_without_progress"] += 1
            attempts += 1
        if outcome == StepOutcome.succeeded.value:
            counts["turns_without_progress"] = 0
        counts["turns_without_progress"] = min(counts["turns_without_progress"], progress["turns"])
        implied = [(f"progress.{name}", max(0, count)) for name, count in counts.items() if count != progress[name]]
        if facts["turn"]["step"] and attempts != facts["step"]["failures"]:
            implied.append(("step.failures", max(0, attempts)))
        yield Move(_OUTCOME, ("turn.outcome", outcome), tuple(implied))


def _account(facts: dict[str, Any], levers: Levers) -> Iterator[Move]:
    customer = facts["customer"]
    for name, values in _ATTRIBUTES.items():
        if f"customer.{name}" in levers.readers:
            for value in values:
                if value != customer[name]:
                    yield Move(_ATTRIBUTE, (f"customer.{name}", str(value)))
    now = customer["tenure_months"]
    for mark in map(int, levers.marks.get("customer.tenure_months", ())):
        yield Move(_ATTRIBUTE, ("customer.tenure_months", mark if now < mark else mark - 1))
