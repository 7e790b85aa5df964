"""Incidents as operators reach them over HTTP: validate, redact, name who did it, pass on."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import Field, field_validator

from relief.api.access import Caller
from relief.api.requests import parse_body, parse_document
from relief.contracts.incident import (
    FollowupPage,
    IncidentPage,
    IncidentRecord,
    IncidentRequest,
    Preview,
)
from relief.contracts.model import Contract, Identifier
from relief.contracts.vocabulary import IncidentState
from relief.errors import Unavailable
from relief.incidents.authoring import Actor
from relief.incidents.desk import IncidentDesk
from relief.observability import logger
from relief.privacy.redact import redact
from relief.privacy.references import ReferenceKeys

_Result = TypeVar("_Result")
_OPERATOR = "operator"
"""Purpose of the keyed hash that stands for an operator: it joins with no customer's reference."""

_UNKNOWN = "unknown"


class IncidentPath(Contract):
    """The identifier in the path."""

    incident_id: Identifier


class IncidentQuery(Contract):
    """Which incidents are asked for."""

    state: IncidentState | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    next: Identifier | None = None


class ResolveQuery(Contract):
    """What may be said with the end of an incident."""

    version: Annotated[int, Field(ge=1)] | None = None
    why: Annotated[str, Field(max_length=500)] = ""


class FollowupQuery(Contract):
    """Which page of a follow-up list is asked for."""

    limit: Annotated[int, Field(ge=1, le=100)] = 100
    next: Annotated[str, Field(max_length=2048)] | None = None

    @field_validator("next")
    @classmethod
    def _must_be_ours(cls, value: str | None) -> str | None:
        if value is not None and _read_position(value) is None:
            message = "is not the `next` of an earlier page"
            raise ValueError(message)
        return value


class IncidentService:
    """Everything that the routes of incidents need, bound to one installation."""

    def __init__(self, keys: Callable[[], ReferenceKeys | None], desk: IncidentDesk) -> None:
        """Keep the ports; nothing is called yet. ``keys`` gives ``None`` while the keys cannot be had."""
        self._keys = keys
        self._desk = desk

    def put(self, incident_id: str, body: bytes, caller: Caller, now: datetime) -> IncidentRecord:
        """Declare, amend or confirm an incident.

        Raises:
            RequestTooLarge, RequestNotJson, RequestInvalid, IncidentConflict, NotFound: nothing was changed.
            Unavailable: the table does not answer; sending the same request again is safe.
        """
        incident_id = _check(incident_id)
        request = parse_body(body, IncidentRequest)
        actor = self._actor(caller, request.why or "")
        record = _try(lambda: self._desk.put(incident_id, request, actor, now))
        logger.info("incident", incident_id=incident_id, state=record.state.value, version=record.version)
        return _shown(record)

    def resolve(self, incident_id: str, query: dict[str, str], caller: Caller, now: datetime) -> IncidentRecord:
        """End an incident, or withdraw a proposal.

        Raises:
            RequestInvalid, IncidentConflict, NotFound, Unavailable: as above.
        """
        incident_id = _check(incident_id)
        asked = parse_document(query, ResolveQuery)
        actor = self._actor(caller, asked.why)
        record = _try(lambda: self._desk.resolve(incident_id, asked.version, actor, now))
        logger.info("incident", incident_id=incident_id, state=record.state.value, version=record.version)
        return _shown(record)

    def list_all(self, query: dict[str, str], now: datetime) -> IncidentPage:
        """Return a page of the incidents, open ones first."""
        asked = parse_document(query, IncidentQuery)
        records = [one for one in _try(lambda: self._desk.list_all(now)) if asked.state in {None, one.state}]
        names = [one.incident_id for one in records]
        first = names.index(asked.next) + 1 if asked.next in names else 0
        page = [_shown(one) for one in records[first : first + asked.limit]]
        return IncidentPage(items=page, next=page[-1].incident_id if first + asked.limit < len(records) else None)

    def preview(self, body: bytes, now: datetime) -> Preview:
        """Return what a declaration would do.

        Raises:
            RequestTooLarge, RequestNotJson, RequestInvalid, Unavailable: as above.
        """
        request = parse_body(body, IncidentRequest)
        return _try(lambda: self._desk.preview(request, now))

    def list_followups(self, incident_id: str, query: dict[str, str], now: datetime) -> FollowupPage:
        """Return a page of the customers who were promised something.

        Raises:
            RequestInvalid, NotFound, Unavailable: as above.
        """
        incident_id = _check(incident_id)
        asked = parse_document(query, FollowupQuery)
        start = None if asked.next is None else _read_position(asked.next)
        items, following = _try(lambda: self._desk.list_followups(incident_id, asked.limit, start, now))
        return FollowupPage(items=items, next=urlsafe_b64encode(following.encode()).decode() if following else None)

    def _actor(self, caller: Caller, why: str) -> Actor:
        """Return who calls, as a keyed hash. In an emergency an incident is declared without it, and says so."""
        keys = self._keys()
        by = keys.hash(caller.subject, _OPERATOR) if keys and caller.subject else _UNKNOWN
        return Actor(by, redact(why).text)


def _shown(record: IncidentRecord) -> IncidentRecord:
    """Return a record without what only the next declaration is compared with."""
    return record.model_copy(update={"request_hash": ""})


def _check(incident_id: str) -> str:
    return parse_document({"incident_id": incident_id}, IncidentPath).incident_id


def _read_position(value: str) -> str | None:
    """Return a place on a follow-up list in the store's own format, ``None`` when it is none."""
    try:
        position = urlsafe_b64decode(value.encode()).decode()
        match json.loads(position):
            case [int(place), None] if place >= 0:
                return position
            case [int(place), str(key)] if place >= 0 and isinstance(json.loads(key), dict):
                return position
    except ValueError:
        pass
    return None


def _try(attempt: Callable[[], _Result]) -> _Result:
    try:
        return attempt()
    except (BotoCoreError, ClientError) as error:
        message = "The table does not answer. Send the same request again."
        raise Unavailable(message) from error
