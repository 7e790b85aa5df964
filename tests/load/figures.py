"""How long a month's figures take to read through the local stack, before and after counters are folded.

    python -m tests.load.figures 2000

The counters of so many synthetic sessions are brought into the table as the recorder would leave them, spread over all
shards, and read over HTTP. Times are medians of seven readings, in milliseconds.
"""

import json
import statistics
import sys
import time
from datetime import timedelta

import boto3

from relief.measure.figures.counters import SHARDS, CounterTable
from relief.measure.figures.fold import fold
from relief.measure.figures.table import FigureTable
from relief.settings import Settings, load_settings
from tests import month
from tests.local.replay import call
from tests.local.stack import LocalStack

_READINGS = 7
_GROUPINGS = ("", "day", "intent", "journey,day")


def main() -> int:
    """Fill, read, fold and read again; print one JSON object."""
    sessions = month.make_sessions(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
    with LocalStack.start(environment={"METRIC_DAYS": "3650"}) as stack:
        settings = load_settings().model_copy(update={"metric_days": 3650})
        for shard in range(SHARDS):
            month.fill(FigureTable(settings, lambda _, shard=shard: shard), sessions[shard::SHARDS], month.DIMENSIONS)
        before = {name: _read(stack, name) for name in _GROUPINGS}
        moved = _fold(settings)
        after = {name: _read(stack, name) for name in _GROUPINGS}
    answer = {"sessions": len(sessions), "items_folded": moved, "milliseconds": {"before": before, "after": after}}
    sys.stdout.write(json.dumps(answer, indent=1) + "\n")
    return 0


def _fold(settings: Settings) -> int:
    return fold(CounterTable(boto3.client("dynamodb"), settings), 600)


def _read(stack: LocalStack, group_by: str) -> float:
    last = (month.FIRST + timedelta(days=month.DAYS - 1)).date()
    path = f"/v1/metrics?from={month.FIRST.date()}&to={last}&group_by={group_by}"
    token, times = stack.token("relief/metrics"), []
    for _ in range(_READINGS):
        began = time.perf_counter()
        status, answer = call(stack, "GET", path, token)
        times.append(time.perf_counter() - began)
        if status != 200:
            raise SystemExit(str(answer))
    return round(statistics.median(times) * 1000, 1)


if __name__ == "__main__":
    sys.exit(main())
