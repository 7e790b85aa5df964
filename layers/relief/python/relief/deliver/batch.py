"""A batch from a queue: each message on the work list first, then to the desks, all at once, as desks may be slow."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from relief.deliver.dispatch import Dispatcher, remaining
from relief.deliver.worklist import Received, receive_record
from relief.integrations.credentials import Credentials
from relief.integrations.registry import check_targets
from relief.integrations.sender import NetworkSender
from relief.route.desk import Desk
from relief.settings import load_settings
from relief.store.bus import Bus
from relief.store.deliveries import DeliveryTable
from relief.store.dynamodb import Table
from relief.store.ownership import OwnershipTable

BUDGET_SECONDS: Final = 8.0
"""Of the function's ten: no call begins that could end later."""

_AT_ONCE: Final = 10


class Batch:
    """Takes batches, bound to one installation."""

    def __init__(self, receive: Callable[[SQSRecord], Received], dispatcher: Dispatcher | None) -> None:
        """Keep the ports. No dispatcher: nothing goes further than the work list."""
        self._receive = receive
        self._dispatcher = dispatcher

    def take(self, records: Iterable[SQSRecord]) -> dict[str, Future[None]]:
        """Return what became of each message, by its identifier. All have ended."""
        until = remaining(BUDGET_SECONDS)
        outcomes: dict[str, Future[None]] = {}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for record in records:
                outcomes[record.message_id] = self._begin(record, pool, until)
        return outcomes

    def _begin(self, record: SQSRecord, pool: ThreadPoolExecutor, until: float) -> Future[None]:
        done: Future[None] = Future()
        try:
            received = self._receive(record)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's alone
            done.set_exception(error)
            return done
        if received.handoff_id is not None and self._dispatcher is not None:
            return pool.submit(self._dispatcher.deliver, received.handoff_id, received.queue, until)
        done.set_result(None)
        return done


@lru_cache(maxsize=1)
def load_batch() -> Batch:
    """Make the consumer from the environment."""
    settings = load_settings()
    table, desk = Table(settings), Desk(settings, OwnershipTable(settings), Bus(settings))

    def receive(record: SQSRecord) -> Received:
        return receive_record(record, table, desk, datetime.now(UTC))

    targets = check_targets(settings.targets)
    if not targets:
        return Batch(receive, None)
    deliveries = DeliveryTable(settings)
    deliveries.prepare()
    sender = NetworkSender(targets, Credentials(settings.target_secret_id), settings.target_seconds)
    return Batch(receive, Dispatcher(targets, deliveries, sender, lambda: datetime.now(UTC)))
