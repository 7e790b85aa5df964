"""What could not be delivered: look at it, and send it on its way again."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3

from relief.contracts.events import HANDOFF_CHANGED, BusEnvelope, ChangeEnvelope
from relief.contracts.targets import DeliveryState
from relief.integrations.registry import load_targets
from relief.settings import Settings
from relief.store.ports import DeliveryStore

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BATCH = 10
_HELD_SECONDS = 120
"""How long a message that is looked at stays invisible to others."""


class Dead(NamedTuple):
    """A message in the dead-letter queue, without anything of what it says but its identifiers."""

    receipt: str
    body: str
    handoff_id: str | None
    """``None``: it is no hand-over, and nothing that could be delivered."""

    queue: str
    reasons: dict[str, str]
    """Why, by target."""

    def describe(self) -> dict[str, Any]:
        """Return what an operator may see."""
        return {"handoff_id": self.handoff_id, "queue": self.queue, "reasons": self.reasons}


class Redriver:
    """The dead-letter queue of one installation."""

    def __init__(self, settings: Settings, store: DeliveryStore) -> None:
        """Keep the ports."""
        self._settings = settings
        self._targets = load_targets(settings.targets)
        self._store = store
        self._queues: SQSClient = boto3.client("sqs")

    def list_dead(self, limit: int) -> list[Dead]:
        """Return at most so many messages; all of them stay where they are."""
        found = list(self._receive(limit))
        for dead in found:
            self._release(dead)
        return found

    def redrive(self, limit: int) -> tuple[list[Dead], list[Dead]]:
        """Send hand-overs back to their queues, and open again what desks had refused.

        Returns what was sent, and what stays because it is no hand-over. The message is deleted after it was sent:
        whoever interrupts this has some twice, which the claim of a delivery makes harmless.
        """
        sent: list[Dead] = []
        kept: list[Dead] = []
        for dead in self._receive(limit):
            if dead.handoff_id is None:
                kept.append(dead)
                continue
            self._open(dead.handoff_id)
            self._queues.send_message(QueueUrl=self._settings.queue_url(dead.queue), MessageBody=dead.body)
            self._queues.delete_message(QueueUrl=self._settings.dead_letter_queue_url, ReceiptHandle=dead.receipt)
            sent.append(dead)
        for dead in kept:
            self._release(dead)
        return sent, kept

    def _receive(self, limit: int) -> Iterator[Dead]:
        left = limit
        while left > 0:
            answer = self._queues.receive_message(
                QueueUrl=self._settings.dead_letter_queue_url,
                MaxNumberOfMessages=min(left, _BATCH),
                VisibilityTimeout=_HELD_SECONDS,
                WaitTimeSeconds=1,
            )
            messages = answer.get("Messages", [])
            if not messages:
                return
            left -= len(messages)
            for message in messages:
                yield self._read(message["ReceiptHandle"], message["Body"])

    def _read(self, receipt: str, body: str) -> Dead:
        try:
            handoff_id, queue = _identify(json.loads(body))
        except ValueError:
            return Dead(receipt, body, None, "", {})
        now = datetime.now(UTC)
        records = {one.name: self._store.read(handoff_id, one.name, now).record for one in self._targets}
        reasons = {name: record.reason for name, record in records.items() if record and record.reason}
        return Dead(receipt, body, handoff_id, queue, reasons)

    def _open(self, handoff_id: str) -> None:
        now = datetime.now(UTC)
        for config in self._targets:
            record = self._store.read(handoff_id, config.name, now).record
            if record is not None and record.state is DeliveryState.refused:
                changes = {"state": DeliveryState.open, "version": record.version + 1}
                self._store.write(record.model_copy(update=changes), now)

    def _release(self, dead: Dead) -> None:
        self._queues.change_message_visibility(
            QueueUrl=self._settings.dead_letter_queue_url, ReceiptHandle=dead.receipt, VisibilityTimeout=0
        )


def _identify(document: Any) -> tuple[str, str]:  # noqa: ANN401 - any JSON
    """Return the hand-over that a message is about, and its queue.

    Raises:
        ValidationError: it is about none.
    """
    if isinstance(document, dict) and document.get("detail-type") == HANDOFF_CHANGED:
        change = ChangeEnvelope.model_validate(document).detail
        return change.handoff_id, change.queue
    detail = BusEnvelope.model_validate(document).detail
    return detail.handoff.handoff_id, detail.queue
