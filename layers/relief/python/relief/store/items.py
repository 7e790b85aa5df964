"""Items of the single table: contract models to DynamoDB attributes and back.

An item holds its keys, what conditions and indexes need as attributes of their own, and the rest as
one JSON document. Expiry is checked here on every read, because DynamoDB deletes expired items late.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from relief.contracts.context import OpenHandoff, SessionContext
from relief.contracts.handoff import SAFETY_PRIORITY, Handoff, HandoffNotice
from relief.contracts.incident import Followup, Incident, IncidentRecord, TurnMark
from relief.contracts.model import format_time
from relief.contracts.vocabulary import HandoffState
from relief.store.keys import (
    MARK_SECONDS,
    MARK_SHARDS,
    Key,
    active_incident_keys,
    context_key,
    followup_key,
    followup_list,
    incident_record_key,
    latest_key,
    listing_key,
    mark_partition,
    record_key,
    untold_key,
)
from relief.store.packed import pack, unpack

Item = dict[str, dict[str, str]]
_ATTRIBUTES_OF_CONTEXT = {"turn", "owner", "handoff"}
_STANDING: Final = {"lease_until", "changed_at", "report"}
"""What events change of a hand-over, apart from its state: an attribute of its own, which turns leave alone."""

_SAFETY_FIRST: Final = timedelta(days=400)
"""Longer than any hand-over is kept."""

_POINT: Final = timedelta(minutes=2)
_TOMBSTONE_DAYS = 30
"""Longer than SQS keeps a message (14 days): a hand-over that was under way must still meet the tombstone."""


class StoredContext(NamedTuple):
    """A context as read, with the version that a conditional write must still find (0: none stored)."""

    context: SessionContext | None
    version: int
    damaged: bool = False


def epoch_seconds(moment: datetime) -> int:
    """Return a moment as DynamoDB's TTL wants it: whole seconds since 1970."""
    return int(moment.timestamp())


