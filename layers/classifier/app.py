"""The Classify state of the turn workflow, served from a container image."""

from typing import Any

from relief.classify.loading import begin_loading, locate_model

begin_loading(locate_model())

from relief.classify.artefact import ModelUnusable  # noqa: E402 - imported while the encoder is loaded
from relief.classify.model import load_classifier  # noqa: E402 - likewise
from relief.contracts.states import ClassifyInput  # noqa: E402 - likewise
from relief.observability import logger  # noqa: E402 - likewise
from relief.stage_input import read_stage_input  # noqa: E402 - likewise

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
