"""Everything that the single table holds of one session or one customer: read, and deleted."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3

from relief.contracts.context import SessionContext
from relief.contracts.handoff import Handoff
from relief.contracts.states import DecisionRecord
from relief.contracts.stored import StoredRecord
from relief.settings import Settings
from relief.store.dynamodb import QUICK
from relief.store.export import describe_item
from relief.store.items import dump_tombstone, load_context, load_handoff
from relief.store.keys import (
    TOMBSTONE,
    Key,
    contacts_key,
    context_key,
    customer_partition,
    latest_key,
    record_key,
    session_partition,
)
from relief.store.ports import SessionKeys
from relief.store.writes import load_decision

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

_PAGE = 100
_BATCH = 25
"""Most writes that DynamoDB takes in one batch."""


class SessionTable:
    """Sessions and customers in the single table."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._name = settings.table_name

    @cached_property
    def _client(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=QUICK)

    def find_context(self, session_id: str, now: datetime) -> SessionContext | None:
        """Return the session's context; ``None`` when there is none or it has expired."""
        return load_context(self._get(context_key(session_id)), now).context

    def find_handoff(self, handoff_id: str, now: datetime) -> Handoff | None:
        """Return a hand-over by its identifier; ``None`` when there is none or it has expired."""
        key = record_key(handoff_id)
        return load_handoff(self._get(key), now) if key else None

    def list_decisions(self, session_id: str, now: datetime) -> list[DecisionRecord]:
        """Return every decision of the session, oldest first."""
        found = [load_decision(item, now) for item in self._read(session_id, "DECISION#")]
        return sorted((one for one in found if one is not None), key=lambda one: one.decided_at)

    def list_session_handoffs(self, session_id: str, now: datetime) -> list[Handoff]:
        """Return every hand-over of the session, oldest first."""
        found = [load_handoff(item, now) for item in self._read(session_id, "HANDOFF#")]
        return sorted((one for one in found if one is not None), key=lambda one: one.requested_at)

    def read_records(
        self, session_id: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[StoredRecord], str | None]:
        """Return a page of everything that is stored about the session, and where the next page starts."""
        partition = session_partition(session_id)
        query = self._query(partition, Limit=limit)
        if start is not None:
            query["ExclusiveStartKey"] = Key(partition, start).typed()
        page = self._client.query(**query)
        described = [describe_item(item, now) for item in page["Items"]]
        following = page.get("LastEvaluatedKey")
        return [one for one in described if one is not None], following["sk"]["S"] if following else None

    def leave_tombstone(self, key: Key, erased_at: datetime) -> None:
        """Note that something was erased."""
        self._client.put_item(TableName=self._name, Item=dump_tombstone(key, erased_at))

    def list_keys(self, session: str) -> SessionKeys:
        """Return some keys of a session's partition, tombstone excluded; none when nothing is left."""
        query = self._query(
            session,
            Limit=_PAGE,
            ProjectionExpression="pk, sk, #customer",
            ExpressionAttributeNames={"#customer": "customer"},
        )
        items = [item for item in self._client.query(**query)["Items"] if item["sk"]["S"] != TOMBSTONE]
        customers = frozenset(item["customer"]["S"] for item in items if "customer" in item)
        return SessionKeys(tuple(Key(item["pk"]["S"], item["sk"]["S"]) for item in items), customers)

    def list_sessions(self, customer: str) -> list[str]:
        """Return some partitions that are listed under a customer; none when nothing is left."""
        query = _only(self._query(customer_partition(customer), Limit=_PAGE, ProjectionExpression="sk"), "SESSION#")
        return [item["sk"]["S"] for item in self._client.query(**query)["Items"]]

    def count_sessions(self, customer: str) -> int:
        """Return how many sessions are listed under a customer."""
        query = _only(self._query(customer_partition(customer), Select="COUNT"), "SESSION#")
        return sum(page["Count"] for page in self._pages(query))

    def delete(self, keys: Sequence[Key]) -> None:
        """Delete records; those that are gone already are no error. What a batch leaves over is found again later."""
        for start in range(0, len(keys), _BATCH):
            requests: list[WriteRequestTypeDef] = [
                {"DeleteRequest": {"Key": key.typed()}} for key in keys[start : start + _BATCH]
            ]
            self._client.batch_write_item(RequestItems={self._name: requests})

    def unlink_session(self, customer: str, session: str) -> None:
        """Take a session out of what is kept beside the customer's listings."""
        self._unlink_contact(customer, session)
        try:
            self._client.delete_item(
                TableName=self._name,
                Key=latest_key(customer).typed(),
                ConditionExpression="#session = :session",
                ExpressionAttributeNames={"#session": "session"},
                ExpressionAttributeValues={":session": {"S": session}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _unlink_contact(self, customer: str, session: str) -> None:
        """Take a session out of the customer's contacts; whoever changes them at the same time is waited for."""
        key = contacts_key(customer)
        while (item := self._get(key)) is not None:
            contacts = json.loads(item["doc"]["S"])
            if contacts.pop(session.removeprefix("SESSION#"), None) is None:
                return
            seen = item["version"]
            item |= {"doc": {"S": json.dumps(contacts)}, "version": {"N": str(int(seen["N"]) + 1)}}
            try:
                self._client.put_item(
                    TableName=self._name,
                    Item=item,
                    ConditionExpression="version = :seen",
                    ExpressionAttributeValues={":seen": seen},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                continue
            return

    def _get(self, key: Key) -> dict[str, Any] | None:
        return self._client.get_item(TableName=self._name, Key=key.typed(), ConsistentRead=True).get("Item")

    def _read(self, session_id: str, prefix: str) -> Iterator[dict[str, Any]]:
        query = _only(self._query(session_partition(session_id)), prefix)
        for page in self._pages(query):
            yield from page["Items"]

    def _query(self, partition: str, **options: Any) -> dict[str, Any]:  # noqa: ANN401 - the client's own options
        return {
            "TableName": self._name,
            "KeyConditionExpression": "pk = :partition",
            "ExpressionAttributeValues": {":partition": {"S": partition}},
            "ConsistentRead": True,
            **options,
        }

    def _pages(self, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        start: dict[str, Any] | None = {}
        while start is not None:
            asked = {**query, "ExclusiveStartKey": start} if start else query
            page: dict[str, Any] = dict(self._client.query(**asked))
            yield page
            start = page.get("LastEvaluatedKey")


def _only(query: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Return a query of those items of the partition whose sort key begins so."""
    values = {**query["ExpressionAttributeValues"], ":prefix": {"S": prefix}}
    condition = f"{query['KeyConditionExpression']} AND begins_with(sk, :prefix)"
    return {**query, "KeyConditionExpression": condition, "ExpressionAttributeValues": values}
