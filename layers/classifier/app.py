"""The Classify state of the turn workflow, served from a container image."""

from typing import Any

from relief.classify.artefact import ModelUnusable
from relief.classify.model import load_classifier
from relief.contracts.states import ClassifyInput
from relief.observability import logger
from relief.stage_input import read_stage_input

try:
    # Before the first turn, where a cold start has more processor and nobody waits.
    load_classifier()
except ModelUnusable:
    logger.exception("No usable model; detection rests on words, history and behaviour.")


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Score one message, which comes after what the bot said last.

    Raises:
        ModelUnusable: the image carries no usable model. The workflow catches it and goes on with the other sources.
    """
    message = read_stage_input(event, ClassifyInput)
    return load_classifier().classify(message.text, message.bot_said).model_dump(mode="json")
