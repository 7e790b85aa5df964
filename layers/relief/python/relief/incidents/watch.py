"""What happens without an operator: events that come in, the clock, and passes over what is open."""

import json
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from relief.contracts.events import EVENT_SOURCE, INCIDENT_PROPOSED
from relief.contracts.incident import IncidentChanged, IncidentRecord, SweepState
from relief.contracts.vocabulary import IncidentState
from relief.errors import IncidentConflict
from relief.incidents.office import IncidentOffice
from relief.incidents.proposals import ForeignEvent, propose_from
from relief.incidents.sweep import Sweeper
from relief.incidents.unheard import Unheard
from relief.observability import emit_counts, logger
from relief.store.incident_ports import IncidentStore, SweepStarter
from relief.store.keys import turn_hash

INCIDENT_COUNTS: Final = ("IncidentsActive", "IncidentsProposed", "IncidentsForgotten")
"""The metrics that every look at the clock publishes."""

NEAR_END_MINUTES: Final = 30
"""An active incident that ends sooner than this may be forgotten: it ends by itself, whether or not it is over."""

LONG_HOURS: Final = 12
"""An active incident that is older than this may be forgotten as well."""

SETTLING_MINUTES: Final = 10
"""How long passes go on after an incident has ended: a turn that raced the end may hand over into it a little later."""

LOOK_AGAIN_MINUTES: Final = 5
"""How old the last pass may be. Long after an end hand-overs still come back into its queue: a desk was down and they
arrive late, a person gives one back, an offer lapses."""

UNCONFIRMED_MINUTES: Final = 15
"""A proposal that nobody has looked at for so long."""


class Ticked(NamedTuple):
    """What one look at the clock led to."""

    expired: int
    started: bool
    forgotten: int
    announced: int
    """Hand-overs that nobody had heard of."""


class IncidentWatch:
    """Takes events and looks at the clock, bound to one installation."""

    def __init__(
        self,
        office: IncidentOffice,
        store: IncidentStore,
        sweeper: Sweeper,
        starter: SweepStarter,
        unheard: Unheard,
    ) -> None:
        """Keep the ports; nothing is called yet."""
        self._office = office
        self._store = store
        self._sweeper = sweeper
        self._starter = starter
        self._unheard = unheard

    def take(self, body: str, now: datetime) -> bool:
        """Take an event from the queue; ``False`` when it leads to nothing.

        Raises:
            ValidationError, ValueError: the message is none that this knows; it goes on to the dead-letter queue.
        """
        document: dict[str, Any] = json.loads(body)
        if document.get("source") == EVENT_SOURCE:
            change = IncidentChanged.model_validate(document["detail"])
            return document["detail-type"] != INCIDENT_PROPOSED and self._start(
                f"{turn_hash(change.incident_id)}-{change.incident_version}"
            )
        proposal = propose_from(ForeignEvent.model_validate(document), now)
        if proposal is None:
            return False
        try:
            made = self._office.propose(
                proposal.incident_id,
                proposal.request,
                proposal.origin,
                proposal.cause,
                now,
                confirmed=proposal.confirmed,
            )
        except IncidentConflict as error:
            logger.warning("A proposal cannot be taken.", reason=error.detail)
            return False
        return made is not None

    def tick(self, now: datetime) -> Ticked:
        """Look at the clock: end what is past its end, see to what is left, and report what looks forgotten.

        Hand-overs that were recorded and never taken in are announced again.
        """
        expired = self._office.expire(now)
        records = self._office.list_all(now)
        active = [one for one in records if one.state is IncidentState.active]
        forgotten = [one for one in records if looks_forgotten(one, now)]
        proposed = sum(one.state is IncidentState.proposed for one in records)
        emit_counts(dict(zip(INCIDENT_COUNTS, (len(active), proposed, len(forgotten)), strict=True)))
        for one in forgotten:
            logger.warning("An incident looks forgotten.", incident_id=one.incident_id, state=one.state.value)
        settling = any(one.ended_at is not None and _is_settling(one.ended_at, now) for one in records)
        due = bool(active) or settling or not self._store.is_swept(now - timedelta(minutes=LOOK_AGAIN_MINUTES))
        started = due and self._start(f"tick-{now:%Y%m%dT%H%M%S}")
        return Ticked(len(expired), started, len(forgotten), self._unheard.announce(now))

    def sweep(self, state: SweepState, now: datetime) -> SweepState:
        """Go on with a pass over the open hand-overs."""
        return self._sweeper.work(state, now, lambda: [one.incident_id for one in self._store.list_records(now)])

    def _start(self, run: str) -> bool:
        return self._starter.start(SweepState(run=run))


def _is_settling(ended_at: datetime, now: datetime) -> bool:
    return now - ended_at < timedelta(minutes=SETTLING_MINUTES)


def looks_forgotten(record: IncidentRecord, now: datetime) -> bool:
    """Tell whether an incident needs somebody to look: about to end by itself, very old, or never confirmed."""
    if record.state is IncidentState.proposed:
        return now - record.declared_at >= timedelta(minutes=UNCONFIRMED_MINUTES)
    if record.state is not IncidentState.active:
        return False
    near = record.expires_at - now <= timedelta(minutes=NEAR_END_MINUTES)
    # One that was meant to be short is not forgotten from the start.
    halfway = now - record.declared_at >= (record.expires_at - record.declared_at) / 2
    return (near and halfway) or now - record.declared_at >= timedelta(hours=LONG_HOURS)
