"""Reviews in the single table: listed by journey, judged in one transaction."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from relief.contracts.review import ReviewItem
from relief.contracts.states import DecisionRecord
from relief.settings import Settings
from relief.store.dynamodb import QUICK, read_batch, was_refused
from relief.store.keys import record_key, review_key
from relief.store.ports import Reviewed
from relief.store.review_items import load_review, place_of
from relief.store.writes import Write, load_decision

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_INDEX = "worklist"
_RACED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class ReviewTable:
    """The review queue in the single table."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._name = settings.table_name

    @cached_property
    def _client(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=QUICK)

    def find_review(self, decision_id: str, now: datetime) -> Reviewed | None:
        """Return a decision with its review, in one round trip; ``None`` when there is no such decision."""
        decision, review = record_key(decision_id), review_key(decision_id)
        if decision is None or review is None:
            return None
        items = read_batch(self._client, self._name, (decision, review))
        record = load_decision(items.get(decision), now)
        if record is None:
            return None
        expires_at = datetime.fromtimestamp(int(items[decision]["expires_at"]["N"]), UTC)
        return Reviewed(record, load_review(items.get(review), now), expires_at)

    def find_decisions(self, decision_ids: Sequence[str], now: datetime) -> dict[str, DecisionRecord]:
        """Return those of these decisions, at most 100, that are still there."""
        keys = {one: key for one in decision_ids if (key := record_key(one)) is not None}
        items = read_batch(self._client, self._name, list(keys.values())) if keys else {}
        found = {one: load_decision(items.get(key), now) for one, key in keys.items()}
        return {one: record for one, record in found.items() if record is not None}

    def list_reviews(
        self, journey: str, state: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[ReviewItem], str | None]:
        """Return a page of a journey's reviews, first things first, and where the next page starts."""
        query: dict[str, Any] = {
            "TableName": self._name,
            "IndexName": _INDEX,
            "KeyConditionExpression": "queue_state = :place",
            "ExpressionAttributeValues": {":place": {"S": place_of(journey, state)}},
            "Limit": limit,
        }
        if start is not None:
            query["ExclusiveStartKey"] = json.loads(start)
        page = self._client.query(**query)
        found = [load_review(item, now) for item in page["Items"]]
        following = page.get("LastEvaluatedKey")
        return [one for one in found if one is not None], json.dumps(following) if following else None

    def read_all(self, now: datetime) -> Iterator[ReviewItem]:
        """Yield every judged review that has not expired, in no order. It reads the whole table."""
        start: dict[str, Any] | None = None
        while True:
            options: dict[str, Any] = {"ExclusiveStartKey": start} if start else {}
            page: dict[str, Any] = dict(
                self._client.scan(
                    TableName=self._name,
                    FilterExpression="begins_with(sk, :kind) AND attribute_exists(verdict)",
                    ExpressionAttributeValues={":kind": {"S": "REVIEW#"}},
                    **options,
                )
            )
            reviews = (load_review(item, now) for item in page["Items"])
            yield from (one for one in reviews if one is not None)
            start = page.get("LastEvaluatedKey")
            if start is None:
                return

    def commit(self, writes: Sequence[Write]) -> bool:
        """Run the writes as one transaction; ``False`` when somebody else was first, and nothing was written."""
        try:
            self._client.transact_write_items(TransactItems=list(writes))  # type: ignore[arg-type] # typed by the models
        except ClientError as error:
            if was_refused(error, _RACED):
                return False
            raise
        return True
