"""Counters in the table: folding them changes no figure, and a reading costs the same however many sessions there were."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from relief.errors import Unavailable
from relief.measure.figures.counters import CounterTable
from relief.measure.figures.fold import fold
from relief.measure.figures.record import Recorder
from relief.measure.figures.table import FigureTable
from relief.settings import Settings
from relief.store.keys import fold_mark_key
from tests import month

LONG = 60.0
MARKS, QUERIES = 2, 5
READING_SECONDS = 0.2
"""What a month's figures may take to read. Here with an engine in Python, whose time is most of it."""


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings that name an empty table."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        make_table("figures")
        yield Settings(table_name="figures", metric_days=3650)


def make_table(name: str) -> None:
    """Make a table of the keys that the template's has."""
    boto3.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )


def nothing_happens(_name: str, _request: dict[str, Any]) -> None:
    """Happen before a call, and do nothing."""


class Watched:
    """A client whose calls are counted, with the items and bytes that came back."""

    def __init__(self) -> None:
        self._client = boto3.client("dynamodb")
        self.seen: Counter[str] = Counter()
        self.before: Callable[[str, dict[str, Any]], None] = nothing_happens

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            self.before(name, request)
            answer = getattr(self._client, name)(**request)
            items = answer.get("Items", []) or [answer[one] for one in ("Item",) if one in answer]
            self.seen.update(calls=1, items=len(items), bytes=sum(map(_size, items)))
            return answer

        return call


def _size(item: dict[str, Any]) -> int:
    """Return an item's size as DynamoDB counts it, roughly: names and values."""
    return sum(len(name) + len(next(iter(value.values()))) for name, value in item.items())


def counters(settings: Settings, watched: Watched) -> CounterTable:
    """Return the counters, read through a watched client."""
    client: Any = watched
    return CounterTable(client, settings, pause=lambda _: None)


class Reader:
    """Reads as the API does."""

    def __init__(self, table: CounterTable) -> None:
        self.read_counts = table.read


def read_cost(settings: Settings) -> tuple[Counter[str], float, int]:
    """Return what reading a month asks of the table, the processor seconds it takes, and the sessions that it found."""
    watched = Watched()
    began = time.process_time()
    answer = month.read(Reader(counters(settings, watched)), "intent")
    return watched.seen, time.process_time() - began, sum(group.sessions for group in answer.groups)


