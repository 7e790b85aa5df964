"""The bus and the queues, as far as hand-overs that are under way need them."""

import json
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from relief.contracts.events import (
    EVENT_SOURCE,
    HANDOFF_CHANGED,
    HANDOFF_REQUESTED,
    OFFER_LAPSED,
    HandoffChanged,
    Lapse,
)
from relief.contracts.incident import IncidentChanged
from relief.observability import logger
from relief.settings import Settings
from relief.store.dynamodb import QUICK

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_sqs import SQSClient


_ENTRIES_AT_ONCE = 10
"""Most entries that EventBridge takes at a time."""


class Bus:
    """Publishes changes of hand-overs, and has reminders sent to the hand-overs' own queues."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; clients are made at first use, once per process."""
        self._settings = settings

    @cached_property
    def _events(self) -> "EventBridgeClient":
        return boto3.client("events", config=QUICK)

    @cached_property
    def _queues(self) -> "SQSClient":
        return boto3.client("sqs", config=QUICK)

    def publish(self, change: HandoffChanged) -> bool:
        """Put a change on the bus; ``False`` when it does not take it."""
        entry = self._entry(HANDOFF_CHANGED, change.model_dump_json())
        try:
            return self._events.put_events(Entries=[entry])["FailedEntryCount"] == 0
        except (BotoCoreError, ClientError):
            logger.exception("A change of a hand-over could not be put on the bus.")
            return False

    def request(self, detail: str) -> bool:
        """Put a request for a person on the bus; ``False`` when it does not take it."""
        return self._put([self._entry(HANDOFF_REQUESTED, detail)]) == [True]

    def announce_incident(self, kind: str, change: IncidentChanged) -> bool:
        """Put an incident's change on the bus; ``False`` when it does not take it."""
        return self._put([self._entry(kind, change.model_dump_json())]) == [True]

    def publish_all(self, changes: Sequence[HandoffChanged]) -> list[bool]:
        """Put changes of hand-overs on the bus, ten at a time; tell of each whether it was taken."""
        taken: list[bool] = []
        for start in range(0, len(changes), _ENTRIES_AT_ONCE):
            batch = changes[start : start + _ENTRIES_AT_ONCE]
            taken += self._put([self._entry(HANDOFF_CHANGED, one.model_dump_json()) for one in batch])
        return taken

    def _entry(self, kind: str, detail: str) -> "PutEventsRequestEntryTypeDef":
        return {
            "Source": EVENT_SOURCE,
            "DetailType": kind,
            "EventBusName": self._settings.bus_name,
            "Detail": detail,
        }

    def _put(self, entries: "list[PutEventsRequestEntryTypeDef]") -> list[bool]:
        try:
            results = self._events.put_events(Entries=entries)["Entries"]
        except (BotoCoreError, ClientError):
            logger.exception("Events could not be put on the bus.")
            return [False] * len(entries)
        return ["ErrorCode" not in one for one in results]

    def remind(self, queue: str, lapse: Lapse, seconds: int) -> None:
        """Have a reminder come back through the hand-over's queue after so many seconds, at most 900."""
        body = {"source": EVENT_SOURCE, "detail-type": OFFER_LAPSED, "detail": lapse.model_dump(mode="json")}
        url = self._settings.queue_url(queue)
        self._queues.send_message(QueueUrl=url, MessageBody=json.dumps(body), DelaySeconds=seconds)
