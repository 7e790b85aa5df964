"""The recent past of the queues in the single table: one small item a queue, read by its key.

A wait is written blindly into one of a fixed number of places, which its hand-over's identifier chooses. So an item
never grows, nobody reads before writing, two desks never race, and the newest waits overwrite older ones.
"""

from datetime import UTC, datetime, timedelta
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from relief.contracts.handoff import HandoffNotice
from relief.contracts.queues import QueueRecord, RecentWait
from relief.contracts.vocabulary import HandoffState
from relief.observability import logger
from relief.settings import Settings
from relief.store.items import epoch_seconds, is_expired
from relief.store.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PLACES: Final = 32
_LIFE: Final = timedelta(days=7)
_PREFIX: Final = "wait_"
# It only sharpens an estimate: not worth a second of anybody's time.
_BRIEF: Final = Config(connect_timeout=0.3, read_timeout=0.4, retries={"total_max_attempts": 1, "mode": "standard"})
_WORKLIST_INDEX: Final = "worklist"


def queue_key(queue: str, *, realtime: bool) -> Key:
    """Key of a queue's recent waits, live ones and those for a reply apart."""
    return Key(f"QUEUE#{queue}", "LIVE" if realtime else "REPLY")


class QueueTable:
    """Reads and writes what is known of the queues."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._name = settings.table_name

    @cached_property
    def _client(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=_BRIEF)

    def read(self, queue: str, capacity: int | None, now: datetime, *, realtime: bool) -> QueueRecord | None:
        """Return a queue's recent past; ``None`` when it cannot be read. Counts who waits only up to ``capacity``."""
        try:
            key = queue_key(queue, realtime=realtime).typed()
            item: dict[str, Any] = dict(self._client.get_item(TableName=self._name, Key=key).get("Item", {}))
            waiting = self._count(queue, capacity) if capacity else None
        except (BotoCoreError, ClientError) as error:
            logger.warning("A queue's recent past could not be read.", queue=queue, error=type(error).__name__)
            return None
        waits = load_waits(item) if item and not is_expired(item, now) else []
        return QueueRecord(waits=waits, waiting=waiting)

    def note_wait(self, handoff: HandoffNotice, taken_at: datetime) -> bool:
        """Write down how long a customer waited; ``False`` when it could not be, which matters little."""
        seconds = max(0, round((taken_at - handoff.requested_at).total_seconds()))
        place = int.from_bytes(sha256(handoff.handoff_id.encode()).digest()[:4]) % PLACES
        try:
            self._client.update_item(
                TableName=self._name,
                Key=queue_key(handoff.queue, realtime=handoff.realtime).typed(),
                UpdateExpression="SET #place = :wait, expires_at = :expires",
                ExpressionAttributeNames={"#place": f"{_PREFIX}{place:02d}"},
                ExpressionAttributeValues={
                    ":wait": {"S": f"{epoch_seconds(taken_at)}#{seconds}"},
                    ":expires": {"N": str(epoch_seconds(taken_at + _LIFE))},
                },
            )
        except (BotoCoreError, ClientError) as error:
            logger.warning("A wait could not be written down.", queue=handoff.queue, error=type(error).__name__)
            return False
        return True

    def _count(self, queue: str, capacity: int) -> int:
        page = self._client.query(
            TableName=self._name,
            IndexName=_WORKLIST_INDEX,
            KeyConditionExpression="queue_state = :place",
            ExpressionAttributeValues={":place": {"S": f"{queue}#{HandoffState.queued.value}"}},
            Select="COUNT",
            Limit=capacity,
        )
        return page["Count"]


def load_waits(item: dict[str, Any]) -> list[RecentWait]:
    """Read the waits of an item; what is not one of ours is skipped."""
    waits = []
    for name, value in item.items():
        taken, _, seconds = value.get("S", "").partition("#")
        if name.startswith(_PREFIX) and taken.isdigit() and seconds.isdigit():
            waits.append(RecentWait(taken_at=datetime.fromtimestamp(int(taken), UTC), seconds=int(seconds)))
    return waits
