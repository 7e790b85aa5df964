"""The Detect state of the turn workflow."""

from typing import Any

from relief.contracts.states import DetectInput
from relief.detect.state import run_detect
from relief.detect.turn import rehearse_detection
from relief.observability import logger
from relief.settings import load_settings
from relief.stage_input import read_stage_input
from relief.start import load_early

load_early(rehearse_detection)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Score one turn."""
    state = read_stage_input(event, DetectInput)
    return run_detect(state, load_settings()).model_dump(mode="json")
