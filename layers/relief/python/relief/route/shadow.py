"""Where a hand-over would go that is decided in shadow, and not made."""

from relief.contracts.context import SessionContext
from relief.contracts.rollout import WouldHandOver
from relief.contracts.states import Decided
from relief.route.assign import assign_queue
from relief.route.tables import load_table

DEFAULT_PRIORITY = 50


def propose_handoff(context: SessionContext, decided: Decided) -> WouldHandOver:
    """Return queue, priority and pace, as Route would assign them."""
    assignment = assign_queue(context, decided, load_table())
    return WouldHandOver(
        queue=assignment.queue, priority=decided.priority or DEFAULT_PRIORITY, realtime=assignment.realtime
    )
