"""The single table, read and written with boto3."""

import json
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from relief.contracts.handoff import Handoff, HandoffNotice
from relief.contracts.states import DecisionRecord, Fallback, TurnKeys
from relief.errors import Unavailable
from relief.settings import Settings
from relief.store.delivery import OWNERSHIP_UPDATE, Whole, is_settled, move_to_queue, receive_writes
from relief.store.items import load_handoff, load_latest
from relief.store.keys import Key, latest_key, record_key
from relief.store.ports import Before
from relief.store.writes import load_decision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

# A turn has 8 seconds in a contact centre; a table that does not answer in one is as good as down.
QUICK = Config(connect_timeout=0.5, read_timeout=1.0, retries={"total_max_attempts": 2, "mode": "standard"})
_WORKLIST_INDEX = "worklist"
_RACED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_ATTEMPTS = 5
"""How often a hand-over is taken in anew, when its session changes meanwhile."""
OWNERSHIP_CONDITION = "attribute_not_exists(handoff) OR expires_at <= :now"


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

    def find_before(self, decision_id: str, customers: "Sequence[str]", now: datetime) -> Before:
        """Return what is stored of this turn and of its customer, in one round trip."""
        if not customers:
            return Before(self.find_decision(decision_id, now))
        decision = record_key(decision_id)
        latest = [latest_key(customer) for customer in customers]
        items = read_batch(self._client, self._settings.table_name, [*([decision] if decision else []), *latest])
        sessions = (load_latest(items.get(key), now) for key in latest)
        return Before(
            load_decision(items.get(decision), now) if decision else None,
            next((session for session in sessions if session is not None), None),
        )

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

    def queue_handoff(self, notice: HandoffNotice) -> bool:
        """Move a recorded hand-over from requested to queued.

        Returns ``False`` when it is queued or further already, or its record was erased since.
        """
        update = move_to_queue(notice, self._settings)
        try:
            self._client.update_item(**update)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def receive_handoff(self, whole: Whole, now: datetime) -> bool:
        """Put a hand-over on the work list that may not be recorded yet, writing what is missing of it.

        Returns ``False`` when there is nothing to do for it, see ``relief.store.delivery.is_settled``.

        Raises:
            Unavailable: the session changed over and over; the same hand-over is taken in when it comes again.
        """
        keys = [key for key in whole.places() if key is not None]
        for _ in range(_ATTEMPTS):
            found = read_batch(self._client, self._settings.table_name, keys)
            if is_settled(whole, found, now):
                return False
            writes = receive_writes(whole, found, self._settings, now)
            try:
                self._client.transact_write_items(TransactItems=writes)
            except ClientError as error:
                if not was_refused(error, _RACED):
                    raise
            else:
                return True
        message = "The conversation is changing too fast; the hand-over comes again."
        raise Unavailable(message)

    def take_ownership(self, keys: TurnKeys, fallback: Fallback) -> int | None:
        """Mark the session as handed over; returns the turn's number, ``None`` when it already was."""
        try:
            answer = self._client.update_item(
                TableName=self._settings.table_name,
                Key=keys.context,
                UpdateExpression=OWNERSHIP_UPDATE,
                ConditionExpression=OWNERSHIP_CONDITION,
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


def read_batch(client: "DynamoDBClient", table: str, keys: "Sequence[Key]") -> dict[Key, dict[str, Any]]:
    """Return the items under these keys, at most 100, in one consistent reading; what is left over is asked again."""
    found: dict[Key, dict[str, Any]] = {}
    wanted: Any = {table: {"Keys": [key.typed() for key in keys], "ConsistentRead": True}}
    while wanted:
        answer = client.batch_get_item(RequestItems=wanted)
        for item in answer["Responses"].get(table, []):
            found[Key(item["pk"]["S"], item["sk"]["S"])] = item
        wanted = answer.get("UnprocessedKeys")
    return found


def was_refused(error: ClientError, codes: frozenset[str] = frozenset({"ConditionalCheckFailed"})) -> bool:
    """Tell whether a transaction was cancelled for one of these reasons; by default a condition that did not hold."""
    response: dict[str, Any] = dict(error.response)
    return any(reason.get("Code") in codes for reason in response.get("CancellationReasons", []))
