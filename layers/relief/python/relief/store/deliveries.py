"""Deliveries in the single table: each beside its hand-over, claimed by whoever makes it."""

from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from relief.contracts.targets import DeliveryRecord
from relief.settings import Settings
from relief.store.dynamodb import QUICK, read_batch, was_refused
from relief.store.items import epoch_seconds, is_expired, load_handoff
from relief.store.keys import Key, delivery_key, record_key
from relief.store.ports import Delivery
from relief.store.writes import Write, check_handoff

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_RACED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class DeliveryTable:
    """Claims and outcomes of deliveries."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._settings = settings

    @cached_property
    def _client(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=QUICK)

    def prepare(self) -> None:
        """Make the client now: boto3 cannot make clients on several threads at once."""
        _ = self._client

    def read(self, handoff_id: str, target: str, now: datetime) -> Delivery:
        """Return hand-over and delivery in one consistent reading; no hand-over when it was erased or has expired."""
        handoff, delivery = record_key(handoff_id), delivery_key(handoff_id, target)
        if handoff is None or delivery is None:
            return Delivery(None, None)
        items = read_batch(self._client, self._settings.table_name, (handoff, delivery))
        item = items.get(delivery)
        known = item is not None and not is_expired(item, now)
        record = DeliveryRecord.model_validate_json(item["doc"]["S"]) if item and known else None
        return Delivery(load_handoff(items.get(handoff), now), record)

    def write(self, record: DeliveryRecord, now: datetime) -> bool:
        """Write the next version of a delivery; ``False`` when somebody else was first, or the hand-over is erased."""
        writes = [check_handoff(record.handoff_id, now, self._settings), self._put(record, now)]
        try:
            self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type] # typed by the models
        except ClientError as error:
            if was_refused(error, _RACED):
                return False
            raise
        return True

    def _put(self, record: DeliveryRecord, now: datetime) -> Write:
        key = delivery_key(record.handoff_id, record.target) or Key("", "")
        expires = now + timedelta(seconds=self._settings.handoff_seconds)
        item = {
            **key.typed(),
            "version": {"N": str(record.version)},
            "doc": {"S": record.model_dump_json(exclude_defaults=True)},
            "expires_at": {"N": str(epoch_seconds(expires))},
        }
        if record.version == 1:
            condition, values = "attribute_not_exists(pk) OR expires_at <= :now", {":now": epoch_seconds(now)}
        else:
            condition, values = "version = :seen", {":seen": record.version - 1}
        put = {
            "TableName": self._settings.table_name,
            "Item": item,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {name: {"N": str(value)} for name, value in values.items()},
        }
        return {"Put": put}
