"""Fold counters: move what shards have gathered of a day into the day's one item, so that few items are read.

Each move is one transaction: the shards' items go if nothing was added since they were read, the day's item takes their
counters if it is still the one that was read, and the dimension's mark is raised for readers. What is added later, or
late, begins new items in the shards, and is moved the next time. A move that loses a race changes nothing.
"""

import time
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import Any, Final

from botocore.exceptions import ClientError

from relief.contracts.figures import Dimension
from relief.measure.figures.counters import (
    SHARDS,
    CounterTable,
    Item,
    counts_of,
    dump_groups,
    expires_at,
    load_groups,
    place_of,
)
from relief.measure.figures.tally import ALL, Counts
from relief.observability import logger
from relief.store.dynamodb import read_batch, was_refused
from relief.store.keys import Key, figures_partition, fold_mark_key, folded_partition

_DIMENSIONS: Final = (ALL, *(one.value for one in Dimension))
_MOST_MOVED: Final = 40
"""Items a transaction, of which DynamoDB takes 100: each is a write, and so is its day, and the mark."""

_MOST_BYTES: Final = 300_000
"""Of a day's item; DynamoDB takes 400 KB. Beyond, a day's counters stay in the shards."""

_LOST: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
_ANYTHING: Final = ("0", "\uffff")


def fold(table: CounterTable, seconds: float) -> int:
    """Fold what the shards hold, for so many seconds at most; return how many items were moved.

    Raises:
        ClientError: the table does not answer. What was moved until then stays moved.
    """
    deadline = time.monotonic() + seconds
    moved = 0
    for dimension in _DIMENSIONS:
        shards = (table.query(figures_partition(dimension, shard), *_ANYTHING) for shard in range(SHARDS))
        found = sorted((item for shard in shards for item in shard), key=place_of)
        for start in range(0, len(found), _MOST_MOVED):
            if time.monotonic() > deadline:
                return moved
            moved += _move_some(table, dimension, found[start : start + _MOST_MOVED])
    return moved


def _move_some(table: CounterTable, dimension: str, items: Sequence[Item]) -> int:
    if _move(table, dimension, items):
        return len(items)
    # Somebody added to one of them: the others need not wait for it.
    return sum(_move(table, dimension, [one]) for one in items if len(items) > 1)


def _move(table: CounterTable, dimension: str, items: Sequence[Item]) -> bool:
    """Move items of shards into their days'; ``False`` when somebody else was first, or a day's is full."""
    name = table.settings.table_name
    days = {day: list(group) for day, group in groupby(items, key=lambda item: place_of(item)[0])}
    keys = {day: Key(folded_partition(dimension), day) for day in days}
    held = read_batch(table.client, name, list(keys.values()))
    writes: list[dict[str, Any]] = [{"Delete": {"TableName": name, **_if_untouched(item)}} for item in items]
    for day, key in keys.items():
        document = _add(held.get(key), days[day])
        if len(document) > _MOST_BYTES:
            logger.warning("A day has too many groups to be folded.", dimension=dimension, day=day)
            return False
        put = _next_version(key, held.get(key), document, expires_at(day, table.settings))
        writes.append({"Put": {"TableName": name, **put}})
    writes.append({"Update": {"TableName": name, **_raise_mark(dimension, expires_at(max(days), table.settings))}})
    try:
        table.client.transact_write_items(TransactItems=writes)  # type: ignore[arg-type] # typed by what is written
    except ClientError as error:
        if was_refused(error, _LOST):
            return False
        raise
    return True


def _add(held: Item | None, items: Sequence[Item]) -> bytes:
    """Return what a day's item holds once the items are added to it."""
    groups: dict[str, Counts] = {value: Counter(counts) for value, counts in load_groups(held).items()}
    for item in items:
        groups.setdefault(place_of(item)[1], Counter()).update(counts_of(item))
    return dump_groups(groups)


def _if_untouched(item: Item) -> dict[str, Any]:
    return {
        "Key": {name: item[name] for name in ("pk", "sk")},
        "ConditionExpression": "writes = :seen",
        "ExpressionAttributeValues": {":seen": item["writes"]},
    }


def _next_version(key: Key, held: Item | None, document: bytes, expires: int) -> dict[str, Any]:
    version = int(held["version"]["N"]) if held else 0
    put: dict[str, Any] = {
        "Item": {
            **key.typed(),
            "version": {"N": str(version + 1)},
            "expires_at": {"N": str(expires)},
            "counts": {"B": document},
        }
    }
    if held is None:
        return {**put, "ConditionExpression": "attribute_not_exists(pk)"}
    return {**put, "ConditionExpression": "version = :seen", "ExpressionAttributeValues": {":seen": held["version"]}}


def _raise_mark(dimension: str, expires: int) -> dict[str, Any]:
    """Return the mark's update. One that has expired is never followed by the same number: it starts with the time."""
    return {
        "Key": fold_mark_key(dimension).typed(),
        "UpdateExpression": "SET expires_at = :expires, version = if_not_exists(version, :start) + :one",
        "ExpressionAttributeValues": {
            ":expires": {"N": str(expires)},
            ":start": {"N": str(time.time_ns())},
            ":one": {"N": "1"},
        },
    }
