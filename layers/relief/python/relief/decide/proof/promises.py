"""The promises, checked on every turn of a walk and along its ways.

One turn shows an ignored request, a dead end, a repetition or a question about what is known. Whether a conversation
can go round for ever without a person shows in the graph of states alone.
"""

from collections.abc import Callable, Iterator
from typing import Final

from relief.contracts.vocabulary import Action, ControlOption, Owner
from relief.decide.proof.finding import Fault, Finding
from relief.decide.proof.walk import State, Turn, Walk
from relief.remember.ledger import list_do_not_ask

_PATIENCE: Final = 2
"""Turns without progress that the mission allows (section 11), whatever a policy says."""
_PROPOSALS: Final = 2
_Complaint = tuple[Fault, str, str]


def check_walk(walk: Walk) -> list[Finding]:
    """Return what is wrong with the conversations of a walk: of each kind and rule, the shortest that shows it."""
    shortest: dict[tuple[Fault, str], tuple[int, Finding]] = {}

    def keep(fault: Fault, what: str, cure: str, turns: list[Turn]) -> None:
        rule = _rule_of(turns[-1])
        before = shortest.get((fault, rule))
        if before is None or len(turns) < before[0]:
            told = tell(turns, walk)
            rules = (rule,) if rule else ()
            shortest[fault, rule] = (len(turns), Finding(fault, what, cure, told, rules))

    for turn in walk.turns:
        for fault, what, cure in complaints_about(turn):
            keep(fault, what, cure, [*turn.start.conversation(), turn])
    circle = _find_circle(walk, lambda turn: turn.stimulus.stuck)
    if circle:
        what = "a conversation in which nothing ever moves goes round for ever, and no person comes"
        keep(Fault.loop, what, "let a rule hand over once progress.strategy_changes or the like has grown", circle)
    circle = _find_circle(walk, lambda turn: turn.stimulus.not_understood)
    if circle and all(turn.stimulus.not_understood for turn in circle):
        what = "a customer of whom nothing is ever understood is answered for ever, and no person comes"
        cure = "let a rule hand over when intent.confidence stays low after progress.clarifications >= `1`"
        keep(Fault.missing_fallback, what, cure, circle)
    return [finding for _, finding in sorted(shortest.values(), key=lambda one: one[0])]


def complaints_about(turn: Turn) -> Iterator[_Complaint]:
    """Yield what is wrong with one turn."""
    decided, context, stimulus = turn.decided, turn.absorbed, turn.stimulus
    if decided is None:
        yield Fault.failure, f"deciding fails with {turn.error}", "correct the rule or journey that the error names"
        return
    owned = context.owner in {Owner.human, Owner.queued, Owner.offered}
    if stimulus.asks_for_a_person and decided.action is not Action.escalate and context.owner is not Owner.human:
        what = f"the customer asks for a person and gets {decided.action.value}"
        yield Fault.ignored_request, what, "let the rule on contains(codes, 'HUMAN_REQUEST') come first"
    if owned:
        if decided.action not in {Action.hold, Action.escalate} or decided.next.ask is not None:
            yield Fault.dead_end, "the bot talks on while a person has the conversation", "report this: code decides it"
        return
    yield from _dead_ends(turn)
    yield from _repetitions(turn)
    ask = decided.next.ask
    if ask is not None and ask.slot in list_do_not_ask(context):
        yield Fault.asked_again, f"{ask.slot} is asked for, but it is known or was asked in vain", "report this"
    if not set(context.facts) <= set(decided.next.do_not_ask) and decided.action is not Action.escalate:
        yield Fault.asked_again, "the bot is not told what is known already", "report this"


