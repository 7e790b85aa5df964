"""The single table, read and written with boto3."""

import json
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from relief.contracts.handoff import Handoff
from relief.contracts.states import DecisionRecord, Fallback, TurnKeys
from relief.contracts.vocabulary import HandoffState
from relief.settings import Settings
from relief.store.items import dump_handoff, load_handoff
from relief.store.keys import record_key
from relief.store.writes import load_decision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# A turn has 8 seconds in a contact centre; a table that does not answer in one is as good as down.
QUICK = Config(connect_timeout=0.5, read_timeout=1.0, retries={"total_max_attempts": 2, "mode": "standard"})
_WORKLIST_INDEX = "worklist"
OWNERSHIP_UPDATE = (
    "SET #owner = :queued, handoff = :handoff, session_id = :session, expires_at = :expires, "
    "doc = if_not_exists(doc, :doc) ADD version :one, turn :one"
)


class Table:
    """Decisions, hand-overs and ownership in the single table."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._settings = settings

    @cached_property
    def _client(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=QUICK)

    def find_decision(self, decision_id: str, now: datetime) -> DecisionRecord | None:
        """Return a decision by its identifier; ``None`` when there is none or it has expired."""
        return load_decision(self._get(decision_id), now)

    def find_handoff(self, handoff_id: str, now: datetime) -> Handoff | None:
        """Return a hand-over by its identifier; ``None`` when there is none or it has expired."""
        return load_handoff(self._get(handoff_id), now)

    def list_handoffs(
        self, queue: str, state: str, limit: int, start: str | None, now: datetime
    ) -> tuple[list[Handoff], str | None]:
        """Return a page of one queue's work list, highest priority first, and where the next page starts."""
        query: dict[str, Any] = {
            "TableName": self._settings.table_name,
            "IndexName": _WORKLIST_INDEX,
            "KeyConditionExpression": "queue_state = :place",
            "ExpressionAttributeValues": {":place": {"S": f"{queue}#{state}"}},
            "Limit": limit,
        }
        if start is not None:
            query["ExclusiveStartKey"] = json.loads(start)
        page = self._client.query(**query)
        found = [load_handoff(item, now) for item in page["Items"]]
        following = page.get("LastEvaluatedKey")
        return [one for one in found if one is not None], json.dumps(following) if following else None

    def receive_handoff(self, handoff: Handoff, expires_at: int) -> bool:
        """Move a hand-over from requested to queued, writing it whole if its record is missing.

        Returns ``False`` when it is queued or further already: the event came twice.
        """
        queued = handoff.model_copy(update={"state": HandoffState.queued})
        item = dump_handoff(queued, handoff.requested_at)
        names = {f"#{name}": name for name in ("state", "queue_state", "rank")}
        try:
            self._client.update_item(
                TableName=self._settings.table_name,
                Key={"pk": item["pk"], "sk": item["sk"]},
                UpdateExpression=(
                    "SET #state = :state, #queue_state = :queue_state, #rank = :rank, "
                    "doc = if_not_exists(doc, :doc), expires_at = if_not_exists(expires_at, :expires_at)"
                ),
                ConditionExpression="attribute_not_exists(#state) OR #state = :requested",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={
                    ":state": item["state"],
                    ":queue_state": item["queue_state"],
                    ":rank": item["rank"],
                    ":doc": item["doc"],
                    ":expires_at": {"N": str(expires_at)},
                    ":requested": {"S": HandoffState.requested.value},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def take_ownership(self, keys: TurnKeys, fallback: Fallback) -> int | None:
        """Mark the session as handed over; returns the turn's number, ``None`` when it already was."""
        try:
            answer = self._client.update_item(
                TableName=self._settings.table_name,
                Key=keys.context,
                UpdateExpression=OWNERSHIP_UPDATE,
                ConditionExpression="attribute_not_exists(handoff)",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues=json.loads(fallback.ownership),
                ReturnValues="UPDATED_NEW",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return None
            raise
        return int(answer["Attributes"]["turn"]["N"])

    def transact(self, writes: "Sequence[TransactWriteItemTypeDef]") -> None:
        """Run prepared writes as one transaction."""
        self._client.transact_write_items(TransactItems=writes)

    def _get(self, identifier: str) -> dict[str, Any] | None:
        key = record_key(identifier)
        if key is None:
            return None
        answer = self._client.get_item(TableName=self._settings.table_name, Key=key.typed(), ConsistentRead=True)
        return answer.get("Item")
