"""Incident mode's services, made from the settings: for the functions and for the command line."""

from relief.incidents.desk import IncidentDesk
from relief.incidents.office import IncidentOffice
from relief.incidents.sweep import Sweeper
from relief.incidents.unheard import Unheard
from relief.incidents.watch import IncidentWatch
from relief.route.state import announce_handoff
from relief.route.tables import load_table
from relief.settings import Settings
from relief.store.bus import Bus
from relief.store.dynamodb import Table
from relief.store.incidents import IncidentTable
from relief.store.sweeps import SweepMachine


def make_desk(settings: Settings) -> IncidentDesk:
    """Return what operators use; no client is made yet."""
    table = IncidentTable(settings)
    return IncidentDesk(settings, IncidentOffice(settings, table, Bus(settings)), table)


def make_watch(settings: Settings) -> IncidentWatch:
    """Return what carries incidents out; no client is made yet."""
    table, bus = IncidentTable(settings), Bus(settings)
    office = IncidentOffice(settings, table, bus)
    return IncidentWatch(
        office, table, Sweeper(settings, table, bus), SweepMachine(settings), make_unheard(settings, bus)
    )


def make_unheard(settings: Settings, bus: Bus) -> Unheard:
    """Return what announces hand-overs again; no client is made yet."""
    return Unheard(
        Table(settings), bus, list(load_table().queues), lambda one: announce_handoff(one, settings).model_dump_json()
    )
