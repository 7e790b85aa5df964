"""Items of the single table: contract models to DynamoDB attributes and back.

An item holds its keys, what conditions and indexes need as attributes of their own, and the rest as
one JSON document. Expiry is checked here on every read, because DynamoDB deletes expired items late.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pydantic import ValidationError

from relief.contracts.context import OpenHandoff, SessionContext
from relief.contracts.handoff import Handoff
from relief.contracts.incident import Incident
from relief.contracts.model import format_time
from relief.contracts.vocabulary import HandoffState
from relief.store.keys import context_key, record_key

Item = dict[str, dict[str, str]]
_ATTRIBUTES_OF_CONTEXT = {"turn", "owner", "handoff"}
_HIGHEST_PRIORITY = 100


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
        "doc": {"S": context.model_dump_json(exclude=_ATTRIBUTES_OF_CONTEXT, exclude_defaults=True)},
    }
    if context.handoff is not None:
        item["handoff"] = {"S": context.handoff.model_dump_json()}
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
        document = json.loads(item["doc"]["S"])
        if datetime.fromisoformat(document["expires_at"]) <= now:
            document = _without_memory(document, item)
        document["turn"] = int(item["turn"]["N"])
        document["owner"] = item["owner"]["S"]
        document["handoff"] = json.loads(item["handoff"]["S"]) if "handoff" in item else None
        return StoredContext(SessionContext.model_validate(document), version)
    except (KeyError, ValueError, ValidationError):
        return StoredContext(None, version, damaged=True)


def _without_memory(document: dict[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    names: tuple[str, ...] = ("session_id", "created_at", "updated_at", "channel")
    kept = {name: document[name] for name in names if name in document}
    expires = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)
    return {**kept, "expires_at": format_time(expires)}


def handoff_rank(handoff: Handoff) -> str:
    """Sort key of the work list: highest priority first, then the longest waiting."""
    return f"{_HIGHEST_PRIORITY - handoff.priority:03d}#{format_time(handoff.requested_at)}"


def dump_handoff(handoff: Handoff, expires_at: datetime) -> Item:
    """Write a hand-over as an item, indexed for the work list by queue and state."""
    key = record_key(handoff.handoff_id)
    if key is None:
        message = "A hand-over's identifier must come from relief.store.keys."
        raise ValueError(message)
    return {
        **key.typed(),
        "queue_state": {"S": f"{handoff.queue}#{handoff.state.value}"},
        "rank": {"S": handoff_rank(handoff)},
        "state": {"S": handoff.state.value},
        "expires_at": {"N": str(epoch_seconds(expires_at))},
        "doc": {"S": handoff.model_dump_json(exclude={"state"})},
    }


def load_handoff(item: Mapping[str, Any] | None, now: datetime) -> Handoff | None:
    """Read a hand-over item; ``None`` when absent or expired."""
    if not item or is_expired(item, now):
        return None
    document = json.loads(item["doc"]["S"])
    document["state"] = item["state"]["S"]
    return Handoff.model_validate(document)


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
        requested_at=handoff.requested_at,
        turn=handoff.turn,
        lane=handoff.lane,
        skills=handoff.skills,
        incident_id=handoff.incident_id,
    )


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