def is_expired(item: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether an item's time to live has passed, whether or not it is deleted yet."""
    expires = item.get("expires_at", {}).get("N")
    return expires is not None and int(expires) <= epoch_seconds(now)


def dump_context(context: SessionContext, version: int) -> Item:
    """Write a context as an item of the given version."""
    item: Item = {
        **context_key(context.session_id).typed(),
        "session_id": {"S": context.session_id},
        "version": {"N": str(version)},
        "turn": {"N": str(context.turn)},
        "owner": {"S": context.owner.value},
        "expires_at": {"N": str(epoch_seconds(context.expires_at))},
        "doc": {"S": pack(context.model_dump_json(exclude=_ATTRIBUTES_OF_CONTEXT, exclude_defaults=True))},
    }
    if context.handoff is not None:
        item["handoff"] = {"S": context.handoff.model_dump_json()}
    if context.customer.ref is not None:
        item["customer"] = {"S": context.customer.ref}
    return item


def load_context(item: Mapping[str, Any] | None, now: datetime) -> StoredContext:
    """Read a context item. Expired or unreadable content counts as absent; its version still counts.

    An item may come from the workflow's last resort, which marks the hand-over without reading the
    document: then the attributes are newer than the document, and they win.
    """
    if not item:
        return StoredContext(None, 0)
    version = int(item.get("version", {}).get("N", "0"))
    if is_expired(item, now) or "doc" not in item:
        return StoredContext(None, version)
    try:
        document = read_memory(item, now)
        document["turn"] = int(item["turn"]["N"])
        document["owner"] = item["owner"]["S"]
        document["handoff"] = json.loads(item["handoff"]["S"]) if "handoff" in item else None
        return StoredContext(SessionContext.model_validate(document), version)
    except (KeyError, ValueError, ValidationError):
        return StoredContext(None, version, damaged=True)


def read_memory(item: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return a context's document; once its own time has passed, no more of it than a context cannot be without.

    The workflow's last resort prolongs the item for the sake of the hand-over, never the memory in it.
    """
    document: dict[str, Any] = json.loads(unpack(item["doc"]["S"]))
    if datetime.fromisoformat(document["expires_at"]) > now:
        return document
    names: tuple[str, ...] = ("session_id", "created_at", "updated_at", "channel")
    kept = {name: document[name] for name in names if name in document}
    expires = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)
    return {**kept, "expires_at": format_time(expires)}


def handoff_rank(handoff: HandoffNotice) -> str:
    """Sort key of the work list: the moment from which a hand-over is due, earliest first.

    A point of priority is worth as much as ``_POINT`` of waiting, so whoever waits rises, without anything being
    written while they do. Of two that were requested at once, the one of higher priority comes first. Safety and
    vulnerability stay ahead of everyone, however long others have waited.
    """
    ahead = _SAFETY_FIRST if handoff.priority >= SAFETY_PRIORITY else timedelta()
    return format_time(handoff.requested_at - handoff.priority * _POINT - ahead)


def place_handoff(notice: HandoffNotice) -> Item:
    """Write a hand-over's key and its place on the work list, which is indexed by queue and state."""
    key = record_key(notice.handoff_id)
    if key is None:
        message = "A hand-over's identifier must come from relief.store.keys."
        raise ValueError(message)
    return {
        **key.typed(),
        "queue_state": {"S": f"{notice.queue}#{notice.state.value}"},
        "rank": {"S": handoff_rank(notice)},
        "state": {"S": notice.state.value},
    }


def dump_handoff(handoff: Handoff, expires_at: datetime) -> Item:
    """Write a hand-over as an item."""
    return {
        **place_handoff(handoff),
        "expires_at": {"N": str(epoch_seconds(expires_at))},
        "doc": {"S": handoff.model_dump_json(exclude={"state", *_STANDING})},
    }


def load_handoff(item: Mapping[str, Any] | None, now: datetime) -> Handoff | None:
    """Read a hand-over item; ``None`` when absent or expired."""
    if not item or is_expired(item, now):
        return None
    document = json.loads(item["doc"]["S"])
    document["state"] = item["state"]["S"]
    if "standing" in item:
        document |= json.loads(item["standing"]["S"])
    return Handoff.model_validate(document)


def dump_standing(handoff: Handoff) -> dict[str, str]:
    """Write what events change of a hand-over as an attribute."""
    return {"S": handoff.model_dump_json(include=_STANDING, exclude_none=True)}


def dump_listing(customer: str, session: str, expires_at: datetime) -> Item:
    """Write the entry that leads from a customer to the partition of one of their sessions."""
    return {**listing_key(customer, session).typed(), "expires_at": {"N": str(epoch_seconds(expires_at))}}


def dump_latest(customer: str, session: str, expires_at: datetime) -> Item:
    """Write the entry that leads from a customer to their last session."""
    expires = {"N": str(epoch_seconds(expires_at))}
    return {**latest_key(customer).typed(), "session": {"S": session}, "expires_at": expires}


def load_latest(item: Mapping[str, Any] | None, now: datetime) -> str | None:
    """Read the partition of a customer's last session; ``None`` when it is unknown or too long ago."""
    if not item or is_expired(item, now):
        return None
    session: str = item["session"]["S"]
    return session


def dump_tombstone(key: Key, erased_at: datetime) -> Item:
    """Write the note that something was erased, and nothing of what it was."""
    expires = erased_at + timedelta(days=_TOMBSTONE_DAYS)
    return {
        **key.typed(),
        "erased_at": {"S": format_time(erased_at)},
        "expires_at": {"N": str(epoch_seconds(expires))},
    }


def open_handoff(handoff: Handoff, state: HandoffState | None = None) -> OpenHandoff:
    """Return the short form of a hand-over that the session's context keeps."""
    return OpenHandoff(
        handoff_id=handoff.handoff_id,
        queue=handoff.queue,
        priority=handoff.priority,
        realtime=handoff.realtime,
        state=state or handoff.state,
        eta_seconds=handoff.eta_seconds,
        reason=handoff.reason,
        reason_text=handoff.summary.reason.text,
        instead_of=handoff.instead_of,
        requested_at=handoff.requested_at,
        turn=handoff.turn,
        lane=handoff.lane,
        skills=handoff.skills,
        incident_id=handoff.incident_id,
        journey=handoff.journey,
        origin=handoff.origin,
    )


def dump_active(incident: Incident) -> list[Item]:
    """Write an active incident as turns read it: an item for each copy."""
    content = {
        "expires_at": {"N": str(epoch_seconds(incident.expires_at) + 1)},
        "doc": {"S": incident.model_dump_json()},
    }
    return [{**key.typed(), **content} for key in active_incident_keys(incident.incident_id)]


def dump_incident_record(record: IncidentRecord, expires_at: datetime) -> Item:
    """Write an incident's record; its version is an attribute of its own, which the next write must still find."""
    return {
        **incident_record_key(record.incident_id).typed(),
        "version": {"N": str(record.version)},
        "expires_at": {"N": str(epoch_seconds(expires_at))},
        "doc": {"S": record.model_dump_json(exclude={"sweep", "degraded"})},
        "sweep": {"S": record.sweep.model_dump_json()},
    }


def load_incident_record(item: Mapping[str, Any] | None, now: datetime) -> IncidentRecord | None:
    """Read an incident's record; ``None`` when absent or expired."""
    if not item or "doc" not in item or is_expired(item, now):
        return None
    document = json.loads(item["doc"]["S"])
    if "sweep" in item:
        document["sweep"] = json.loads(item["sweep"]["S"])
    return IncidentRecord.model_validate(document)


def dump_followup(followup: Followup, expires_at: datetime) -> Item:
    """Write what a customer was promised, with its place on the incident's follow-up list.

    It keeps that place when the customer is told: whoever is paging the list finds everybody once.
    """
    return {
        **followup_key(followup.session_id, followup.incident_id).typed(),
        "queue_state": {"S": f"{followup_list(followup.session_id, followup.incident_id)}#open"},
        "rank": {"S": format_time(followup.promised_at)},
        "expires_at": {"N": str(epoch_seconds(expires_at))},
        "doc": {"S": followup.model_dump_json(exclude_defaults=True)},
    }


def dump_untold(followup: Followup, expires_at: datetime) -> Item:
    """Write the note that a customer is still to be told; what, and whether still, is with the promise itself."""
    return {
        **untold_key(followup.session_id, followup.incident_id).typed(),
        "queue_state": {"S": f"{followup_list(followup.session_id, followup.incident_id)}#untold"},
        "rank": {"S": format_time(followup.promised_at)},
        "expires_at": {"N": str(epoch_seconds(expires_at))},
    }


def load_followup(item: Mapping[str, Any] | None, now: datetime) -> Followup | None:
    """Read what a customer was promised; ``None`` when absent or expired."""
    if not item or is_expired(item, now):
        return None
    return Followup.model_validate_json(item["doc"]["S"])


def dump_mark(mark: TurnMark, token: str, at: datetime) -> Item:
    """Write a turn's mark under a hash of its own: marks are spread evenly, and lead to no session."""
    bucket = epoch_seconds(at) // MARK_SECONDS
    shard = int(token[:8], 16) % MARK_SHARDS
    return {
        "pk": {"S": mark_partition(bucket, shard)},
        "sk": {"S": token[8:]},
        "expires_at": {"N": str((bucket + 1) * MARK_SECONDS + 3600)},
        "at": {"N": str(epoch_seconds(at))},
        "doc": {"S": mark.model_dump_json(exclude_defaults=True)},
    }


def load_incidents(items: Sequence[Mapping[str, Any]], now: datetime) -> list[Incident]:
    """Read the active incidents; expired ones are left out, unreadable ones too."""
    incidents = []
    for item in items:
        try:
            if is_expired(item, now):
                continue
            incident = Incident.model_validate_json(item["doc"]["S"])
        except (KeyError, ValueError, ValidationError):
            continue
        if incident.expires_at > now:
            incidents.append(incident)
    return incidents
