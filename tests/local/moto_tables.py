"""moto's DynamoDB tables without the work that grows with the table: queries, secondary indexes and transactions.

moto copies the whole table for each item of a transaction, and sorts the whole table for each query. After a few
thousand items that takes seconds. What is decided is still decided by moto: here it is only given fewer items to look
at, and a transaction that fails is undone item by item.
"""

import contextlib
import copy
import functools
import inspect
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from unittest import mock

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import StreamShard, Table

from tests.local import streams

Key = tuple[DynamoType, DynamoType | None]
"""Partition key and sort key."""


class _Scope(threading.local):
    """What holds for the operation that this thread performs."""

    candidates: Iterable[Item] | None = None
    """The items that a query has to look at; None means all."""
    in_transaction = False
    changes: list[streams.Change]
    """What the transaction has changed so far."""


_scope: Final = _Scope()


class _Index:
    """For one attribute, the items by the attribute's value."""

    def __init__(self, attribute: str, items: Iterable[Item]) -> None:
        self._attribute = attribute
        self._by_value: dict[tuple[str, Any], dict[Key, Item]] = {}
        self._value_of: dict[Key, tuple[str, Any]] = {}
        for item in items:
            self.put(item)

    def put(self, item: Item) -> None:
        """Take in an item that is new or has changed."""
        key = (item.hash_key, item.range_key)
        self.remove(key)
        attribute = item.attrs.get(self._attribute)
        if attribute is not None:
            value = (attribute.type, attribute.cast_value)
            self._by_value.setdefault(value, {})[key] = item
            self._value_of[key] = value

    def remove(self, key: Key) -> None:
        """Forget an item."""
        value = self._value_of.pop(key, None)
        if value is not None:
            items = self._by_value[value]
            del items[key]
            if not items:
                del self._by_value[value]

    def find(self, value: DynamoType) -> list[Item]:
        """Return the items whose attribute has the value."""
        return list(self._by_value.get((value.type, value.cast_value), {}).values())


@contextlib.contextmanager
def mended_tables() -> Iterator[None]:
    """Replace the slow parts of moto's tables, as long as the context lasts. Requests must hold a lock."""
    with contextlib.ExitStack() as mends:

        def wrap(owner: type, name: str, wrapper: Callable[..., Any]) -> None:
            original = getattr(owner, name)
            replacement = functools.wraps(original)(functools.partial(wrapper, original))
            mends.enter_context(mock.patch.object(owner, name, _as_method(replacement)))

        wrap(Table, "all_items", _all_items)
        wrap(Table, "get_item", _get_item)
        wrap(Table, "put_item", _put_item)
        wrap(Table, "delete_item", _delete_item)
        wrap(Table, "query", functools.partial(_query, signature=inspect.signature(Table.query)))
        wrap(DynamoDBBackend, "update_item", _update_item)
        wrap(StreamShard, "add", _add_to_stream)
        wrap(DynamoDBBackend, "transact_write_items", _transact_write_items)
        # Sorting thousands of items by an index's key asks for each value's type tens of thousands of times.
        mends.enter_context(mock.patch.object(DynamoType, "__lt__", _is_less))
        mends.enter_context(mock.patch.object(DynamoType, "__eq__", _is_equal))
        mends.enter_context(mock.patch.object(Table, "__deepcopy__", _copy_table, create=True))
        yield


def _is_less(self: DynamoType, other: DynamoType) -> bool:
    if self.type == other.type == "S":
        return bool(self.value < other.value)
    return bool(self.cast_value < other.cast_value)


def _is_equal(self: DynamoType, other: DynamoType) -> bool:
    if self.type == other.type == "S":
        return bool(self.value == other.value)
    return bool(self.type == other.type and self.cast_value == other.cast_value)


def _as_method(function: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *arguments: Any, **named: Any) -> Any:
        return function(self, *arguments, **named)

    return method


def _indexes(table: Table) -> dict[str, _Index]:
    """Return the table's indexes by attribute: those that some query has needed so far."""
    indexes: dict[str, _Index] = table.__dict__.setdefault("local_stack_indexes", {})
    return indexes


def _all_items(original: Callable[..., list[Item]], table: Table) -> list[Item]:
    return original(table) if _scope.candidates is None else list(_scope.candidates)


def _get_item(
    original: Callable[..., Item | None],
    table: Table,
    hash_key: DynamoType,
    range_key: DynamoType | None = None,
    *rest: Any,
    **named: Any,
) -> Item | None:
    # moto would create an empty partition for each key that is asked for, and keep it.
    if range_key is not None and hash_key not in table.items:
        return None
    return original(table, hash_key, range_key, *rest, **named)


