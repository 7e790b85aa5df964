"""Ledgers, contacts and counters in the single table.

Counters are attributes of one item a day and group, spread over shards: a transaction picks one at random, and reading
adds them up. Sessions are committed several at a time, so that at the gateway's limit of 1,000 turns a second no key
takes more than about 60 transactions a second.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

from relief.contracts.model import format_time
from relief.measure.figures.contacts import LATE_MS, WINDOW_MS
from relief.measure.figures.record import Change, Held, merge_tallies
from relief.measure.figures.tally import Cell, Counts
from relief.settings import Settings
from relief.store.dynamodb import QUICK, read_batch, was_refused
from relief.store.items import epoch_seconds, is_expired
from relief.store.keys import Key, contacts_key, figures_partition, ledger_key, tombstone_key
from relief.store.writes import Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARDS: Final = 4
_RACED: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_CONTACT_SECONDS: Final = (WINDOW_MS + LATE_MS) // 1000
_HOUSEKEEPING: Final = frozenset({"pk", "sk", "expires_at"})
_HIGHEST: Final = "\uffff"


class FigureTable:
    """Figures in the single table."""

    def __init__(self, settings: Settings, pick: Callable[[int], int] = random.randrange) -> None:
        """Keep the settings; ``pick`` returns one of so many shards."""
        self._settings = settings
        self._pick = pick

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
        """Yield the counters of a dimension's cells, shard by shard: one query each, whatever the sessions' number."""
        with ThreadPoolExecutor(SHARDS) as pool:
            for found in pool.map(lambda shard: list(self._read_shard(dimension, shard, first, last)), range(SHARDS)):
                yield from found

    def _read_shard(self, dimension: str, shard: int, first: date, last: date) -> Iterator[tuple[Cell, Counts]]:
        now = datetime.now(UTC)
        query: dict[str, Any] = {
            "TableName": self._settings.table_name,
            "KeyConditionExpression": "pk = :partition AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":partition": {"S": figures_partition(dimension, shard)},
                ":first": {"S": first.isoformat()},
                ":last": {"S": f"{last.isoformat()}#{_HIGHEST}"},
            },
        }
        while True:
            page = self._client.query(**query)
            for item in page["Items"]:
                if not is_expired(item, now):
                    day, _, value = item["sk"]["S"].partition("#")
                    counts = {name: int(one["N"]) for name, one in item.items() if name not in _HOUSEKEEPING}
                    yield Cell(dimension, value, day), Counter(counts)
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

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
        day = datetime.combine(date.fromisoformat(cell.day), datetime.min.time(), UTC)
        expires = epoch_seconds(day) + self._settings.metric_seconds
        changed = sorted((name, number) for name, number in counts.items() if number)
        return {
            "Key": Key(figures_partition(cell.dimension, shard), f"{cell.day}#{cell.value}").typed(),
            "UpdateExpression": "SET expires_at = :expires ADD "
            + ", ".join(f"#{place} :{place}" for place in range(len(changed))),
            "ExpressionAttributeNames": {f"#{place}": name for place, (name, _) in enumerate(changed)},
            "ExpressionAttributeValues": {
                ":expires": {"N": str(expires)},
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
