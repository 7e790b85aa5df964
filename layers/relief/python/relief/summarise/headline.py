"""The headline: "Customer wants X; bot did Y; Z remains; reason", within its budget and never cut in a word."""

from collections.abc import Sequence
from typing import Final

from relief.contracts.context import SessionContext
from relief.contracts.summary import MAX_HEADLINE_CHARACTERS, TriedStep
from relief.contracts.vocabulary import ReasonCode
from relief.decide.journeys import Journey
from relief.summarise.naming import name_slot, name_step
from relief.summarise.progress import find_first_to_do, list_open_slots
from relief.summarise.words import Words

_MAX_PART: Final = 70
_MAX_SLOTS: Final = 2
_SEVERAL: Final = 2


def compose_headline(
    goals: Sequence[str],
    tried: Sequence[TriedStep],
    reason: ReasonCode,
    context: SessionContext,
    journey: Journey,
    words: Words,
) -> str:
    """Return the fullest headline that fits.

    ``goals`` are the wordings of the goal, the most telling one first. What gives way is, in this order: details of
    the goal, open points, counts and then names of earlier steps. Goal, last step and reason always stay.
    """
    remains = _remaining(context, reason, journey, words)
    why = tell_reason(reason, context, words)
    told = [_tell_step(one, journey, words) for one in tried]
    for count in range(len(told), 0, -1):
        for goal in goals:
            for rest in (remains, remains[:1]):
                headline = _join(goal, _tell_steps(told, count, words), rest, why, words)
                if len(headline) <= MAX_HEADLINE_CHARACTERS:
                    return headline
    last = _tell_steps([_clip(one) for one in told], min(1, len(told)), words)
    for goal in (*goals, _clip(goals[-1])):
        for rest in (remains, remains[:1], []):
            headline = _join(goal, last, rest, why, words)
            if len(headline) <= MAX_HEADLINE_CHARACTERS:
                return headline
    return _clip(_join(_clip(goals[-1]), last, [], _clip(why), words), MAX_HEADLINE_CHARACTERS)


def tell_reason(code: ReasonCode, context: SessionContext, words: Words) -> str:
    """Return the reason in a few words; a stated number of contacts is the most telling form of it."""
    said = words.because[code]
    contacts = context.progress.stated_contacts
    if contacts < _SEVERAL:
        return said
    counted = words.contacts.format(count=contacts)
    return counted if code is ReasonCode.REPEATED_CONTACT else f"{said}; {counted}"


def _remaining(context: SessionContext, reason: ReasonCode, journey: Journey, words: Words) -> list[str]:
    """Return what remains: what to do, then what to ask for it."""
    language = words.language
    first = find_first_to_do(journey, context, reason)
    slots = list_open_slots(journey, context)
    parts = []
    if first is not None:
        form = words.headline.by_hand if first.by_hand else words.headline.to_do
        parts.append(form.format(step=_clip(name_step(first.name, journey, language))))
    if slots:
        parts.append(
            words.headline.open.format(slots=", ".join(name_slot(one, journey, language) for one in slots[:2]))
        )
    return parts or [words.headline.nothing_open]


def _tell_step(one: TriedStep, journey: Journey, words: Words) -> str:
    outcome = words.outcomes[one.outcome]
    how = words.times.format(outcome=outcome, times=one.times) if one.times > 1 else outcome
    return f"{name_step(one.step, journey, words.language)} ({how})"


def _tell_steps(told: Sequence[str], count: int, words: Words) -> str:
    """Return the last ``count`` steps; of earlier ones their number."""
    if not told:
        return words.headline.nothing_tried
    hidden = len(told) - count
    earlier = [words.headline.earlier_steps.format(count=hidden)] if hidden else []
    return words.headline.did.format(steps=", ".join([*earlier, *told[hidden:]]))


def _join(goal: str, did: str, remains: Sequence[str], reason: str, words: Words) -> str:
    return "; ".join([words.headline.wants.format(goal=goal), did, *remains, reason])


def _clip(text: str, most: int = _MAX_PART) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
