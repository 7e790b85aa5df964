"""The Classify state of the turn workflow, served from a container image."""

from typing import Any

from relief.contracts.states import ClassifyInput
from relief.errors import ReliefError
from relief.observability import logger
from relief.stage_input import read_stage_input


class ModelNotInstalled(ReliefError):
    """The image carries no model. The workflow catches this and goes on with the other sources."""


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Score one message.

    Raises:
        ModelNotInstalled: no model artefact is part of this installation.
    """
    read_stage_input(event, ClassifyInput)
    message = "No model is installed; detection rests on words, history and behaviour."
    raise ModelNotInstalled(message)
