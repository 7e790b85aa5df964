"""The writes of one turn, as a single DynamoDB transaction.

The session's next version, the decision and the hand-over are written together or not at all. The
context is guarded by its version (another turn may have been first), the decision by its absence
(the same turn may have been sent twice).
"""

import json
from datetime import datetime, timedelta
from typing import Any

from relief.contracts.context import Listing, SessionContext
from relief.contracts.handoff import Handoff, HandoffNotice
from relief.contracts.incident import Followup, TurnMark
from relief.contracts.model import format_time
from relief.contracts.outcome import RecordedOutcome
from relief.contracts.ownership import EventRecord, RecordedFeedback
from relief.contracts.states import DecisionRecord
from relief.contracts.vocabulary import HandoffState
from relief.settings import Settings
from relief.store.compact import pack_explanation, unpack_explanation
from relief.store.items import (
    Item,
    dump_context,
    dump_followup,
    dump_handoff,
    dump_latest,
    dump_listing,
    dump_mark,
    dump_standing,
    dump_untold,
    epoch_seconds,
    place_handoff,
)
from relief.store.keys import Key, event_key, feedback_key, outcome_key, record_key, reply_key, session_partition
from relief.store.packed import pack, unpack

Write = dict[str, Any]


def put_context(context: SessionContext, seen_version: int, settings: Settings) -> Write:
    """Write the session's next version, provided that it is still at the version that was read.

    A new session starts counting at the time. If it started at 1 again after an erasure, a turn that has read the
    erased context could take the new one for it, and would bring back what was erased.
    """
    version = seen_version + 1 if seen_version else epoch_seconds(context.created_at)
    put: dict[str, Any] = {"TableName": settings.table_name, "Item": dump_context(context, version)}
    if seen_version == 0:
        put["ConditionExpression"] = "attribute_not_exists(pk)"
    else:
        put["ConditionExpression"] = "version = :seen"
        put["ExpressionAttributeValues"] = {":seen": {"N": str(seen_version)}}
    return {"Put": put}


def dump_decision(record: DecisionRecord, expires: datetime, customer: str | None = None) -> Item:
    """Write a decision as an item; it doubles as the turn's idempotency record.

    ``customer`` is the reference that the session was listed under: erasing the session erases that entry too.
    """
    key = record_key(record.decision_id)
    if key is None:
        message = "A decision's identifier must come from relief.store.keys."
        raise ValueError(message)
    item: Item = {
        **key.typed(),
        "request_hash": {"S": record.request_hash},
        "response": {"S": pack(record.response.model_dump_json(exclude_defaults=True))},
        "explanation": {"S": pack(pack_explanation(record))},
        "expires_at": {"N": str(epoch_seconds(expires))},
    }
    if customer is not None:
        item["customer"] = {"S": customer}
    return item


def load_decision(item: dict[str, Any] | None, now: datetime) -> DecisionRecord | None:
    """Read a decision item; ``None`` when absent or expired."""
    if not item or int(item["expires_at"]["N"]) <= epoch_seconds(now):
        return None
    response = json.loads(unpack(item["response"]["S"]))
    return DecisionRecord.model_validate(
        {
            **unpack_explanation(unpack(item["explanation"]["S"]), response),
            "decision_id": response["decision_id"],
            "request_hash": item["request_hash"]["S"],
            "response": response,
        }
    )


def decision_expiry(record: DecisionRecord, settings: Settings, forget_at: datetime | None = None) -> datetime:
    """Return when a decision's life ends: after the installation's usual time, or at ``forget_at`` if earlier."""
    expires = record.decided_at + timedelta(seconds=settings.decision_seconds)
    return min(expires, forget_at or expires)


def put_decision(
    record: DecisionRecord, settings: Settings, customer: str | None = None, forget_at: datetime | None = None
) -> Write:
    """Record the decision, provided that the same turn has not been decided already.

    ``forget_at`` ends its life earlier than the installation's usual time.
    """
    return {
        "Put": {
            "TableName": settings.table_name,
            "Item": dump_decision(record, decision_expiry(record, settings, forget_at), customer),
            **absent_at(record.decided_at),
        }
    }


