"""Counters as they lie in the table: folded by day, with what came since in shards beside them.

Folding moves counters from a shard's items into the day's, so a reader who came in between would see them twice or not
at all. Each fold leaves a mark; a reading that finds another mark after it than before is done again.
"""

import json
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from relief.errors import Unavailable
from relief.measure.figures.tally import Cell, Counts
from relief.settings import Settings
from relief.store.items import epoch_seconds, is_expired
from relief.store.keys import Key, figures_partition, fold_mark_key, folded_partition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHARDS: Final = 4
_HOUSEKEEPING: Final = frozenset({"pk", "sk", "expires_at", "writes"})
_HIGHEST: Final = "\uffff"
_READINGS: Final = 6
_PAUSE_SECONDS: Final = 0.1
Groups = dict[str, dict[str, int]]
"""Counters by value of a dimension: what a day's item holds."""

Item = dict[str, Any]


class CounterTable:
    """Reads counters of any range of days: five queries, and two marks, whatever the sessions' number."""

    def __init__(
        self, client: "DynamoDBClient", settings: Settings, pause: Callable[[float], None] = time.sleep
    ) -> None:
        """Keep client and settings; ``pause`` waits so many seconds before a reading is done again."""
        self.client = client
        self.settings = settings
        self._pause = pause

    def read(self, dimension: str, first: date, last: date) -> Iterable[tuple[Cell, Counts]]:
        """Return the counters of a dimension's cells; a cell may come several times.

        Raises:
            Unavailable: counters were folded during every attempt.
        """
        start, end = first.isoformat(), f"{last.isoformat()}#{_HIGHEST}"
        partitions = [folded_partition(dimension), *(figures_partition(dimension, shard) for shard in range(SHARDS))]
        for attempt in range(_READINGS):
            self._pause(_PAUSE_SECONDS * attempt)
            mark = self._mark(dimension)
            with ThreadPoolExecutor(len(partitions)) as pool:
                folded, *shards = pool.map(lambda partition: list(self.query(partition, start, end)), partitions)
            if self._mark(dimension) == mark:
                return [*_cells_of_days(dimension, folded), *(cell for shard in shards for cell in _cells(shard))]
        message = "The counters are being put in order. Send the same request again."
        raise Unavailable(message)

    def query(self, partition: str, start: str, end: str) -> Iterator[Item]:
        """Yield a partition's items whose sort keys are in a range, as they are now; none that has expired."""
        now = datetime.now(UTC)
        query: dict[str, Any] = {
            "TableName": self.settings.table_name,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :partition AND sk BETWEEN :start AND :end",
            "ExpressionAttributeValues": {":partition": {"S": partition}, ":start": {"S": start}, ":end": {"S": end}},
        }
        while True:
            page = self.client.query(**query)
            yield from (item for item in page["Items"] if not is_expired(item, now))
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def find(self, key: Key) -> Item | None:
        """Return an item as it is now."""
        answer = self.client.get_item(TableName=self.settings.table_name, Key=key.typed(), ConsistentRead=True)
        return answer.get("Item")

    def _mark(self, dimension: str) -> str:
        item = self.find(fold_mark_key(dimension))
        return str(item["version"]["N"]) if item else ""


def expires_at(day: str, settings: Settings) -> int:
    """Return until when a day's counters are kept, in seconds since 1970."""
    return epoch_seconds(datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)) + settings.metric_seconds


def place_of(item: Item) -> tuple[str, str]:
    """Return day and group of a shard's item."""
    day, _, value = item["sk"]["S"].partition("#")
    return day, value


def counts_of(item: Item) -> Counts:
    """Return the counters of a shard's item."""
    return Counter({name: int(one["N"]) for name, one in item.items() if name not in _HOUSEKEEPING})


def load_groups(item: Item | None) -> Groups:
    """Return what a day's item holds; nothing when there is none."""
    if item is None:
        return {}
    groups: Groups = json.loads(zlib.decompress(item["counts"]["B"]))
    return groups


def dump_groups(groups: Mapping[str, Mapping[str, int]]) -> bytes:
    """Return groups as a day's item holds them. Counters of 0 are left out; a group of none but them stays."""
    kept = {value: {name: one for name, one in counts.items() if one} for value, counts in groups.items()}
    return zlib.compress(json.dumps(kept, separators=(",", ":")).encode())


def _cells_of_days(dimension: str, items: Iterable[Item]) -> Iterator[tuple[Cell, Counts]]:
    for item in items:
        for value, counts in load_groups(item).items():
            yield Cell(dimension, value, item["sk"]["S"]), Counter(counts)


def _cells(items: Iterable[Item]) -> Iterator[tuple[Cell, Counts]]:
    for item in items:
        dimension = item["pk"]["S"].split("#")[1]
        day, value = place_of(item)
        yield Cell(dimension, value, day), counts_of(item)
