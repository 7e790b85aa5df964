"""A batch from a queue: each message on the work list first, then to the desks, all at once, as desks may be slow."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Protocol

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from relief.deliver.dispatch import Dispatcher, remaining
from relief.deliver.patience import Patience, QueuePatience, Wait
from relief.deliver.worklist import Received, receive_record
from relief.errors import DeliveryDelayed, SettingsInvalid
from relief.integrations.credentials import Credentials
from relief.integrations.registry import load_targets
from relief.integrations.sender import NetworkSender
from relief.observability import logger
from relief.route.desk import Desk
from relief.settings import load_settings
from relief.store.bus import Bus
from relief.store.deliveries import DeliveryTable
from relief.store.dynamodb import Table
from relief.store.ownership import OwnershipTable

BUDGET_SECONDS: Final = 8.0
"""Of the function's ten: no call begins that could end later."""

_AT_ONCE: Final = 10


class Delivers(Protocol):
    """Delivers a hand-over, as ``relief.deliver.dispatch.Dispatcher`` does."""

    def deliver(self, handoff_id: str, until: float) -> None:
        """Bring each desk up to date."""


class NoDispatcher:
    """Delivers nothing, because nobody knows where to."""

    def __init__(self, reason: str) -> None:
        """Keep what is wrong with the setting."""
        self._reason = reason

    def deliver(self, handoff_id: str, until: float) -> None:
        """Refuse."""
        _ = handoff_id, until
        raise DeliveryDelayed(self._reason)


class Batch:
    """Takes batches, bound to one installation."""

    def __init__(
        self, receive: Callable[[SQSRecord], Received], dispatcher: Delivers | None, patience: Patience
    ) -> None:
        """Keep the ports. No dispatcher: nothing goes further than the work list."""
        self._receive = receive
        self._dispatcher = dispatcher
        self._patience = patience

    def take(self, records: Iterable[SQSRecord]) -> dict[str, Future[None]]:
        """Return what became of each message, by its identifier. All have ended."""
        until = remaining(BUDGET_SECONDS)
        begun: list[tuple[SQSRecord, Future[None]]] = []
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            begun += [(record, self._begin(record, pool, until)) for record in records]
        errors = ((record, outcome.exception()) for record, outcome in begun)
        self._patience.keep_back(
            [
                Wait(record, error.wait_seconds)
                for record, error in errors
                if isinstance(error, DeliveryDelayed) and error.wait_seconds is not None
            ]
        )
        return {record.message_id: outcome for record, outcome in begun}

    def _begin(self, record: SQSRecord, pool: ThreadPoolExecutor, until: float) -> Future[None]:
        done: Future[None] = Future()
        try:
            received = self._receive(record)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this message's alone
            done.set_exception(error)
            return done
        if received.handoff_id is not None and self._dispatcher is not None:
            return pool.submit(self._dispatcher.deliver, received.handoff_id, until)
        done.set_result(None)
        return done


@lru_cache(maxsize=1)
def load_batch() -> Batch:
    """Make the consumer from the environment."""
    settings = load_settings()
    table, desk = Table(settings), Desk(settings, OwnershipTable(settings), Bus(settings))
    patience = QueuePatience(settings)

    def receive(record: SQSRecord) -> Received:
        return receive_record(record, table, desk, datetime.now(UTC))

    try:
        targets = load_targets(settings.targets)
    except SettingsInvalid as error:
        # The work list goes on; the messages end where redrive finds them once the setting is mended.
        logger.error("no deliveries", reason=error.detail)
        return Batch(receive, NoDispatcher(error.detail), patience)
    if not targets:
        return Batch(receive, None, patience)
    deliveries = DeliveryTable(settings)
    deliveries.prepare()
    sender = NetworkSender(targets, Credentials(settings.target_secret_id), settings.target_seconds)
    return Batch(receive, Dispatcher(targets, deliveries, sender, lambda: datetime.now(UTC)), patience)
