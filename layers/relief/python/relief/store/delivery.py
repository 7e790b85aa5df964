"""The writes that put a delivered hand-over on the work list."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from relief.contracts.handoff import Handoff, HandoffNotice
from relief.contracts.model import format_time
from relief.contracts.vocabulary import HandoffState
from relief.settings import Settings
from relief.store.items import dump_handoff, dump_listing, place_handoff
from relief.store.keys import Key, session_partition, tombstone_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_NAMES = {f"#{name}": name for name in ("state", "queue_state", "rank")}
_PLACE = "SET #state = :state, #queue_state = :queue_state, #rank = :rank"
_REQUESTED = {"S": HandoffState.requested.value}


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


def receive_writes(handoff: Handoff, expires_at: int, settings: Settings) -> "list[TransactWriteItemTypeDef]":
    """Return the transaction that takes in a hand-over which travelled whole, because it may not be recorded.

    It checks that the session was not erased after the hand-over was requested, and lists the session under its
    customer as the turn would have done.
    """
    item = dump_handoff(handoff.model_copy(update={"state": HandoffState.queued}), handoff.requested_at)
    update = move_to_queue(handoff, settings)
    update["UpdateExpression"] += (
        ", doc = if_not_exists(doc, :doc), expires_at = if_not_exists(expires_at, :expires_at)"
    )
    update["ConditionExpression"] = "attribute_not_exists(#state) OR #state = :requested"
    update["ExpressionAttributeValues"] |= {":doc": item["doc"], ":expires_at": {"N": str(expires_at)}}
    session = session_partition(handoff.session_id)
    writes: list[TransactWriteItemTypeDef] = [
        {"ConditionCheck": _is_not_erased(tombstone_key(session), handoff.requested_at, settings)},
        {"Update": update},
    ]
    customer = handoff.summary.identity.customer
    if customer is not None:
        until = handoff.requested_at + timedelta(seconds=settings.listing_seconds)
        writes.append({"Put": {"TableName": settings.table_name, "Item": dump_listing(customer, session, until)}})
    return writes


def _is_not_erased(tombstone: Key, requested_at: datetime, settings: Settings) -> Any:  # noqa: ANN401 - a type of the stubs
    return {
        "TableName": settings.table_name,
        "Key": tombstone.typed(),
        "ConditionExpression": "attribute_not_exists(pk) OR erased_at < :requested_at",
        "ExpressionAttributeValues": {":requested_at": {"S": format_time(requested_at)}},
    }
