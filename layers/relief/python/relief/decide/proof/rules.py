"""What single turns show about a policy's rules: dead rules, contradictions, requests that are ignored."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from relief.contracts.vocabulary import Action, EvidenceCode
from relief.decide.judge import judge
from relief.decide.policy import Policy, Rule
from relief.decide.proof.finding import Fault, Finding
from relief.decide.proof.formula import Formula, formula_of, rule_formula
from relief.decide.proof.solve import Solver, Undecided
from relief.decide.proof.space import Assignment

_ON_WORDS: Final = "turn.has_text"
_BOT_OWNS: Final = "owner == 'bot'"
_ASKS: Final = f"contains(codes, '{EvidenceCode.HUMAN_REQUEST.value}')"
_NO_PROGRESS: Final = "progress.turns_without_progress >= `2` && turn.outcome != 'succeeded'"
_SPEAKS_ON: Final = frozenset({Action.answer, Action.clarify})


class _Told(NamedTuple):
    """A kind of point that must not exist: where to look, and what it means that one is there."""

    fault: Fault
    where: tuple[Formula, ...]
    what: str
    cure: str
    rules: tuple[str, ...]


def check_rules(policy: Policy, solver: Solver) -> tuple[list[Finding], list[str]]:
    """Return what is wrong with the rules, and what could not be decided."""
    findings: list[Finding] = []
    undecided: list[str] = []
    fires = [rule_formula(rule) for rule in policy.rules]
    spared = [rule_formula(rule, fires=False) for rule in policy.rules]
    for told in _points_that_must_not_be(policy, fires, spared):
        try:
            point = solver.solve(told.where)
        except Undecided:
            undecided.append(f"{told.fault.value}: {told.what}")
            continue
        if point is not None:
            conversation = describe_point(point, solver, policy)
            findings.append(Finding(told.fault, told.what, told.cure, conversation, told.rules))
    for place, rule in enumerate(policy.rules):
        try:
            finding = _is_of_use(policy, place, solver, fires, spared)
        except Undecided:
            undecided.append(f"whether rule {rule.id} can decide")
            continue
        findings += [finding] if finding else []
    return findings, undecided


def _points_that_must_not_be(policy: Policy, fires: Sequence[Formula], spared: Sequence[Formula]) -> Iterator[_Told]:
    asked = (formula_of(_BOT_OWNS), formula_of(_ASKS))
    yield _Told(
        Fault.ignored_request,
        (*asked, *spared),
        "no rule hands over a plain request for a person",
        "add a rule on contains(codes, 'HUMAN_REQUEST') with action escalate and no other condition",
        (),
    )
    for place, rule in enumerate(policy.rules):
        decides = (fires[place], *spared[:place])
        if rule.action is Action.escalate:
            continue
        yield _Told(
            Fault.ignored_request,
            (*asked, *decides),
            f"rule {rule.id} answers a plain request for a person with {rule.action.value}",
            f"move {rule.id} below the rule that hands such requests over, or add !({_ASKS}) to it",
            (rule.id,),
        )
        if rule.action is Action.hold:
            yield _Told(
                Fault.dead_end,
                (formula_of(_BOT_OWNS), formula_of(_ON_WORDS), *decides),
                f"rule {rule.id} has the bot say nothing to a customer who wrote, and nobody else answers",
                f"give {rule.id} another action, or add !(turn.has_text) to it",
                (rule.id,),
            )
        if rule.action in _SPEAKS_ON:
            yield _Told(
                Fault.loop,
                (formula_of(_BOT_OWNS), formula_of(_ON_WORDS), formula_of(_NO_PROGRESS), *decides),
                f"rule {rule.id} goes on with {rule.action.value} after two turns without progress",
                f"add progress.turns_without_progress < `2` to {rule.id}, or change its action",
                (rule.id,),
            )
    yield from _contradictions(policy, fires)


def _contradictions(policy: Policy, fires: Sequence[Formula]) -> Iterator[_Told]:
    for second, rule in enumerate(policy.rules):
        for first, other in enumerate(policy.rules[:second]):
            if other.priority == rule.priority and other.action is not rule.action:
                yield _Told(
                    Fault.contradiction,
                    (fires[first], fires[second]),
                    f"rules {other.id} ({other.action.value}) and {rule.id} ({rule.action.value}) have the same "
                    f"priority {rule.priority} and fire on the same facts",
                    "give them different priorities, or conditions that exclude each other",
                    (other.id, rule.id),
                )


def _is_of_use(
    policy: Policy, place: int, solver: Solver, fires: Sequence[Formula], spared: Sequence[Formula]
) -> Finding | None:
    """Return the finding that a rule never fires, or never decides; ``None`` when it is of use."""
    rule = policy.rules[place]
    if solver.solve([fires[place], *spared[:place]]) is not None:
        return None
    point = solver.solve([fires[place]])
    if point is None:
        return Finding(
            Fault.unreachable_rule,
            f"rule {rule.id} can never fire: no facts that a turn can have meet {_condition(rule)}",
            f"correct the condition of {rule.id}, or remove it",
            rules=(rule.id,),
        )
    winner = judge_with_rule(solver.space.document(point), policy)
    return Finding(
        Fault.losing_rule,
        f"rule {rule.id} never decides: whenever it fires, an earlier rule ({winner} in the example) fires as well",
        f"move {rule.id} up, narrow the earlier rules, or remove it",
        describe_point(point, solver, policy),
        (rule.id, winner),
    )


def _condition(rule: Rule) -> str:
    if rule.measure is None:
        return rule.when
    return f"{rule.when} with {rule.measure} at {rule.threshold_of or rule.threshold}"


def judge_with_rule(facts: dict[str, Any], policy: Policy) -> str:
    """Return the id of the rule that decides on these facts."""
    return judge(facts, policy).reasons[0].rule


def describe_point(point: Assignment, solver: Solver, policy: Policy) -> tuple[str, ...]:
    """Return one turn as a conversation: what is known before it, what the customer does, what is decided."""
    facts = solver.space.document(point)
    codes = [name.partition(":")[2] for name in point if name.startswith("codes:")]
    rest = ", ".join(_say(name, value) for name, value in point.items() if not name.startswith("codes:"))
    does = "writes" if facts["turn"]["has_text"] else "writes nothing"
    words = f"turn {facts['turn']['number']}: customer {does}" + (f", found in it: {', '.join(codes)}" if codes else "")
    judgement = judge(facts, policy)
    reason = judgement.reasons[0]
    decided = f"relief: {judgement.action.value} ({reason.code.value}, {reason.rule})"
    return (words, f"facts: {rest}" if rest else "facts: nothing else of note", decided)


def _say(name: str, value: Any) -> str:  # noqa: ANN401 - JSON data
    if isinstance(value, dict):
        return f"{name} {value['name']}"
    return f"{name} {str(value).lower() if isinstance(value, bool) else value}"
