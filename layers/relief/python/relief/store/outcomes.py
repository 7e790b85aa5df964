"""How sessions ended, in the single table."""

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from relief.contracts.outcome import RecordedOutcome
from relief.settings import Settings
from relief.store.dynamodb import QUICK
from relief.store.items import is_expired
from relief.store.keys import TOMBSTONE, outcome_key, session_partition
from relief.store.writes import put_outcome

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FEW = 4
"""More than the outcome, the tombstone and the measure, so that one item of the conversation is among them."""

_BESIDE = frozenset({TOMBSTONE, "OUTCOME", "MEASURE"})


class OutcomeTable:
    """Outcomes in the single table."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._settings = settings

    @cached_property
    def _client(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=QUICK)

    def has_session(self, session_id: str, now: datetime) -> bool:
        """Tell whether anything is stored about the session, besides how it ended."""
        page = self._client.query(
            TableName=self._settings.table_name,
            KeyConditionExpression="pk = :partition",
            ExpressionAttributeValues={":partition": {"S": session_partition(session_id)}},
            ProjectionExpression="sk, expires_at",
            Limit=_FEW,
            ConsistentRead=True,
        )
        return any(item["sk"]["S"] not in _BESIDE and not is_expired(item, now) for item in page["Items"])

    def find_outcome(self, session_id: str, now: datetime) -> RecordedOutcome | None:
        """Return how the session ended, as far as it was reported."""
        key = outcome_key(session_id).typed()
        item = self._client.get_item(TableName=self._settings.table_name, Key=key, ConsistentRead=True).get("Item")
        return RecordedOutcome.model_validate_json(item["doc"]["S"]) if item and not is_expired(item, now) else None

    def record_outcome(self, record: RecordedOutcome) -> bool:
        """Record how a session ended; ``False`` when a later end is known."""
        try:
            self._client.put_item(**put_outcome(record, self._settings)["Put"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
                return False
            raise
        return True