def _dead_ends(turn: Turn) -> Iterator[_Complaint]:
    decided = turn.decided
    if decided is None:
        return
    if decided.action is Action.hold and turn.stimulus.has_words:
        cure = "give the rule another action, or add !(turn.has_text) to it"
        yield Fault.dead_end, "the customer writes, the bot says nothing, and nobody else answers", cure
    if decided.action not in {Action.hold, Action.escalate} and not decided.next.say:
        yield Fault.dead_end, f"the bot is told to {decided.action.value} without a word to say", "add the text"
    if ControlOption.talk_to_a_person not in decided.next.options:
        yield Fault.dead_end, "the customer is not offered a person", "report this: code decides it"


def _repetitions(turn: Turn) -> Iterator[_Complaint]:
    decided, context = turn.decided, turn.absorbed
    if decided is None:
        return
    changed = decided.action is Action.change_strategy
    for kind, name in (("step", decided.proposed.step), ("slot", decided.proposed.slot)):
        if name is None:
            continue
        earlier = context.proposed.get(f"{kind}:{name}")
        times = earlier.times if earlier else 0
        if times >= _PROPOSALS or (times and not changed):
            how = "a third time" if times >= _PROPOSALS else "again without a changed approach"
            yield Fault.loop, f"{kind} {name} is proposed {how}", "add another alternative, or let a rule hand over"
        record = context.steps.get(name) if kind == "step" else None
        if record is not None and record.failures:
            yield Fault.loop, f"step {name} is proposed although it failed", "add another alternative to the step"
    if decided.action is Action.clarify and context.progress.clarifications:
        cure = "add progress.clarifications < `1` to the rule, or change its action"
        yield Fault.loop, "a second clarifying question about the same issue", cure
    idle = context.progress.turns_without_progress >= _PATIENCE
    if turn.stimulus.stuck and idle and decided.action not in {Action.change_strategy, Action.escalate}:
        cure = "add progress.turns_without_progress < `2` to the rule, or change its action"
        yield Fault.loop, f"the bot goes on with {decided.action.value} after two turns without progress", cure


def _find_circle(walk: Walk, follows: Callable[[Turn], bool]) -> list[Turn]:
    """Return a conversation that comes back to a state by such turns alone; empty when there is none."""
    ways: dict[int, list[tuple[Turn, State]]] = {}
    for turn in walk.turns:
        if turn.end is not None and follows(turn):
            ways.setdefault(id(turn.start), []).append((turn, turn.end))
    done: set[int] = set()
    for start in sorted(walk.states.values(), key=lambda state: state.depth):
        trail: list[tuple[State, Iterator[tuple[Turn, State]]]] = [(start, iter(ways.get(id(start), ())))]
        path: list[Turn] = []
        on_trail = {id(start)}
        while trail:
            state, left = trail[-1]
            step = next(left, None)
            if step is None:
                done.add(id(state))
                on_trail.discard(id(state))
                trail.pop()
                path = path[:-1]
                continue
            turn, end = step
            if id(end) in on_trail:
                return [*start.conversation(), *path, turn]
            if id(end) not in done:
                path.append(turn)
                on_trail.add(id(end))
                trail.append((end, iter(ways.get(id(end), ()))))
    return []


def tell(turns: list[Turn], walk: Walk) -> tuple[str, ...]:
    """Return a conversation in words."""
    known = ", ".join(f"{name} {value}" for name, value in walk.customer.items())
    lines = [f"journey {walk.journey.name}" + (f", customer with {known}" if known else "")]
    for number, turn in enumerate(turns, start=1):
        lines.append(f"turn {number}: {turn.stimulus.told}")
        decided = turn.decided
        if decided is None:
            lines.append(f"  relief: fails, {turn.error}")
            continue
        reason = decided.reasons[0]
        what = [f"  relief: {decided.action.value} ({reason.code.value}, {reason.rule})"]
        what += [f"proposes step {decided.proposed.step}"] if decided.proposed.step else []
        what += [f"asks for {decided.proposed.slot}"] if decided.proposed.slot else []
        lines.append("; ".join(what))
    return tuple(lines)


def _rule_of(turn: Turn) -> str:
    return turn.decided.reasons[0].rule if turn.decided else ""
