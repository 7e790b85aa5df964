"""What operators do to an incident, as pure steps: each returns the next version of its record, or refuses."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pydantic import TypeAdapter, ValidationError

from relief.contracts.incident import (
    DEFAULT_HOURS,
    MAX_ACTIVE,
    MAX_CHANGES,
    MAX_HOURS,
    AuditEntry,
    IncidentRecord,
    IncidentRequest,
    IncidentScope,
)
from relief.contracts.model import Identifier, format_time
from relief.contracts.problem import FieldProblem
from relief.contracts.vocabulary import IncidentChange, IncidentState, Severity
from relief.errors import IncidentConflict, RequestInvalid
from relief.incidents.known import KnownNames, check_names
from relief.incidents.wording import render_template, review_messages

OPEN: Final = frozenset({IncidentState.proposed, IncidentState.active})
SCHEDULE: Final = "schedule"
"""Who ends what is past its end."""

_DEFAULT_QUEUE: Final = "crisis"
_IDENTIFIER: Final = TypeAdapter(Identifier)


class Actor(NamedTuple):
    """Who does it, and why: both fit for the audit trail."""

    by: str
    why: str = ""


def stand_at(record: IncidentRecord, now: datetime) -> IncidentRecord:
    """Return a record as it stands now: one that is past its end has ended, whether or not anybody noticed."""
    if record.state not in OPEN or record.expires_at > now:
        return record
    ended = IncidentState.expired if record.state is IncidentState.active else IncidentState.withdrawn
    return record.model_copy(update={"state": ended, "ended_at": record.expires_at})


def declare(
    incident_id: str,
    request: IncidentRequest,
    others: Sequence[IncidentRecord],
    actor: Actor,
    known: KnownNames,
    now: datetime,
    *,
    second_person: bool = False,
    request_hash: str = "",
    origin: str | None = None,
    propose: bool = False,
) -> IncidentRecord:
    """Return a new incident. ``others`` are all records that there are.

    With ``second_person`` a scope that matches everything is only proposed until somebody else confirms it; with
    ``propose`` anything is.

    Raises:
        RequestInvalid: a field is not valid; ``errors`` names each.
        IncidentConflict: the identifier is taken, or too many incidents are open.
    """
    _check_identifier(incident_id)
    _refuse_taken(incident_id, others)
    if sum(one.state in OPEN for one in others) >= MAX_ACTIVE:
        message = f"{MAX_ACTIVE} incidents are open already; resolve or amend one of them."
        raise IncidentConflict(message)
    if request.messages is None and request.template is None:
        raise _invalid(("messages", "says what customers read; or name a template"))
    scope = request.scope.scope() if request.scope else IncidentScope()
    proposed = propose or (second_person and scope.is_everything)
    change = IncidentChange.proposed if proposed else IncidentChange.declared
    record = IncidentRecord(
        incident_id=incident_id,
        scope=scope,
        severity=request.severity or Severity.major,
        messages={"en": "to be written"},
        queue=request.queue or _DEFAULT_QUEUE,
        declared_at=now,
        expires_at=_check_end(request.expires_at or now + timedelta(hours=DEFAULT_HOURS), now),
        version=1,
        state=IncidentState.proposed if proposed else IncidentState.active,
        staffing=request.staffing,
        origin=origin,
        audit=[AuditEntry(at=now, version=1, change=change, by=actor.by, why=actor.why)],
        request_hash=request_hash,
    )
    check_names(record.scope, record.queue, known)
    return _speak(record, request)


def amend(
    record: IncidentRecord,
    request: IncidentRequest,
    actor: Actor,
    known: KnownNames,
    now: datetime,
    *,
    second_person: bool = False,
) -> IncidentRecord:
    """Return an incident with those fields replaced that the request names.

    Raises:
        RequestInvalid: as ``declare``.
        IncidentConflict: it has ended, or stands at another version than the request says.
    """
    _require(record, request.version)
    changes: dict[str, object] = {}
    if request.scope is not None:
        changes["scope"] = request.scope.scope()
    if request.expires_at is not None:
        changes["expires_at"] = _check_end(request.expires_at, now)
    for name in ("severity", "queue", "staffing"):
        if (value := getattr(request, name)) is not None:
            changes[name] = value
    amended = record.model_copy(update=changes)
    check_names(amended.scope, amended.queue, known)
    if request.messages is not None or request.template is not None or request.variables is not None:
        amended = _speak(amended, request)
    named = sorted(request.model_fields_set & {*changes, "messages", "template", "variables"})
    if not named:
        raise _invalid(("body", "changes nothing: name at least one field beside version"))
    if second_person and amended.scope.is_everything and not record.scope.is_everything:
        message = "A scope that matches everything needs a second person: declare it as an incident of its own."
        raise IncidentConflict(message)
    return _next_version(amended, IncidentChange.amended, actor, now, named)


def confirm(record: IncidentRecord, version: int | None, actor: Actor, now: datetime) -> IncidentRecord:
    """Return a proposal that a second person confirms; it is active from now on.

    Raises:
        IncidentConflict: it is no proposal, stands at another version, or was made by the same person.
    """
    _require(record, version)
    if record.state is not IncidentState.proposed:
        message = "This incident is active already; there is nothing to confirm."
        raise IncidentConflict(message)
    last = record.audit[-1].by if record.audit else ""
    if actor.by == last:
        message = "You proposed this yourself. A second person has to confirm it, with a token of their own."
        raise IncidentConflict(message)
    active = record.model_copy(update={"state": IncidentState.active})
    return _next_version(active, IncidentChange.confirmed, actor, now)


def end(record: IncidentRecord, version: int | None, actor: Actor, now: datetime) -> IncidentRecord:
    """Return an incident that is over; one that has ended already is returned as it is.

    Raises:
        IncidentConflict: it stands at another version than the caller has seen.
    """
    if record.state not in OPEN:
        return record
    if version is not None and version != record.version:
        raise _moved_on(record)
    proposed = record.state is IncidentState.proposed
    ended = record.model_copy(
        update={"state": IncidentState.withdrawn if proposed else IncidentState.resolved, "ended_at": now}
    )
    return _next_version(ended, IncidentChange.withdrawn if proposed else IncidentChange.resolved, actor, now)


def expire(record: IncidentRecord, now: datetime) -> IncidentRecord | None:
    """Return an incident whose time is up as ended; ``None`` when its time is not up, or it has ended before."""
    stands = stand_at(record, now)
    if stands.state is record.state:
        return None
    change = IncidentChange(stands.state.value)
    return _next_version(stands, change, Actor(SCHEDULE), now)


def _speak(record: IncidentRecord, request: IncidentRequest) -> IncidentRecord:
    """Return the record with reviewed messages: the request's own, or a template's with its blanks filled in."""
    if request.messages is not None:
        messages = review_messages(request.messages)
        return record.model_copy(update={"messages": messages, "template": None, "variables": {}})
    template = request.template or record.template
    if template is None:
        raise _invalid(("variables", "belong to a template, and this incident has none"))
    variables = request.variables if request.variables is not None else record.variables
    messages = review_messages(render_template(template, variables))
    return record.model_copy(update={"messages": messages, "template": template, "variables": dict(variables)})


def _next_version(
    record: IncidentRecord, change: IncidentChange, actor: Actor, now: datetime, fields: Sequence[str] = ()
) -> IncidentRecord:
    if len(record.audit) >= MAX_CHANGES and change is IncidentChange.amended:
        message = f"It has been changed {MAX_CHANGES} times. Resolve it, and declare a new one."
        raise IncidentConflict(message)
    version = record.version + 1
    entry = AuditEntry(at=now, version=version, change=change, by=actor.by, fields=list(fields), why=actor.why)
    return record.model_copy(update={"version": version, "audit": [*record.audit, entry]})


def _check_identifier(incident_id: str) -> None:
    try:
        _IDENTIFIER.validate_python(incident_id)
    except ValidationError as error:
        message = (
            "takes 1 to 64 letters without accents, digits and . _ : @ + -, no blanks; a letter or digit comes first"
        )
        raise _invalid(("incident_id", message)) from error


def _check_end(expires_at: datetime, now: datetime) -> datetime:
    if expires_at <= now:
        raise _invalid(("expires_at", f"is past; it is {format_time(now)} now"))
    latest = now + timedelta(hours=MAX_HOURS)
    if expires_at > latest:
        raise _invalid(("expires_at", f"is more than {MAX_HOURS} hours ahead; {format_time(latest)} is the latest"))
    return expires_at


def _refuse_taken(incident_id: str, others: Sequence[IncidentRecord]) -> None:
    for other in others:
        if other.incident_id.casefold() != incident_id.casefold():
            continue
        if other.incident_id != incident_id:
            message = f"There is an incident {other.incident_id} already, which people would take for this one."
        elif other.state in OPEN:
            message = f"It is declared already. Send version {other.version} to amend it."
        else:
            message = "An incident of this name has ended, and its record is kept. Choose another name."
        raise IncidentConflict(message)


def _require(record: IncidentRecord, version: int | None) -> None:
    if record.state not in OPEN:
        message = f"It is over ({record.state.value}). Declare a new incident under another name."
        raise IncidentConflict(message)
    if version != record.version:
        raise _moved_on(record)


def _moved_on(record: IncidentRecord) -> IncidentConflict:
    message = (
        f"Somebody has changed it: it is at version {record.version} now. Nothing of your request was done; "
        "read it again, and send it with that version if it still holds."
    )
    return IncidentConflict(message)


def _invalid(*problems: tuple[str, str]) -> RequestInvalid:
    found = tuple(FieldProblem(field=field, message=message) for field, message in problems)
    return RequestInvalid(f"Check {', '.join(one.field for one in found)}.", found)
