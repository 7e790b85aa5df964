"""Hand-overs and their sessions in the single table: read together, changed together."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import ClientError

from relief.contracts.ownership import EventRecord
from relief.settings import Settings
from relief.store.dynamodb import QUICK, read_batch, was_refused
from relief.store.items import is_expired, load_context, load_handoff
from relief.store.keys import context_key_in, event_key, record_key
from relief.store.ports import Standing
from relief.store.writes import Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_RACED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class OwnershipTable:
    """Ownership of conversations in the single table."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._name = settings.table_name

    @cached_property
    def _client(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=QUICK)

    def read_standing(self, handoff_id: str, event_id: str, now: datetime) -> Standing:
        """Return hand-over, session and event in one round trip; all of them absent for a foreign identifier."""
        handoff, event = record_key(handoff_id), event_key(handoff_id, event_id)
        if handoff is None or event is None:
            return Standing(None, load_context(None, now), None)
        context = context_key_in(handoff.pk)
        items = read_batch(self._client, self._name, (handoff, context, event))
        taken = items.get(event)
        return Standing(
            load_handoff(items.get(handoff), now),
            load_context(items.get(context), now),
            EventRecord.model_validate_json(taken["doc"]["S"]) if taken and not is_expired(taken, now) else None,
        )

    def commit(self, writes: Sequence[Write]) -> bool:
        """Run the writes as one transaction; ``False`` when somebody else was first, and nothing was written."""
        try:
            self._client.transact_write_items(TransactItems=list(writes))  # type: ignore[arg-type] # typed by the models
        except ClientError as error:
            if was_refused(error, _RACED):
                return False
            raise
        return True