def test_folding_changes_no_figure_of_a_month_with_late_and_repeated_facts(settings: Settings) -> None:
    """Given a month recorded in parts with folds in between, then every figure is what brute force makes of it."""
    sessions = month.make_sessions(6)
    facts = month.arrive(sessions)
    table, watched = FigureTable(settings), Watched()
    third = len(facts) // 3
    for start in range(0, len(facts), third):
        month.record(facts[start : start + third], table)
        assert fold(counters(settings, watched), LONG) > 0
        month.record(facts[start : start + third // 2], table)
    assert fold(counters(settings, watched), LONG) == 0
    reader = Reader(counters(settings, watched))
    assert [one for group_by in ("", "day", "intent") for one in month.differences(sessions, reader, group_by)] == []


def test_reading_a_month_costs_the_same_for_any_number_of_sessions(settings: Settings) -> None:
    """Given a month of 40 sessions and one of 240, then the same calls, and an item a day, are read of both."""
    costs = []
    for number in (40, 240):
        name = f"figures-{number}"
        make_table(name)
        own = settings.model_copy(update={"table_name": name})
        sessions = month.make_sessions(number)
        days = len({session.began.date() for session in sessions})
        month.fill(FigureTable(own), sessions, ["intent"])
        unfolded, _, _ = read_cost(own)
        assert fold(counters(own, Watched()), LONG) >= days
        seen, seconds, found = read_cost(own)
        assert (seen["calls"], seen["items"]) == (MARKS + QUERIES, MARKS + days)
        assert seen["bytes"] < unfolded["bytes"]
        assert seconds < READING_SECONDS
        assert found == number
        costs.append(seen)
    assert costs[1]["bytes"] < costs[0]["bytes"] * 3, "six times the sessions, the same counters"


def test_whoever_adds_while_counters_are_folded_loses_nothing(settings: Settings) -> None:
    """Given somebody who counts between a fold's reading and its writing, then that fold moves nothing, the next all."""
    table, watched = FigureTable(settings), Watched()
    first, second = month.make_sessions(2)
    month.record(list(month.tell(first)), table)

    def add_once(name: str, _request: dict[str, Any]) -> None:
        if name == "transact_write_items":
            watched.before = nothing_happens
            month.record(list(month.tell(second)), table)

    watched.before = add_once
    fold(counters(settings, watched), LONG)
    fold(counters(settings, watched), LONG)
    assert month.differences([first, second], Reader(counters(settings, watched)), "day") == []


def test_a_reading_during_a_fold_is_done_again(settings: Settings) -> None:
    """Given a fold in the middle of a reading, then the reading counts nothing twice, and takes one more."""
    table, watched = FigureTable(settings), Watched()
    sessions = month.make_sessions(3)
    month.record([fact for one in sessions for fact in month.tell(one)], table)

    def fold_once(name: str, request: dict[str, Any]) -> None:
        if name == "query" and "folded" not in str(request["ExpressionAttributeValues"]):
            watched.before = nothing_happens
            assert fold(counters(settings, Watched()), LONG)

    watched.before = fold_once
    assert month.differences(sessions, Reader(counters(settings, watched)), "") == []
    assert watched.seen["calls"] == 2 * (MARKS + QUERIES)


def test_a_reading_that_is_disturbed_every_time_says_so(settings: Settings) -> None:
    """Given counters that are folded during each attempt, then the reader is told to come again."""
    watched = Watched()
    marks = iter(range(1000))

    def another_mark(name: str, _request: dict[str, Any]) -> None:
        if name == "get_item":
            item = {**fold_mark_key("all").typed(), "version": {"N": str(next(marks))}}
            boto3.client("dynamodb").put_item(TableName=settings.table_name, Item=item)

    watched.before = another_mark
    with pytest.raises(Unavailable):
        month.read(Reader(counters(settings, watched)), "")


def test_a_day_with_too_many_groups_stays_as_it_is(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a day's item that would grow too large, then nothing is moved, and the figures stay right."""
    sessions = month.make_sessions(3)
    month.record([fact for one in sessions for fact in month.tell(one)], FigureTable(settings))
    monkeypatch.setattr("relief.measure.figures.fold._MOST_BYTES", 10)
    assert fold(counters(settings, Watched()), LONG) == 0
    assert month.differences(sessions, Reader(counters(settings, Watched())), "") == []


def test_folding_stops_in_time_and_goes_on_later(settings: Settings) -> None:
    """Given no time, then nothing is moved; given time again, everything is."""
    sessions = month.make_sessions(2)
    month.record([fact for one in sessions for fact in month.tell(one)], FigureTable(settings))
    assert fold(counters(settings, Watched()), -1) == 0
    assert fold(counters(settings, Watched()), LONG) > 0


def test_what_is_folded_expires_with_its_day(settings: Settings) -> None:
    """Given folded counters, then each item has a time to live: the day's end of life."""
    month.record(list(month.tell(month.make_sessions(1)[0])), FigureTable(settings))
    fold(counters(settings, Watched()), LONG)
    items = boto3.client("dynamodb").scan(TableName=settings.table_name)["Items"]
    assert all("expires_at" in item for item in items)
    assert any("#folded" in item["pk"]["S"] for item in items)


def test_the_recorder_has_counters_folded_now_and_then(settings: Settings) -> None:
    """Given a batch long after the last fold, then it is folded; one soon after is not; a table that fails is no harm."""
    seconds = iter([0.0, 1.0, 100.0, 100.0, 101.0])
    table = FigureTable(settings)
    recorder = Recorder(table, clock=lambda: next(seconds))
    moved = []
    for session in month.make_sessions(3):
        recorder.record(list(month.tell(session)))
        items = boto3.client("dynamodb").scan(TableName=settings.table_name)["Items"]
        moved.append(sum("#folded" in item["pk"]["S"] for item in items))
    assert moved[0] == 0
    assert moved[1] > 0
    assert moved[2] == moved[1]
    boto3.client("dynamodb").delete_table(TableName=settings.table_name)
    table.tidy()
