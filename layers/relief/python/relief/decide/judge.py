"""The decision itself: a pure function of the facts document and the policy, nothing else.

Everything that decides goes through here: a live turn, a recorded one under a candidate, the search for what would have
flipped a decision, and the proof of a policy.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from relief.contracts.decision import Reason
from relief.contracts.states import FiredRule
from relief.contracts.vocabulary import Action, Mode, Owner, ReasonCode
from relief.decide.ladder import Rung, climb
from relief.decide.policy import Policy, Rule
from relief.decide.risk import weigh_risk

_WAITING = frozenset({Owner.queued.value, Owner.offered.value})
_URGENCY = {ReasonCode.SECURITY_CONCERN: 1, ReasonCode.SAFETY_OR_VULNERABILITY: 2}
_OWNED = "ownership"
_ASKED_AGAIN = "person-requested"


class Fired(NamedTuple):
    """A rule that fired, and by how much."""

    rule: Rule
    margin: float


class Judgement(NamedTuple):
    """What is decided on a document of facts, before it is put into words."""

    action: Action
    mode: Mode
    rung: Rung | None
    """Where the decision comes from when no escalating rule made it."""
    escalating: tuple[Fired, ...] = ()
    """The escalating rules that fired, when they made the decision."""
    noted: tuple[Fired, ...] = ()
    """Rules that fired below the one that decided; further reasons."""
    owned: bool = False
    """Whether a person has the conversation, or is awaited."""

    @property
    def queue(self) -> str | None:
        """The queue that a rule asks for; without one the topic decides."""
        return next((one.rule.queue for one in self.escalating if one.rule.queue), None)

    @property
    def reasons(self) -> list[Reason]:
        """The reasons, the one that decided first."""
        reasons = [] if self.rung is None else [_reason_of_rung(self.rung)]
        reasons += [_reason_of_rule(one) for one in (*self.escalating, *self.noted)]
        return reasons


def complete_facts(facts: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """Fill in, in place, what follows from the other facts: the sums of ``progress``, and the risk."""
    progress = facts["progress"]
    progress["unsuccessful"] = progress["failures"] + progress["refusals"]
    progress["interventions"] = progress["clarifications"] + progress["strategy_changes"]
    facts["risk"] = weigh_risk(facts, policy.costs)
    return facts


def evaluate_rules(policy: Policy, facts: dict[str, Any]) -> tuple[list[Fired], list[FiredRule]]:
    """Return the rules that fired, in the policy's order, and every rule with its margin."""
    fired: list[Fired] = []
    evaluated: list[FiredRule] = []
    for rule, compiled in policy.plan:
        found = compiled.evaluate(facts)
        evaluated.append(found)
        if found.fired:
            fired.append(Fired(rule, found.margin))
    return fired, evaluated


def list_fired(policy: Policy, facts: dict[str, Any]) -> list[Fired]:
    """Return the rules that fired, in the policy's order, without their margins."""
    return [Fired(rule, 0.0) for rule, compiled in policy.plan if compiled.fires(facts)]


def judge(facts: dict[str, Any], policy: Policy, fired: Sequence[Fired] | None = None) -> Judgement:
    """Return the decision on these facts. ``fired`` saves evaluating the rules where the caller has done so."""
    if fired is None:
        fired = list_fired(policy, facts)
    if is_owned(facts):
        return _while_a_person_has_it(facts["owner"], fired)
    if fired and fired[0].rule.action is Action.escalate:
        escalating = tuple(one for one in fired if one.rule.action is Action.escalate)
        return Judgement(Action.escalate, escalating[0].rule.mode, None, escalating)
    rung = _rung_of(fired[0]) if fired else climb(facts, policy)
    action = rung.action
    if facts["incident"]["untold"] and action not in {Action.hold, Action.escalate}:
        action = Action.answer
    return Judgement(action, rung.mode, rung, noted=tuple(fired[1:]))


def is_owned(facts: dict[str, Any]) -> bool:
    """Tell whether a person has the conversation, or is on the way to it."""
    owner = facts["owner"]
    return bool(owner == Owner.human.value or (owner in _WAITING and facts["handoff"]["open"]))


def find_danger(facts: dict[str, Any], fired: Sequence[Fired], reason: ReasonCode) -> Judgement | None:
    """Return the escalation of a waiting customer who reports a danger more urgent than what they wait for."""
    if facts["owner"] not in _WAITING:
        return None
    worse = [one for one in fired if is_more_urgent(one.rule.reason, reason) and one.rule.action is Action.escalate]
    return Judgement(Action.escalate, worse[0].rule.mode, None, tuple(worse)) if worse else None


def is_more_urgent(reason: ReasonCode, than: ReasonCode) -> bool:
    """Tell whether a reason is a danger that goes before another. Urgency only rises, so nothing moves back."""
    return _URGENCY.get(reason, 0) > _URGENCY.get(than, 0)


def _while_a_person_has_it(owner: str, fired: Sequence[Fired]) -> Judgement:
    """Stay silent while a person owns the conversation; confirm a request for one that is under way."""
    if owner == Owner.human.value:
        text, code, rule, action = "A person has this conversation.", ReasonCode.HUMAN_OWNS, _OWNED, Action.hold
    elif any(one.rule.reason is ReasonCode.CUSTOMER_REQUEST for one in fired):
        text = "The customer asked for a person, and one has been requested already."
        code, rule, action = ReasonCode.CUSTOMER_REQUEST, _ASKED_AGAIN, Action.escalate
    else:
        text = "The conversation waits for a person; what the customer adds is passed on."
        code, rule, action = ReasonCode.HANDOFF_PENDING, _OWNED, Action.hold
    return Judgement(action, Mode.human_takeover, Rung(action, Mode.human_takeover, code, rule, text, 1.0), owned=True)


def _rung_of(fired: Fired) -> Rung:
    rule, margin = fired
    return Rung(rule.action, rule.mode, rule.reason, rule.id, rule.because, margin)


def _reason_of_rung(rung: Rung) -> Reason:
    return _reason(rung.reason, rung.rule, rung.text, round(rung.margin, 4))


def _reason_of_rule(fired: Fired) -> Reason:
    return _reason(fired.rule.reason, fired.rule.id, fired.rule.because, fired.margin)


@lru_cache(maxsize=4096)
def _reason(code: ReasonCode, rule: str, text: str, margin: float) -> Reason:
    """Return the model; the same few come again and again, and making one costs more than finding it."""
    return Reason(code=code, rule=rule, text=text, margin=margin)
