"""The api function's services, made once per process."""

from functools import lru_cache, partial
from typing import NamedTuple

from relief.api.handoffs import HandoffService
from relief.api.incidents import IncidentService
from relief.api.replays import ReplayService
from relief.api.sessions import SessionService
from relief.api.turns import TurnService
from relief.api.workflow import DirectLastResort, ExpressWorkflow
from relief.incidents.services import make_desk
from relief.privacy.secret import load_reference_keys
from relief.remember.forget import Forgetter
from relief.route.desk import Desk
from relief.settings import load_settings
from relief.store.bus import Bus
from relief.store.decisions import DecisionTable
from relief.store.dynamodb import Table
from relief.store.ownership import OwnershipTable
from relief.store.sessions import SessionTable


class Services(NamedTuple):
    """What the routes call."""

    turns: TurnService
    sessions: SessionService
    handoffs: HandoffService
    incidents: IncidentService
    table: Table
    replays: ReplayService


@lru_cache(maxsize=1)
def load_services() -> Services:
    """Make the services from the environment."""
    settings = load_settings()
    table = Table(settings)
    keys = partial(load_reference_keys, settings.reference_secret_id)
    turns = TurnService(settings, keys, table, ExpressWorkflow(settings), DirectLastResort(settings, table))
    stored = SessionTable(settings)
    ownership = OwnershipTable(settings)
    desk = Desk(settings, ownership, Bus(settings))
    return Services(
        turns,
        SessionService(settings, keys, stored, Forgetter(stored)),
        HandoffService(settings, keys, desk, ownership),
        IncidentService(keys, make_desk(settings)),
        table,
        ReplayService(DecisionTable(settings).find_decisions),
    )