def _put_item(original: Callable[..., Item], table: Table, *arguments: Any, **named: Any) -> Item:
    item = original(table, *arguments, **named)
    _share_what_repeats(table, item)
    for index in _indexes(table).values():
        index.put(item)
    return item


def _share_what_repeats(table: Table, item: Item) -> None:
    """Let thousands of items have each attribute's name once, and each item its keys once."""
    keys = {table.hash_key_attr: item.hash_key, table.range_key_attr: item.range_key}
    item.attrs = LimitedSizeDict({sys.intern(name): keys.get(name) or value for name, value in item.attrs.items()})


def _delete_item(
    original: Callable[..., Item | None], table: Table, hash_key: DynamoType, range_key: DynamoType | None
) -> Item | None:
    item = original(table, hash_key, range_key)
    for index in _indexes(table).values():
        index.remove((hash_key, range_key))
    if table.has_range_key and hash_key in table.items and not table.items[hash_key]:
        del table.items[hash_key]
    return item


def _update_item(
    original: Callable[..., Item], backend: DynamoDBBackend, table_name: str, *rest: Any, **named: Any
) -> Item:
    item = original(backend, table_name, *rest, **named)
    for index in _indexes(backend.get_table(table_name)).values():
        index.put(item)
    return item


def _query(
    original: Callable[..., Any], table: Table, *arguments: Any, signature: inspect.Signature, **named: Any
) -> Any:
    """Query among the items of the partition only."""
    asked = signature.bind(table, *arguments, **named).arguments
    if asked.get("index_name"):
        conditions = asked.get("hash_key_conditions") or []
        candidates = _index_of(table, conditions[0][0]).find(conditions[0][1]) if conditions else None
    elif table.has_range_key:
        partition = table.items.get(asked["hash_key"])
        candidates = list(partition.values()) if partition else []
    else:
        candidates = None
    _scope.candidates = candidates
    try:
        return original(table, *arguments, **named)
    finally:
        _scope.candidates = None


def _index_of(table: Table, attribute: str) -> _Index:
    indexes = _indexes(table)
    if attribute not in indexes:
        indexes[attribute] = _Index(attribute, table.all_items())
    return indexes[attribute]


def _copy_table(table: Table, memo: dict[int, Any]) -> Table:
    """Copy a table; within a transaction, which is undone item by item, the table stands for its own copy."""
    if _scope.in_transaction:
        return table
    duplicate: Any = Table.__new__(Table)
    memo[id(table)] = duplicate
    for name, value in table.__dict__.items():
        duplicate.__dict__[name] = copy.deepcopy(value, memo)
    table_copy: Table = duplicate
    return table_copy


def _transact_write_items(
    original: Callable[..., None], backend: DynamoDBBackend, transact_items: list[dict[str, Any]]
) -> None:
    before = [state for item in transact_items if (state := _state_before(backend, item))]
    _scope.in_transaction = True
    _scope.changes = []
    try:
        original(backend, transact_items)
    except Exception:
        for table, key, item in before:
            _put_back(table, key, item)
        _scope.changes = []
        raise
    finally:
        _scope.in_transaction = False
    streams.deliver(_scope.changes)


def _add_to_stream(_original: Callable[..., None], shard: StreamShard, old: Item | None, new: Item | None) -> None:
    """Tell whoever follows a table of a change; one of a transaction only when all of it is done."""
    if _scope.in_transaction:
        _scope.changes.append((shard, old, new))
    else:
        streams.deliver([(shard, old, new)])


def _state_before(backend: DynamoDBBackend, operation: dict[str, Any]) -> tuple[Table, Key, Item | None] | None:
    """Return the item that an operation would change, or None where moto is going to refuse the operation anyway."""
    kind, details = next(iter(operation.items()))
    table = backend.tables.get(details.get("TableName", ""))
    values = details.get("Item" if kind == "Put" else "Key", {})
    if table is None or table.hash_key_attr not in values:
        return None
    hash_key = DynamoType(values[table.hash_key_attr])
    range_key = DynamoType(values[table.range_key_attr]) if table.range_key_attr in values else None
    if table.has_range_key and range_key is None:
        return None
    return table, (hash_key, range_key), copy.deepcopy(table.get_item(hash_key, range_key))


def _put_back(table: Table, key: Key, item: Item | None) -> None:
    hash_key, range_key = key
    if item is None:
        table.delete_item(hash_key, range_key)
        return
    if range_key is not None:
        table.items[hash_key][range_key] = item
    else:
        table.items[hash_key] = item  # type: ignore[assignment] # without sort keys a partition is an item
    for index in _indexes(table).values():
        index.put(item)
