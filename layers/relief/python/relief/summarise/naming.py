"""Names for people: what steps, slots and values are called in a summary."""

from collections.abc import Iterable
from typing import Final

from relief.contracts.context import StoredValue
from relief.contracts.turn import NOT_KEPT
from relief.decide.journeys import DEFAULT_JOURNEY, Journey, load_journeys, localise

_LONGEST_VALUE: Final = 48
_REPLACED: Final = ("[", "*", "•")
"""How a value begins that redaction or masking has replaced: it says nothing that a headline needs."""


def plain(name: str) -> str:
    """Return an identifier as words, for what no journey has a label for."""
    return name.replace("_", " ")


def name_step(name: str, journey: Journey, language: str) -> str:
    """Return what a step is called."""
    step = journey.step(name)
    return (localise(step.label, language) if step else "") or plain(name)


def name_slot(name: str, journey: Journey, language: str) -> str:
    """Return what a slot is called: by its journey, else by the default journey."""
    slot = journey.slots.get(name) or load_journeys()[DEFAULT_JOURNEY].slots.get(name)
    return (localise(slot.label, language) if slot else "") or plain(name)


def label_names(steps: Iterable[str], slots: Iterable[str], journey: Journey, language: str) -> dict[str, str]:
    """Return the labels of those names that their plain words do not say already."""
    labels = {name: name_step(name, journey, language) for name in steps}
    labels |= {name: name_slot(name, journey, language) for name in slots}
    return {name: label for name, label in labels.items() if label != plain(name)}


def show_value(value: StoredValue) -> str:
    """Return a value on one line for a sentence; empty when it is replaced, too long, or a mere yes or no."""
    if isinstance(value, bool):
        return ""
    text = " ".join(str(value).split())
    if text == NOT_KEPT or text.startswith(_REPLACED) or len(text) > _LONGEST_VALUE or not text.isprintable():
        return ""
    return text
