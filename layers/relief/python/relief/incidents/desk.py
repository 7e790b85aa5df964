"""Everything that an operator can do, in one place: the API, the command line and the console go through it."""

from datetime import datetime
from typing import Final

from relief.contracts.incident import IncidentRequest, Preview
from relief.incidents import authoring
from relief.incidents.authoring import OPEN, Actor
from relief.incidents.known import load_known_names
from relief.incidents.office import IncidentOffice
from relief.incidents.preview import preview_incident
from relief.settings import Settings
from relief.store.incident_ports import PreviewStore

_UNNAMED: Final = "preview"


class IncidentDesk:
    """The operators' door to incident mode."""

    def __init__(self, settings: Settings, office: IncidentOffice, store: PreviewStore) -> None:
        """Keep the ports; nothing is called yet."""
        self._settings = settings
        self._office = office
        self._store = store
        self.put = office.put
        self.resolve = office.resolve
        self.list_all = office.list_all
        self.list_followups = office.list_followups

    def preview(self, request: IncidentRequest, now: datetime) -> Preview:
        """Return what a declaration would do; it is checked as the declaration would be, and nothing is written.

        Raises:
            RequestInvalid: the declaration would be refused for the same reasons.
        """
        second = self._settings.second_person
        record = authoring.declare(_UNNAMED, request, (), Actor(""), load_known_names(), now, second_person=second)
        others = [one for one in self._office.list_all(now) if one.state in OPEN]
        counted = self._settings.counted_turns
        return preview_incident(self._store, record, others, now, counted, second_person=second)