def put_handoff(handoff: Handoff, settings: Settings) -> Write:
    """Record a new hand-over."""
    expires = handoff.requested_at + timedelta(seconds=settings.handoff_seconds)
    return {
        "Put": {
            "TableName": settings.table_name,
            "Item": dump_handoff(handoff, expires),
            **absent_at(handoff.requested_at),
        }
    }


def refresh_handoff(handoff: Handoff, settings: Settings, *, moved: bool = False) -> Write:
    """Bring the summary of a hand-over that is under way up to date; its state and place stay as they are.

    ``moved``: its lease has run out, so its state and place are written too. No condition: a hand-over whose record
    could not be written at first gets it now, and the session's version, in the same transaction, guards the rest.
    """
    item = dump_handoff(handoff, handoff.requested_at + timedelta(seconds=settings.handoff_seconds))
    place = ("state", "queue_state", "rank")
    kept = ("expires_at",) if moved else (*place, "expires_at")
    assigned = [f"#{name} = if_not_exists(#{name}, :{name})" for name in kept]
    assigned += [f"#{name} = :{name}" for name in place if moved]
    names = (*place, "expires_at")
    return {
        "Update": {
            "TableName": settings.table_name,
            "Key": {"pk": item["pk"], "sk": item["sk"]},
            "UpdateExpression": f"SET doc = :doc, {', '.join(assigned)}{' REMOVE standing' if moved else ''}",
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
            "ExpressionAttributeValues": {":doc": item["doc"], **{f":{name}": item[name] for name in names}},
        }
    }


def move_handoff(handoff: Handoff, seen: HandoffState, settings: Settings) -> Write:
    """Move a hand-over on, provided that it is still in the state that was read."""
    place = place_handoff(handoff)
    names = {"#state": "state", "#queue_state": "queue_state", "#rank": "rank"}
    return {
        "Update": {
            "TableName": settings.table_name,
            "Key": {"pk": place["pk"], "sk": place["sk"]},
            "UpdateExpression": "SET #state = :state, #queue_state = :queue_state, #rank = :rank, standing = :standing",
            "ConditionExpression": "attribute_exists(doc) AND #state = :seen",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {
                **{f":{name}": place[name] for name in names.values()},
                ":standing": dump_standing(handoff),
                ":seen": {"S": seen.value},
            },
        }
    }


def reroute_handoff(handoff: Handoff, seen: HandoffNotice, settings: Settings) -> Write:
    """Move a waiting hand-over to another queue, provided that it still waits where it was read."""
    item = dump_handoff(handoff, handoff.requested_at)
    names = {f"#{name}": name for name in ("state", "queue_state", "rank", "doc")}
    before = place_handoff(seen)
    return {
        "Update": {
            "TableName": settings.table_name,
            "Key": {"pk": item["pk"], "sk": item["sk"]},
            "UpdateExpression": "SET #queue_state = :queue_state, #rank = :rank, #doc = :doc",
            "ConditionExpression": "attribute_exists(#doc) AND #state = :seen AND #queue_state = :place",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {
                ":queue_state": item["queue_state"],
                ":rank": item["rank"],
                ":doc": item["doc"],
                ":seen": before["state"],
                ":place": before["queue_state"],
            },
        }
    }


def put_followup(followup: Followup, settings: Settings) -> list[Write]:
    """Put a customer on an incident's follow-up list; a later promise replaces an earlier one.

    Beside it stands a note when there is something that the customer is still to be told. A promise that replaces one
    with a note leaves that note alone: who reads it sees that nothing is left to tell.
    """
    expires = followup.promised_at + timedelta(seconds=settings.handoff_seconds)
    items = [dump_untold(followup, expires)] if followup.say else []
    items.append(dump_followup(followup, expires))
    return [{"Put": {"TableName": settings.table_name, "Item": item}} for item in items]


