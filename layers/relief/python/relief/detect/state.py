"""The Detect state."""

from typing import Any

from pydantic import ValidationError

from relief.contracts.signals import Classification
from relief.contracts.states import DetectInput, DetectOutput
from relief.contracts.vocabulary import Part
from relief.detect.turn import detect_turn
from relief.settings import Settings
from relief.store.items import load_context


def run_detect(state: DetectInput, settings: Settings) -> DetectOutput:  # noqa: ARG001 - every stage is called alike
    """Return what this turn shows. A classifier that is down or answers nonsense is named, and done without."""
    stored = load_context(state.context.item, state.received_at)
    classification = read_classification(state.classification)
    degraded = [] if classification is not None else [Part.classifier]
    detected = detect_turn(state.turn, stored.context, classification)
    if classification is not None:
        detected = detected.model_copy(update={"model": classification.model})
    return DetectOutput(detected=detected, degraded=degraded)


def read_classification(answer: Any) -> Classification | None:  # noqa: ANN401 - whatever the workflow received
    """Return the classifier's answer, or ``None`` when it gave none that can be used."""
    try:
        return Classification.model_validate(answer["output"])
    except (KeyError, TypeError, ValidationError):
        return None
