"""Incident mode's services, made from the settings: for the functions and for the command line."""

from relief.incidents.desk import IncidentDesk
from relief.incidents.office import IncidentOffice
from relief.incidents.sweep import Sweeper
from relief.incidents.watch import IncidentWatch
from relief.settings import Settings
from relief.store.bus import Bus
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
    return IncidentWatch(office, table, Sweeper(settings, table, bus), SweepMachine(settings))
