"""Incident mode as operators, alarms and the schedule use it: read, step, save, tell the bus."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Final

from relief.contracts.events import INCIDENT_AMENDED, INCIDENT_DECLARED, INCIDENT_PROPOSED, INCIDENT_RESOLVED
from relief.contracts.incident import Followup, IncidentChanged, IncidentRecord, IncidentRequest
from relief.contracts.vocabulary import IncidentCause, IncidentChange, Part
from relief.errors import IncidentConflict, NotFound
from relief.incidents import authoring
from relief.incidents.authoring import OPEN, SCHEDULE, Actor, stand_at
from relief.incidents.known import load_known_names
from relief.settings import Settings
from relief.store.incident_ports import IncidentStore
from relief.store.ports import Announcer

_ATTEMPTS: Final = 4
"""How often a change is tried that lost a race it need not have lost: another incident changed at the same moment."""

_KINDS: Final = {
    IncidentChange.declared: INCIDENT_DECLARED,
    IncidentChange.confirmed: INCIDENT_DECLARED,
    IncidentChange.proposed: INCIDENT_PROPOSED,
    IncidentChange.amended: INCIDENT_AMENDED,
    IncidentChange.resolved: INCIDENT_RESOLVED,
    IncidentChange.expired: INCIDENT_RESOLVED,
    IncidentChange.withdrawn: INCIDENT_RESOLVED,
}
"""The event that tells of each change."""


class IncidentOffice:
    """Everything that changes incidents, bound to one installation."""

    def __init__(self, settings: Settings, store: IncidentStore, announcer: Announcer) -> None:
        """Keep the ports; nothing is called yet."""
        self._settings = settings
        self._store = store
        self._announcer = announcer

    def put(self, incident_id: str, request: IncidentRequest, actor: Actor, now: datetime) -> IncidentRecord:
        """Declare, amend or confirm an incident. It holds from the next turn on.

        Raises:
            RequestInvalid, IncidentConflict: nothing was changed; says what to do instead.
            NotFound: ``version`` was sent, and there is no such incident.
        """
        if request.version is None:
            return self._declare(incident_id, request, actor, now)

        def change(record: IncidentRecord) -> IncidentRecord:
            if request.confirm:
                return authoring.confirm(record, request.version, actor, now)
            known, second = load_known_names(), self._settings.second_person
            return authoring.amend(record, request, actor, known, now, second_person=second)

        return self._change(incident_id, change, IncidentCause.operator, now)

    def resolve(self, incident_id: str, version: int | None, actor: Actor, now: datetime) -> IncidentRecord:
        """End an incident, or withdraw a proposal. One that has ended already is returned as it is.

        Raises:
            NotFound: there is no such incident.
            IncidentConflict: it stands at another version than the caller has seen.
        """
        return self._change(
            incident_id, lambda record: authoring.end(record, version, actor, now), IncidentCause.operator, now
        )

    def propose(
        self,
        incident_id: str,
        request: IncidentRequest,
        origin: str,
        cause: IncidentCause,
        now: datetime,
        *,
        confirmed: bool,
    ) -> IncidentRecord | None:
        """Take what an alarm proposes; ``None`` when the same origin has an open incident already.

        An event of AWS Health comes again with every update, from each Region and page by page, under one ARN: what a
        person has ended or withdrawn is not proposed again. ``confirmed``: a rule of the policy says that no person
        need confirm it.

        Raises:
            RequestInvalid, IncidentConflict: the proposal's own rule is wrong, or too many incidents are open.
        """
        records = [stand_at(one, now) for one in self._store.list_records(now)]
        known = [one for one in records if one.origin == origin]
        settled = cause is IncidentCause.health and any(_was_ended_by_a_person(one) for one in known)
        if settled or any(one.state in OPEN for one in known) or any(one.incident_id == incident_id for one in records):
            return None
        record = authoring.declare(
            incident_id,
            request,
            records,
            Actor(IncidentCause.policy.value if confirmed else cause.value, request.why or ""),
            load_known_names(),
            now,
            origin=origin,
            propose=not confirmed,
        )
        return self._announced(record, cause, now) if self._store.save(record, 0) else None

    def expire(self, now: datetime) -> list[IncidentRecord]:
        """End what is past its end. Turns have stopped heeding it at that moment already."""
        ended = []
        for record in self._store.list_records(now):
            over = authoring.expire(record, now)
            if over is not None and self._store.save(over, record.version):
                ended.append(self._announced(over, IncidentCause.expiry, now))
        return ended

    def list_all(self, now: datetime) -> list[IncidentRecord]:
        """Return every incident as it stands now: open ones first, the newest first among them."""
        records = [stand_at(one, now) for one in self._store.list_records(now)]
        newest = sorted(records, key=lambda one: one.declared_at, reverse=True)
        return sorted(newest, key=lambda one: one.state not in OPEN)

    def list_followups(
        self, incident_id: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[Followup], str | None]:
        """Return a page of the customers who were promised something.

        Raises:
            NotFound: there is no such incident.
        """
        self._require(incident_id, now)
        return self._store.list_followups(incident_id, limit, start, now)

    def _declare(self, incident_id: str, request: IncidentRequest, actor: Actor, now: datetime) -> IncidentRecord:
        fingerprint = sha256(f"{actor.by}\n{request.model_dump_json(exclude={'why'})}".encode()).hexdigest()
        for _ in range(_ATTEMPTS):
            records = [stand_at(one, now) for one in self._store.list_records(now)]
            for one in records:
                if one.incident_id == incident_id and one.version == 1 and one.request_hash == fingerprint:
                    return one
            record = authoring.declare(
                incident_id,
                request,
                records,
                actor,
                load_known_names(),
                now,
                second_person=self._settings.second_person,
                request_hash=fingerprint,
            )
            if self._store.save(record, 0):
                return self._announced(record, IncidentCause.operator, now)
        raise _busy()

    def _change(
        self,
        incident_id: str,
        change: Callable[[IncidentRecord], IncidentRecord],
        cause: IncidentCause,
        now: datetime,
    ) -> IncidentRecord:
        for _ in range(_ATTEMPTS):
            stored = self._require(incident_id, now)
            changed = change(stand_at(stored, now))
            if changed.version == stored.version:
                return changed
            if self._store.save(changed, stored.version):
                return self._announced(changed, cause, now)
        raise _busy()

    def _require(self, incident_id: str, now: datetime) -> IncidentRecord:
        record = self._store.find_record(incident_id, now)
        if record is None:
            message = "There is no such incident, or its record's time to live has passed."
            raise NotFound(message)
        return record

    def _announced(self, record: IncidentRecord, cause: IncidentCause, now: datetime) -> IncidentRecord:
        """Tell the bus. Turns heed the change already; what the bus does not take the schedule catches up on."""
        event = IncidentChanged(
            incident_id=record.incident_id,
            incident_version=record.version,
            state=record.state,
            cause=cause,
            severity=record.severity,
            scope=record.scope,
            queue=record.queue,
            changed_at=now,
            expires_at=record.expires_at,
        )
        taken = self._announcer.announce_incident(_KINDS[record.audit[-1].change], event)
        return record if taken else record.model_copy(update={"degraded": [Part.announce.value]})


def _was_ended_by_a_person(record: IncidentRecord) -> bool:
    last = record.audit[-1]
    return last.change in {IncidentChange.resolved, IncidentChange.withdrawn} and last.by != SCHEDULE


def _busy() -> IncidentConflict:
    message = "Several people are changing incidents at this moment; nothing of your request was done. Send it again."
    return IncidentConflict(message)
