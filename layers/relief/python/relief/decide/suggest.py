"""What reviewers' verdicts suggest: for each soft number of a policy the small change that would have agreed better.

A verdict says which action was right. Each judged decision is decided anew from its recorded facts by the policy and by
each small change of it, and the two are compared pair by pair. Only decisions that chance chose count: what is always
reviewed, or was picked by somebody, says nothing about the rest.

When a change is suggested. Decisions whose rightness it does not alter say nothing about it (McNemar's test of paired
proportions); of those that it alters, ``gained`` become right and ``lost`` become wrong. It is suggested when the lower
end of the Wilson interval of ``gained / (gained + lost)`` is above one half. Many values are tried, and the best of
many looks good by chance, so the interval's two-sided error is 5 % divided by the number of values tried (Bonferroni).
With some 130 values a change that loses nothing has to gain 13 decisions.

Sources: Q. McNemar, "Note on the sampling error of the difference between correlated proportions or percentages",
Psychometrika 12 (1947), 153-157; O. J. Dunn, "Multiple comparisons among means", Journal of the American Statistical
Association 56 (1961), 52-64; Wilson's interval: ``relief.decide.agreement``.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import Any, Final, NamedTuple

from relief.contracts.replay import RecordedDecision
from relief.contracts.review import ReviewItem
from relief.contracts.suggestion import LeverStanding, Proportion, RuleStanding, Suggestions
from relief.contracts.vocabulary import Action, ReasonCode
from relief.decide.agreement import Z, wilson_interval
from relief.decide.judge import complete_facts, judge
from relief.decide.policy import Policy
from relief.decide.replay import copy_facts, why_left_out
from relief.decide.tuning import Lever, change, is_protected, list_levers

FEWEST: Final = 50
"""With fewer verdicts nothing is suggested: the interval of a rate of agreement is 0.2 wide or more."""

_ERROR: Final = 0.05
_EVEN: Final = 0.5
_UNJUDGED: Final = "no verdict"
_NOT_DRAWN: Final = "chance did not choose it"
_NOT_THERE: Final = "its decision is not among the decisions"
_OTHER_FACTS: Final = "the facts have another shape"


class Judged(NamedTuple):
    """A recorded decision's facts, with the action that a reviewer holds right."""

    facts: dict[str, Any]
    right: Action


class _Tried(NamedTuple):
    value: float
    right: list[bool]
    gained: int
    lost: int


def suggest(
    decisions: Iterable[RecordedDecision], reviews: Iterable[ReviewItem], policy: Policy, fewest: int = FEWEST
) -> Suggestions:
    """Return what the verdicts say of the policy. Never suggests anything that a promise rests on."""
    judged, left_out = join(decisions, reviews, policy)
    now = [_decide(one, policy) for one in judged]
    right = [action is one.right for one, (action, _, _) in zip(judged, now, strict=True)]
    trials = [(lever, _try_all(lever, policy, judged, right)) for lever in list_levers(policy)] if judged else []
    tried = sum(len(found) for _, found in trials)
    enough = len(judged) >= fewest
    return Suggestions(
        policy=policy.version,
        verdicts=len(judged),
        fewest=fewest,
        left_out=dict(left_out.most_common()),
        agreement=_proportion(right),
        tried=tried,
        rules=_standings([(rule, reason) for _, rule, reason in now], right),
        levers=[_stand(lever, found, tried, enough=enough) for lever, found in trials],
        untouched=[rule.id for rule in policy.rules if is_protected(rule)],
    )


def join(
    decisions: Iterable[RecordedDecision], reviews: Iterable[ReviewItem], policy: Policy
) -> tuple[list[Judged], Counter[str]]:
    """Return the decisions that can be used, with the right action, and how many verdicts cannot, by why."""
    left_out: Counter[str] = Counter()
    wanted: dict[str, ReviewItem] = {}
    for review in reviews:
        if review.verdict is None or not review.drawn:
            left_out[_UNJUDGED if review.verdict is None else _NOT_DRAWN] += 1
        else:
            wanted[review.decision_id] = review
    judged: list[Judged] = []
    for record in decisions:
        found = wanted.pop(record.decision_id, None)
        if found is None:
            continue
        why = why_left_out(record)
        one = Judged(copy_facts(record.facts), right_action(found))
        if why is None:
            try:
                _decide(one, policy)
            except (KeyError, TypeError, AttributeError):
                why = _OTHER_FACTS
        if why is None:
            judged.append(one)
        else:
            left_out[why] += 1
    if wanted:
        left_out[_NOT_THERE] = len(wanted)
    return judged, left_out


def right_action(review: ReviewItem) -> Action:
    """Return the action that the reviewer holds right: the one named, or the one decided where none is named."""
    named = review.verdict.should_have if review.verdict else None
    return Action(named.value) if named is not None else review.action


def _decide(one: Judged, policy: Policy) -> tuple[Action, str, ReasonCode]:
    found = judge(complete_facts(one.facts, policy), policy)
    return found.action, found.reasons[0].rule, found.reasons[0].code


def _try_all(lever: Lever, policy: Policy, judged: Sequence[Judged], right: Sequence[bool]) -> list[_Tried]:
    found = []
    for value, changed in change(policy, lever):
        then = [judge(complete_facts(one.facts, changed), changed).action is one.right for one in judged]
        pairs = Counter(zip(right, then, strict=True))
        found.append(_Tried(value, then, pairs[False, True], pairs[True, False]))
    return found


def _stand(lever: Lever, found: Sequence[_Tried], tried: int, *, enough: bool) -> LeverStanding:
    """Return the best value: the one with most net gain, of several the smallest change."""
    best = max(found, key=lambda one: (one.gained - one.lost, -abs(one.value - lever.now)), default=None)
    if best is None or best.gained <= best.lost:
        return LeverStanding(lever=lever.name, now=lever.now)
    z = NormalDist().inv_cdf(1 - _ERROR / tried / 2)
    bound, _ = wilson_interval(best.gained, best.gained + best.lost, z)
    return LeverStanding(
        lever=lever.name,
        now=lever.now,
        better=best.value,
        gained=best.gained,
        lost=best.lost,
        agreement=_proportion(best.right),
        bound=round(bound, 4),
        suggested=enough and bound > _EVEN,
    )


def _standings(decided: Sequence[tuple[str, ReasonCode]], right: Sequence[bool]) -> list[RuleStanding]:
    held: defaultdict[tuple[str, ReasonCode], list[bool]] = defaultdict(list)
    for named, agreed in zip(decided, right, strict=True):
        held[named].append(agreed)
    found = [RuleStanding(rule=rule, reason=reason, standing=_proportion(one)) for (rule, reason), one in held.items()]
    return sorted(found, key=lambda one: (-one.standing.verdicts, one.rule))


def _proportion(right: Sequence[bool]) -> Proportion:
    lower, upper = wilson_interval(sum(right), len(right), Z)
    return Proportion(agreed=sum(right), verdicts=len(right), lower=round(lower, 4), upper=round(upper, 4))
