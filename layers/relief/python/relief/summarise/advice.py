"""What a person does first, in sentences: from the reasons, the steps that failed, and what must not be asked."""

from typing import Final

from relief.contracts.context import SessionContext
from relief.contracts.states import Decided
from relief.contracts.vocabulary import Action, Authentication, Part, ReasonCode
from relief.decide.journeys import Journey
from relief.summarise.naming import name_slot, name_step, plain
from relief.summarise.progress import find_first_to_do, list_unanswered, list_untaken
from relief.summarise.words import Words

MAX_ADVICE: Final = 6
_MAX_REASONS: Final = 2
_MAX_NAMES: Final = 3
_MAX_NOTE_CHARACTERS: Final = 200


def give_advice(
    decided: Decided, reason: ReasonCode, context: SessionContext, journey: Journey, words: Words
) -> list[str]:
    """Return what to do, the first thing first."""
    advice = _tell_colleague(context, words)
    advice += [words.advice[one.code] for one in decided.reasons if one.code in words.advice][:_MAX_REASONS]
    first = find_first_to_do(journey, context, reason)
    if first is not None:
        form = words.do_by_hand if first.by_hand else words.do_first
        advice.append(form.format(step=name_step(first.name, journey, words.language)))
    if journey.sensitive and context.customer.authenticated is not Authentication.verified and context.store_context:
        advice.append(words.check_identity)
    failed = [name for name, record in context.steps.items() if record.failures]
    if failed:
        advice.append(words.do_not_repeat.format(steps=_list_steps(failed, journey, words)))
    unanswered = list_unanswered(context)[:_MAX_NAMES]
    if unanswered:
        names = ", ".join(name_slot(name, journey, words.language) for name in unanswered)
        advice.append(words.look_up.format(slots=names))
    untaken = [name for name in list_untaken(journey, context) if first is None or name != first.name]
    if untaken and first is not None:
        advice.append(words.not_tried.format(steps=_list_steps(untaken[:_MAX_NAMES], journey, words)))
    if decided.action is Action.escalate and Part.detect in decided.degraded:
        advice.append(words.unmeasured)
    return list(dict.fromkeys(advice))[:MAX_ADVICE]


def _tell_colleague(context: SessionContext, words: Words) -> list[str]:
    before = context.colleague
    if before is None or not before.note or not context.store_context:
        return []
    ended = words.ended.get(before.ended, before.ended.value)
    note = before.note[:_MAX_NOTE_CHARACTERS]
    return [words.colleague.format(team=plain(before.queue), ended=ended, note=note)]


def _list_steps(names: list[str], journey: Journey, words: Words) -> str:
    return ", ".join(name_step(name, journey, words.language) for name in names)
