"""Where a task stands: what was tried, what has yet to be asked, and which step comes first."""

from typing import Final, NamedTuple

from relief.contracts.context import SessionContext
from relief.contracts.summary import TriedStep
from relief.contracts.vocabulary import ReasonCode, StepOutcome
from relief.decide.journeys import Journey
from relief.remember.ledger import list_do_not_ask

_BEFORE_ANY_STEP: Final = frozenset(
    {ReasonCode.SAFETY_OR_VULNERABILITY, ReasonCode.SECURITY_CONCERN, ReasonCode.LEGAL_OR_REGULATOR}
)
"""Reasons that come before the task itself: what to do first is in the advice on them."""


class FirstStep(NamedTuple):
    """The step that a person takes first; ``by_hand`` when automation has failed at it and knows no other way."""

    name: str
    by_hand: bool


def list_tried(context: SessionContext) -> list[TriedStep]:
    """Return the steps that automation took, in the order of their first attempt."""
    return [
        TriedStep(step=name, outcome=record.last_outcome, times=record.attempts)
        for name, record in context.steps.items()
        if record.attempts
    ]


def list_open_slots(journey: Journey, context: SessionContext) -> list[str]:
    """Return what the task still needs and somebody may ask for.

    Left out is what is known, what was asked in vain often enough (it must be looked up), and what only steps need
    that are done, themselves or in another way.
    """
    closed = {name for name, record in context.slots.items() if record.answered}
    closed.update(context.facts, list_do_not_ask(context))
    needed_by = {slot: [step.name for step in journey.steps if slot in step.needs] for slot in journey.slots}
    done = list_settled_steps(journey, context)
    return [
        name
        for name, steps in needed_by.items()
        if name not in closed and (not steps or any(step not in done for step in steps))
    ]


def list_unanswered(context: SessionContext) -> list[str]:
    """Return what was asked in vain and must not be asked again, so that it has to be looked up."""
    silenced = set(list_do_not_ask(context))
    return [
        name
        for name, record in context.slots.items()
        if record.asked and not record.answered and name in silenced and name not in context.facts
    ]


def list_settled_steps(journey: Journey, context: SessionContext) -> set[str]:
    """Return the steps that need not be taken: they succeeded, or a step that stands for the same did."""
    succeeded = {name for name, record in context.steps.items() if record.last_outcome is StepOutcome.succeeded}
    settled = set(succeeded)
    for step in journey.steps:
        if succeeded & set(step.alternatives):
            settled.add(step.name)
        if step.name in succeeded:
            settled.update(step.alternatives)
    return settled


def find_first_to_do(journey: Journey, context: SessionContext, reason: ReasonCode) -> FirstStep | None:
    """Return what a person does first on the task; ``None`` when the reason comes before it, or all is done.

    The last step that did not succeed is what the customer came for: another way to it that nobody has tried, else the
    step itself. Without one, the first step that is left.
    """
    if reason in _BEFORE_ANY_STEP:
        return None
    settled = list_settled_steps(journey, context)
    unfinished = [name for name, record in context.steps.items() if record.attempts and name not in settled]
    if unfinished:
        last = unfinished[-1]
        if not context.steps[last].failures:
            return FirstStep(last, by_hand=False)
        other = _find_untried_way(journey, context, last)
        return FirstStep(other, by_hand=False) if other else FirstStep(last, by_hand=True)
    left = list_untaken(journey, context)
    return FirstStep(left[0], by_hand=False) if left else None


def _find_untried_way(journey: Journey, context: SessionContext, name: str) -> str | None:
    """Return the nearest alternative to a step that was not tried. Journeys have no circles of alternatives."""
    step = journey.step(name)
    for other in step.alternatives if step else []:
        if other not in context.steps:
            return other
        further = _find_untried_way(journey, context, other)
        if further is not None:
            return further
    return None


def list_untaken(journey: Journey, context: SessionContext) -> list[str]:
    """Return the steps of a task that nobody has taken and that would still lead on."""
    if not journey.intents:
        return []
    settled = list_settled_steps(journey, context)
    return [step.name for step in journey.steps if step.name not in settled and step.name not in context.steps]
