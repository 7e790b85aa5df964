"""What the customer wants, in words: from the intent, the journey, and what is known of the object of the request."""

from collections.abc import Iterable
from typing import Final

from relief.contracts.context import SessionContext
from relief.contracts.signals import Intent
from relief.contracts.vocabulary import FactClass
from relief.decide.journeys import DEFAULT_JOURNEY, Journey, load_journeys, localise
from relief.privacy.redact import redact
from relief.remember.goal import is_sure_of_goal
from relief.summarise.naming import name_slot, show_value
from relief.summarise.words import Words

_VAGUE: Final = frozenset({"", "out_of_scope", "information", "feedback_praise", "complaint"})
"""Intents that say less than the task that the caller has the customer on."""

_UNRECOGNISED: Final = "out_of_scope"
_LIKELY: Final = 0.2
_MAX_DETAILS: Final = 3


def word_goal(context: SessionContext, intent: Intent, journey: Journey, words: Words) -> list[str]:
    """Return the goal in words, the most telling wording first: with details, with fewer, without."""
    goal = _bare_goal(context, intent, journey, words)
    details = _list_details(context, journey, words) if context.store_context else []
    return [f"{goal} ({', '.join(details[:count])})" for count in range(len(details), 0, -1)] + [goal]


def _bare_goal(context: SessionContext, intent: Intent, journey: Journey, words: Words) -> str:
    name = context.goal or intent.name
    task = localise(journey.goal, words.language) if journey.name != DEFAULT_JOURNEY else ""
    guessed = bool(context.journey) and not is_sure_of_goal(context)
    if task and (guessed or name in _VAGUE or name not in words.goals):
        return task
    goal = words.goals.get(name, words.goals[_UNRECOGNISED])
    if name == _UNRECOGNISED or name not in words.goals:
        guess = _likely((one.name for one in intent.alternatives if one.confidence >= _LIKELY), words)
        return words.perhaps.format(goal=goal, guess=guess) if guess else goal
    return goal


def _likely(names: Iterable[str], words: Words) -> str:
    return next((words.goals[name] for name in names if name in words.goals and name not in _VAGUE), "")


def _list_details(context: SessionContext, journey: Journey, words: Words) -> list[str]:
    """Return what is known, in the journey's order and then as it came, as far as it fits into a sentence.

    Values that are masked are no use in a sentence, and one that reads as personal data beside its label stays out too.
    """
    ordered = dict.fromkeys([*(name for name in journey.slots if name in context.facts), *context.facts])
    shown = ((name, show_value(context.facts[name])) for name in ordered if _is_plain(name, journey))
    details = (f"{name_slot(name, journey, words.language)} {value}" for name, value in shown if value)
    return [one for one in details if not redact(one, context.locale).found][:_MAX_DETAILS]


def _is_plain(name: str, journey: Journey) -> bool:
    kept = {**load_journeys()[DEFAULT_JOURNEY].kept_facts, **journey.kept_facts}
    return kept.get(name, FactClass.plain) is FactClass.plain
