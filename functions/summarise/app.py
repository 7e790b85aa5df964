"""The Summarise state of the turn workflow."""

from typing import Any

from relief.contracts.states import SummariseInput
from relief.observability import logger
from relief.settings import load_settings
from relief.stage_input import read_stage_input
from relief.summarise.state import run_summarise


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Summarise a hand-over."""
    state = read_stage_input(event, SummariseInput)
    return run_summarise(state, load_settings()).model_dump(mode="json")