def put_mark(mark: TurnMark, token: str, at: datetime, settings: Settings) -> Write:
    """Leave a turn's mark for previews to count."""
    return {"Put": {"TableName": settings.table_name, "Item": dump_mark(mark, token, at)}}


def put_event(record: EventRecord, settings: Settings) -> Write:
    """Record an event, provided that it has not been taken already."""
    return {
        "Put": {
            "TableName": settings.table_name,
            "Item": _dump_beside(event_key(record.handoff_id, record.event_id), record, record.received_at, settings),
            **absent_at(record.received_at),
        }
    }


def put_feedback(record: RecordedFeedback, settings: Settings) -> Write:
    """Record the verdict on a hand-over that exists; a second one replaces the first."""
    item = _dump_beside(feedback_key(record.handoff_id), record, record.received_at, settings)
    return {"Put": {"TableName": settings.table_name, "Item": item}}


def put_outcome(record: RecordedOutcome, settings: Settings) -> Write:
    """Record how a session ended, unless a later end is known; that of the same moment may be corrected."""
    expires = record.received_at + timedelta(seconds=settings.record_seconds)
    return {
        "Put": {
            "TableName": settings.table_name,
            "Item": {
                **outcome_key(record.session_id).typed(),
                "ended_at": {"S": format_time(record.at)},
                "doc": {"S": record.model_dump_json()},
                "expires_at": {"N": str(epoch_seconds(expires))},
            },
            "ConditionExpression": "attribute_not_exists(pk) OR ended_at <= :ended",
            "ExpressionAttributeValues": {":ended": {"S": format_time(record.at)}},
        }
    }


def put_reply(session_id: str, turn_id: str, now: datetime, settings: Settings) -> Write:
    """Note that a turn's answer is being said, provided that it is not noted already."""
    expires = now + timedelta(seconds=settings.record_seconds)
    item = {**reply_key(session_id, turn_id).typed(), "expires_at": {"N": str(epoch_seconds(expires))}}
    return {"Put": {"TableName": settings.table_name, "Item": item, **absent_at(now)}}


def check_handoff(handoff_id: str, now: datetime, settings: Settings) -> Write:
    """Require that a hand-over's record is there: nothing is written beside one that was erased or has expired."""
    key = record_key(handoff_id) or Key("", "")
    return {
        "ConditionCheck": {
            "TableName": settings.table_name,
            "Key": key.typed(),
            "ConditionExpression": "attribute_exists(doc) AND expires_at > :now",
            "ExpressionAttributeValues": {":now": {"N": str(epoch_seconds(now))}},
        }
    }


def _dump_beside(
    key: Key | None, record: EventRecord | RecordedFeedback, received_at: datetime, settings: Settings
) -> Item:
    """Write what belongs to a hand-over; it lives as long as a hand-over that is requested now."""
    if key is None:
        message = "A hand-over's identifier must come from relief.store.keys."
        raise ValueError(message)
    expires = received_at + timedelta(seconds=settings.handoff_seconds)
    return {
        **key.typed(),
        "doc": {"S": record.model_dump_json(exclude_defaults=True)},
        "expires_at": {"N": str(epoch_seconds(expires))},
    }


def absent_at(now: datetime) -> Write:
    """Return the condition that nothing is there, not counting what has expired and is not deleted yet."""
    return {
        "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
        "ExpressionAttributeValues": {":now": {"N": str(epoch_seconds(now))}},
    }


def put_latest(session_id: str, listing: Listing, settings: Settings) -> Write:
    """Note that this is the customer's last session, for the next one to recall what was asked and answered."""
    item = dump_latest(listing.customer, session_partition(session_id), listing.until)
    return {"Put": {"TableName": settings.table_name, "Item": item}}


def put_listing(session_id: str, listing: Listing, settings: Settings) -> Write:
    """List the session under its customer. No condition: listing it again only prolongs the entry."""
    item = dump_listing(listing.customer, session_partition(session_id), listing.until)
    return {"Put": {"TableName": settings.table_name, "Item": item}}
