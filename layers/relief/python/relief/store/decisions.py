"""Stored decisions, many at once: by their identifiers, or all of them for a replay elsewhere."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3

from relief.contracts.states import DecisionRecord
from relief.settings import Settings
from relief.store.dynamodb import QUICK, read_batch
from relief.store.keys import record_key
from relief.store.writes import load_decision

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BATCH = 100
"""Most items that DynamoDB reads in one batch."""


class DecisionTable:
    """Decision records in the single table."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._name = settings.table_name

    @cached_property
    def _client(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=QUICK)

    def find_decisions(self, identifiers: Sequence[str], now: datetime) -> list[DecisionRecord]:
        """Return the decisions under these identifiers, in their order, without those that are not stored any more."""
        keys = {name: key for name in identifiers if name.startswith("dec_") and (key := record_key(name)) is not None}
        found: list[DecisionRecord] = []
        named = list(keys.items())
        for start in range(0, len(named), _BATCH):
            batch = named[start : start + _BATCH]
            items = read_batch(self._client, self._name, [key for _, key in batch])
            records = (load_decision(items.get(key), now) for _, key in batch)
            found += [one for one in records if one is not None]
        return found

    def read_all(self, now: datetime) -> Iterator[DecisionRecord]:
        """Yield every decision that is stored and has not expired, in no order. It reads the whole table."""
        start: dict[str, Any] | None = None
        while True:
            options: dict[str, Any] = {"ExclusiveStartKey": start} if start else {}
            page: dict[str, Any] = dict(
                self._client.scan(
                    TableName=self._name,
                    FilterExpression="begins_with(sk, :kind)",
                    ExpressionAttributeValues={":kind": {"S": "DECISION#"}},
                    **options,
                )
            )
            for item in page["Items"]:
                record = load_decision(item, now)
                if record is not None:
                    yield record
            start = page.get("LastEvaluatedKey")
            if start is None:
                return
