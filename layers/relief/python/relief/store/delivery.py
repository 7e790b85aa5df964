"""The writes that put a delivered hand-over on the work list."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from relief.contracts.handoff import Handoff, HandoffNotice
from relief.contracts.model import format_time
from relief.contracts.vocabulary import HandoffState
from relief.settings import Settings
from relief.store.items import dump_handoff, dump_listing, is_expired, load_handoff, place_handoff
from relief.store.keys import Key, context_key, record_key, session_partition, tombstone_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_NAMES = {f"#{name}": name for name in ("state", "queue_state", "rank")}
_PLACE = "SET #state = :state, #queue_state = :queue_state, #rank = :rank"
_REQUESTED = {"S": HandoffState.requested.value}

OWNERSHIP_UPDATE: Final = (
    "SET #owner = :queued, handoff = :handoff, session_id = :session, expires_at = :expires, "
    "doc = if_not_exists(doc, :doc) ADD version :one, turn :one"
)
"""Marks a session as handed over without reading it; the same as in ``turn.asl.json``."""

_UNUSED_HERE: Final = frozenset({":now"})


class Whole(NamedTuple):
    """A hand-over that travelled whole, because nobody knows what of it could be written."""

    handoff: Handoff
    expires_at: int
    ownership: str
    """The attributes that mark its session as handed over, as JSON; empty where an older version sent it."""

    def places(self) -> tuple[Key, Key, Key | None]:
        """Return the keys of what has to be known to take it in: tombstone, context, record."""
        session = session_partition(self.handoff.session_id)
        return tombstone_key(session), context_key(self.handoff.session_id), record_key(self.handoff.handoff_id)


def move_to_queue(notice: HandoffNotice, settings: Settings) -> Any:  # noqa: ANN401 - a type of the stubs
    """Return the update that moves a recorded hand-over to its queue. A record that is gone is not made anew."""
    place = place_handoff(notice.model_copy(update={"state": HandoffState.queued}))
    return {
        "TableName": settings.table_name,
        "Key": {"pk": place["pk"], "sk": place["sk"]},
        "UpdateExpression": _PLACE,
        "ConditionExpression": "attribute_exists(doc) AND #state = :requested",
        "ExpressionAttributeNames": _NAMES,
        "ExpressionAttributeValues": {
            **{f":{name}": place[name] for name in _NAMES.values()},
            ":requested": _REQUESTED,
        },
    }


def is_settled(whole: Whole, found: Mapping[Key, Mapping[str, Any]], now: datetime) -> bool:
    """Tell whether there is nothing left to do for a hand-over that travelled whole.

    It is on the work list or further, its session was erased since, or somebody is awaited in the session already:
    then the customer is in line, and a second hand-over would be a second owner.
    """
    tombstone, context, record = (found.get(key) if key else None for key in whole.places())
    if record is not None and record.get("state") != _REQUESTED:
        return True
    if tombstone is not None and tombstone["erased_at"]["S"] >= format_time(whole.handoff.requested_at):
        return True
    return _held_by(context, now) not in {None, whole.handoff.handoff_id}


def receive_writes(
    whole: Whole, found: Mapping[Key, Mapping[str, Any]], settings: Settings, now: datetime
) -> "list[TransactWriteItemTypeDef]":
    """Return the transaction that takes in a hand-over which travelled whole, and is not settled.

    It checks that the session was not erased after the hand-over was requested, marks the session as handed over where
    it is not, and lists it under its customer as the turn would have done. What was recorded of it stays as it is.
    """
    handoff = whole.handoff
    tombstone, context_place, record_place = whole.places()
    record = found.get(record_place) if record_place else None
    recorded = load_handoff(record, now) or handoff if record and "doc" in record else handoff
    item = dump_handoff(handoff.model_copy(update={"state": HandoffState.queued}), handoff.requested_at)
    update = move_to_queue(recorded, settings)
    update["UpdateExpression"] += (
        ", doc = if_not_exists(doc, :doc), expires_at = if_not_exists(expires_at, :expires_at)"
    )
    update["ConditionExpression"] = "attribute_not_exists(#state) OR #state = :requested"
    update["ExpressionAttributeValues"] |= {":doc": item["doc"], ":expires_at": {"N": str(whole.expires_at)}}
    writes: list[TransactWriteItemTypeDef] = [
        {"ConditionCheck": _is_not_erased(tombstone, handoff.requested_at, settings)},
        {"Update": update},
    ]
    context = found.get(context_place)
    if whole.ownership and _held_by(context, now) is None:
        writes.append({"Update": _own(context_place, context, whole.ownership, settings)})
    customer = handoff.summary.identity.customer
    if customer is not None:
        until = handoff.requested_at + timedelta(seconds=settings.listing_seconds)
        listing = dump_listing(customer, session_partition(handoff.session_id), until)
        writes.append({"Put": {"TableName": settings.table_name, "Item": listing}})
    return writes


def _held_by(context: Mapping[str, Any] | None, now: datetime) -> str | None:
    """Return the hand-over that a session waits for, or has with a person; ``None`` when there is none."""
    if context is None or is_expired(context, now) or "handoff" not in context:
        return None
    held: str = json.loads(context["handoff"]["S"])["handoff_id"]
    return held


def _own(place: Key, context: Mapping[str, Any] | None, ownership: str, settings: Settings) -> Any:  # noqa: ANN401 - as above
    """Return the update that marks a session as handed over, provided that it is as it was read."""
    values = {name: value for name, value in json.loads(ownership).items() if name not in _UNUSED_HERE}
    condition = "attribute_not_exists(version)"
    if context is not None and "version" in context:
        condition = "version = :seen"
        values[":seen"] = context["version"]
    return {
        "TableName": settings.table_name,
        "Key": place.typed(),
        "UpdateExpression": OWNERSHIP_UPDATE,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#owner": "owner"},
        "ExpressionAttributeValues": values,
    }


def _is_not_erased(tombstone: Key, requested_at: datetime, settings: Settings) -> Any:  # noqa: ANN401 - as above
    return {
        "TableName": settings.table_name,
        "Key": tombstone.typed(),
        "ConditionExpression": "attribute_not_exists(pk) OR erased_at < :requested_at",
        "ExpressionAttributeValues": {":requested_at": {"S": format_time(requested_at)}},
    }
