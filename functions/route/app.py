"""The Route state of the turn workflow."""

from functools import lru_cache
from typing import Any

from relief.contracts.states import RouteInput
from relief.decide.journeys import load_journeys
from relief.decide.texts import load_texts
from relief.observability import logger
from relief.route.opening_words import load_opening_words
from relief.route.state import run_route
from relief.route.tables import load_table
from relief.route.waiting_words import load_waiting_words
from relief.settings import load_settings
from relief.stage_input import read_stage_input
from relief.start import load_early
from relief.store.queues import QueueTable

load_early(load_journeys, load_texts, load_table, load_opening_words, load_waiting_words)


@lru_cache(maxsize=1)
def _queues() -> QueueTable:
    return QueueTable(load_settings())


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Route a hand-over."""
    state = read_stage_input(event, RouteInput)
    return run_route(state, load_settings(), _queues()).model_dump(mode="json")
