"""The Decide state of the turn workflow."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from relief.contracts.states import DecideInput
from relief.decide.in_force import PolicySource, shipped_in_force
from relief.decide.state import run_decide
from relief.decide.texts import load_texts
from relief.observability import logger
from relief.route.shadow import propose_handoff
from relief.route.staffed import is_staffed
from relief.route.tables import load_table
from relief.settings import load_settings
from relief.stage_input import read_stage_input
from relief.start import load_early
from relief.store.policies import HASTY, PolicyTable

load_early(shipped_in_force, load_texts, load_table)


@lru_cache(maxsize=1)
def _policies() -> PolicySource:
    settings = load_settings()
    return PolicySource(PolicyTable(settings, HASTY), settings.policy_seconds)


@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Decide one turn, by the policy in force."""
    state = read_stage_input(event, DecideInput)
    in_force = _policies().current(datetime.now(UTC))
    return run_decide(state, load_settings(), propose_handoff, in_force, is_staffed).model_dump(mode="json")
