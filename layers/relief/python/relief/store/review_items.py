"""Reviews as items of the single table: in their session's partition, so that they are exported and erased with it.

An open review is on the index of its journey, a judged one on another, so that neither is ever looked for by a scan.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from relief.contracts.model import format_time
from relief.contracts.review import RecordedVerdict, ReviewItem
from relief.contracts.vocabulary import ReviewCause
from relief.settings import Settings
from relief.store.items import Item, epoch_seconds, is_expired
from relief.store.keys import Key, agreement_key, record_key, review_key
from relief.store.writes import Write, absent_at

_FIRST_THINGS: Final = (
    ReviewCause.sensitive,
    ReviewCause.ended_badly,
    ReviewCause.sampled,
    ReviewCause.ended_well,
    ReviewCause.volunteered,
)
_AGREEMENT_DAYS: Final = 400
"""Counters that nobody adds to for so long are of no use any more."""

_VERDICTS: Final = "n "
_AGREED: Final = "a "
"""Names of the counters begin so; the journey's name follows."""


def place_of(journey: str, state: str) -> str:
    """Return where a journey's reviews are listed. Capitals: no hand-over queue can be called the same."""
    return f"REVIEWS#{journey}#{state}"


def dump_review(review: ReviewItem, expires_at: datetime) -> Item:
    """Write a review as an item."""
    key = review_key(review.decision_id)
    if key is None:
        message = "A decision's identifier must come from relief.store.keys."
        raise ValueError(message)
    item: Item = {
        **key.typed(),
        **_place(review),
        "doc": {"S": review.model_dump_json(exclude={"verdict", "state"}, exclude_defaults=True)},
        "expires_at": {"N": str(epoch_seconds(expires_at))},
    }
    if review.verdict is not None:
        item["verdict"] = {"S": review.verdict.model_dump_json()}
    return item


def _place(review: ReviewItem) -> Item:
    order = _FIRST_THINGS.index(review.cause)
    when = review.verdict.at if review.verdict else review.decided_at
    return {
        "queue_state": {"S": place_of(review.journey, review.state.value)},
        "rank": {"S": f"{order}#{format_time(when)}#{review.decision_id}"},
    }


def load_review(item: Mapping[str, Any] | None, now: datetime) -> ReviewItem | None:
    """Read a review; ``None`` when absent, expired or unreadable."""
    if not item or is_expired(item, now):
        return None
    try:
        document = json.loads(item["doc"]["S"])
        document["state"] = item["queue_state"]["S"].rpartition("#")[2]
        if "verdict" in item:
            document["verdict"] = json.loads(item["verdict"]["S"])
        return ReviewItem.model_validate(document)
    except (KeyError, ValueError, ValidationError):
        return None


def put_review(review: ReviewItem, expires_at: datetime, settings: Settings, now: datetime | None = None) -> Write:
    """Put a decision before reviewers. With ``now``, provided that it is not there already."""
    put: dict[str, Any] = {"TableName": settings.table_name, "Item": dump_review(review, expires_at)}
    return {"Put": put | (absent_at(now) if now else {})}


def judge_review(review: ReviewItem, seen: RecordedVerdict | None, settings: Settings) -> Write:
    """Record a verdict on a review that is there, provided that its verdict is still the one that was read."""
    key = review_key(review.decision_id) or Key("", "")
    if review.verdict is None:
        message = "There is no verdict to record."
        raise ValueError(message)
    values = {":verdict": {"S": review.verdict.model_dump_json()}}
    values |= {f":{name}": value for name, value in _place(review).items()}
    if seen is not None:
        values[":seen"] = {"S": seen.model_dump_json()}
    same = "verdict = :seen" if seen is not None else "attribute_not_exists(verdict)"
    return {
        "Update": {
            "TableName": settings.table_name,
            "Key": key.typed(),
            "UpdateExpression": "SET verdict = :verdict, #queue_state = :queue_state, #rank = :rank",
            "ConditionExpression": f"attribute_exists(doc) AND {same}",
            "ExpressionAttributeNames": {"#queue_state": "queue_state", "#rank": "rank"},
            "ExpressionAttributeValues": values,
        }
    }


def check_decision(decision_id: str, now: datetime, settings: Settings) -> Write:
    """Require that a decision's record is there: nothing is written beside one that was erased or has expired."""
    return {
        "ConditionCheck": {
            "TableName": settings.table_name,
            "Key": (record_key(decision_id) or Key("", "")).typed(),
            "ConditionExpression": "attribute_exists(request_hash) AND expires_at > :now",
            "ExpressionAttributeValues": {":now": {"N": str(epoch_seconds(now))}},
        }
    }


def count_verdict(review: ReviewItem, verdicts: int, agreed: int, now: datetime, settings: Settings) -> Write:
    """Add to the counters of a journey under the judgement that decided. Adding is atomic: no verdict is lost."""
    return {
        "Update": {
            "TableName": settings.table_name,
            "Key": agreement_key(review.judgement).typed(),
            "UpdateExpression": "SET expires_at = :expires ADD #verdicts :verdicts, #agreed :agreed",
            "ExpressionAttributeNames": {
                "#verdicts": f"{_VERDICTS}{review.journey}",
                "#agreed": f"{_AGREED}{review.journey}",
            },
            "ExpressionAttributeValues": {
                ":verdicts": {"N": str(verdicts)},
                ":agreed": {"N": str(agreed)},
                ":expires": {"N": str(epoch_seconds(now) + _AGREEMENT_DAYS * 86400)},
            },
        }
    }


def load_counts(item: Mapping[str, Any] | None, now: datetime) -> dict[str, tuple[int, int]]:
    """Read the counters: verdicts and those that agree, by journey."""
    if not item or is_expired(item, now):
        return {}
    return {
        name.removeprefix(_VERDICTS): (
            int(value["N"]),
            int(item.get(f"{_AGREED}{name.removeprefix(_VERDICTS)}", {}).get("N", 0)),
        )
        for name, value in item.items()
        if name.startswith(_VERDICTS)
    }
