"""The Summarise state of the turn workflow."""

from functools import lru_cache
from typing import Any

from relief.contracts.states import SummariseInput
from relief.observability import logger
from relief.settings import load_settings
from relief.stage_input import read_stage_input
from relief.store.bedrock import BedrockModel
from relief.summarise.drafter import Drafter
from relief.summarise.state import run_summarise


@lru_cache(maxsize=1)
def _drafter() -> Drafter | None:
    settings = load_settings()
    return Drafter(BedrockModel(settings)) if settings.summariser == "bedrock" else None


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Summarise a hand-over."""
    state = read_stage_input(event, SummariseInput)
    return run_summarise(state, load_settings(), _drafter()).model_dump(mode="json")
