"""The Decide state of the turn workflow."""

from typing import Any

from relief.contracts.states import DecideInput
from relief.decide.state import run_decide
from relief.observability import logger
from relief.settings import load_settings
from relief.stage_input import read_stage_input


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decide one turn."""
    state = read_stage_input(event, DecideInput)
    return run_decide(state, load_settings()).model_dump(mode="json")
