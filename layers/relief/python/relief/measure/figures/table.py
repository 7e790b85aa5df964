"""Ledgers, contacts and counters in the single table.

Counters are added to as attributes of one item a day and group, spread over shards: a transaction picks one at random.
Sessions are committed several at a time, so that at the gateway's limit of 1,000 turns a second no key takes more than
about 60 transactions a second. `relief.measure.figures.fold` gathers what has come together.
"""

import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from relief.contracts.model import format_time
from relief.measure.figures.contacts import LATE_MS, WINDOW_MS
from relief.measure.figures.counters import SHARDS, CounterTable, expires_at
from relief.measure.figures.fold import fold
from relief.measure.figures.record import Change, Held, merge_tallies
from relief.measure.figures.tally import Cell, Counts
from relief.observability import logger
from relief.settings import Settings
from relief.store.dynamodb import QUICK, read_batch, was_refused
from relief.store.items import epoch_seconds
from relief.store.keys import Key, contacts_key, figures_partition, ledger_key, tombstone_key
from relief.store.writes import Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TIDY_SECONDS: Final = 2.0
"""How long folding may take at a time: the batch has 10 seconds in all."""

_RACED: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_CONTACT_SECONDS: Final = (WINDOW_MS + LATE_MS) // 1000


class FigureTable:
    """Figures in the single table."""

    def __init__(self, settings: Settings, pick: Callable[[int], int] = random.randrange) -> None:
        """Keep the settings; ``pick`` returns one of so many shards."""
        self._settings = settings
        self._pick = pick

    @cached_property
    def _counters(self) -> CounterTable:
        return CounterTable(self._client, self._settings)

    @cached_property
    def _client(self) -> "DynamoDBClient":
        return boto3.client("dynamodb", config=QUICK)

    def read_ledger(self, session: str) -> tuple[Held | None, datetime | None]:
        """Return a session's ledger, and when the session was last erased."""
        ledger, tombstone = ledger_key(session), tombstone_key(ledger_key(session).pk)
        items = read_batch(self._client, self._settings.table_name, (ledger, tombstone))
        erased = items.get(tombstone)
        return _load(items.get(ledger)), datetime.fromisoformat(erased["erased_at"]["S"]) if erased else None

    def read_contacts(self, customer: str) -> Held | None:
        """Return a customer's contacts."""
        key = contacts_key(customer)
        return _load(read_batch(self._client, self._settings.table_name, (key,)).get(key))

    def commit(self, changes: Sequence[Change]) -> bool:
        """Write changes as one transaction; ``False`` when somebody else was first, and nothing was written."""
        writes = list(self._writes(changes))
        try:
            self._client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type] # typed by the models
        except ClientError as error:
            if was_refused(error, _RACED):
                return False
            raise
        return True

    def read_counts(self, dimension: str, first: date, last: date) -> Iterable[tuple[Cell, Counts]]:
        """Yield the counters of a dimension's cells: those folded by day, and those that came since."""
        return self._counters.read(dimension, first, last)

    def tidy(self) -> None:
        """Fold what was counted, so that reading stays cheap. What cannot be folded now is left for the next time."""
        try:
            fold(self._counters, TIDY_SECONDS)
        except (BotoCoreError, ClientError) as error:
            logger.warning("Counters could not be folded; they stay as they are.", error_type=type(error).__name__)

    def _writes(self, changes: Sequence[Change]) -> Iterator[Write]:
        table = self._settings.table_name
        for change in changes:
            ledger = ledger_key(change.session)
            yield {"ConditionCheck": self._not_erased(ledger.pk, change.recorded_at)}
            lives = change.recorded_at + timedelta(seconds=self._settings.record_seconds)
            yield {"Put": {"TableName": table, **_put(ledger, change.ledger, lives)}}
            for customer, held in change.contacts.items():
                seconds = max(self._settings.record_seconds, _CONTACT_SECONDS)
                lives = change.recorded_at + timedelta(seconds=seconds)
                yield {"Put": {"TableName": table, **_put(contacts_key(customer), held, lives)}}
        shard = self._pick(SHARDS)
        for cell, counts in merge_tallies(changes).items():
            yield {"Update": {"TableName": table, **self._add(cell, counts, shard)}}

    def _not_erased(self, session: str, recorded_at: datetime) -> dict[str, Any]:
        return {
            "TableName": self._settings.table_name,
            "Key": tombstone_key(session).typed(),
            "ConditionExpression": "attribute_not_exists(pk) OR erased_at < :recorded",
            "ExpressionAttributeValues": {":recorded": {"S": format_time(recorded_at)}},
        }

    def _add(self, cell: Cell, counts: Counts, shard: int) -> dict[str, Any]:
        expires = expires_at(cell.day, self._settings)
        changed = sorted((name, number) for name, number in counts.items() if number)
        return {
            "Key": Key(figures_partition(cell.dimension, shard), f"{cell.day}#{cell.value}").typed(),
            "UpdateExpression": "SET expires_at = :expires ADD "
            + ", ".join(["writes :one", *(f"#{place} :{place}" for place in range(len(changed)))]),
            "ExpressionAttributeNames": {f"#{place}": name for place, (name, _) in enumerate(changed)},
            "ExpressionAttributeValues": {
                ":expires": {"N": str(expires)},
                ":one": {"N": "1"},
                **{f":{place}": {"N": str(number)} for place, (_, number) in enumerate(changed)},
            },
        }


def _load(item: dict[str, Any] | None) -> Held | None:
    """Read a document. One whose time has passed still counts as long as it is there: it was counted already."""
    if not item:
        return None
    return Held(json.loads(item["doc"]["S"]), int(item["version"]["N"]))


def _put(key: Key, held: Held, expires: datetime) -> dict[str, Any]:
    put: dict[str, Any] = {
        "Item": {
            **key.typed(),
            "version": {"N": str(held.version + 1)},
            "expires_at": {"N": str(epoch_seconds(expires))},
            "doc": {"S": json.dumps(held.document, separators=(",", ":"))},
        }
    }
    if held.version == 0:
        return {**put, "ConditionExpression": "attribute_not_exists(pk)"}
    condition = {"ConditionExpression": "version = :seen"}
    return {**put, **condition, "ExpressionAttributeValues": {":seen": {"N": str(held.version)}}}
