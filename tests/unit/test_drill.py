"""The drill is a check that can fail: each planted fault is found and named, and it ends when its time is up."""

import io
import re
import time
from collections import Counter
from typing import Final

import pytest

from tests.drill.account import Accounts, Place, check_rerouted, check_returned
from tests.drill.journal import Journal

HOME: Final = Place("billing#queued", "normal", None)
ORDERS: Final = Place("orders#queued", "normal", None)
THERE: Final = Place("crisis#queued", "crisis", "outage")
INSIDE: Final = {"h1": "s1", "h2": "s2"}
OUTSIDE: Final = {"h9": "s9"}
BEFORE: Final = {"h1": HOME, "h2": HOME, "h9": ORDERS}
MOVED: Final = {"h1": THERE, "h2": THERE, "h9": ORDERS}
TRAFFIC: Final = {"of-the-traffic": Place("billing#requested", "normal", None)}

Counts = dict[str, int]


@pytest.mark.parametrize(
    ("after", "moved", "told", "problem"),
    [
        (MOVED, {"h1": 1, "h2": 1}, {"s1": 1, "s2": 1}, None),
        (MOVED | TRAFFIC, {"h1": 1, "h2": 1}, {"s1": 1, "s2": 1, "of-the-traffic": 1}, None),
        ({"h1": THERE, "h9": ORDERS}, {"h1": 1, "h2": 1}, {"s1": 1, "s2": 1}, "1 are lost: h2"),
        ({"h1": THERE, "h9": ORDERS} | TRAFFIC, {"h1": 1, "h2": 1}, {"s1": 1, "s2": 1}, "1 are lost: h2"),
        (MOVED | {"h2": HOME}, {"h1": 1, "h2": 1}, {"s1": 1, "s2": 1}, "1 are not where the incident wants them: h2"),
        (MOVED | {"h9": THERE}, {"h1": 1, "h2": 1}, {"s1": 1, "s2": 1}, "1 are out of scope and have moved: h9"),
        (MOVED, {"h1": 1}, {"s1": 1, "s2": 1}, "1 were never moved: h2"),
        (MOVED, {"h1": 2, "h2": 1}, {"s1": 1, "s2": 1}, "1 were moved more than once: h1"),
        (MOVED, {"h1": 1, "h2": 1}, {"s1": 1}, "1 were never told: s2"),
        (MOVED, {"h1": 1, "h2": 1}, {"s1": 1, "s2": 3}, "1 were told more than once: s2"),
        (MOVED, {"h1": 1, "h2": 1}, {"s1": 1, "s2": 1, "s9": 1}, "1 are out of scope and were told: s9"),
    ],
)
def test_a_fault_on_the_way_in_is_found(
    after: dict[str, Place], moved: Counts, told: Counts, problem: str | None
) -> None:
    """Given one fault after the re-routing, or none, then that one is named, and everyday traffic is none."""
    accounts = Accounts(BEFORE, after, Counter(moved), Counter(told))
    assert check_rerouted(accounts, INSIDE, OUTSIDE, "crisis", "outage") == ([problem] if problem else [])


@pytest.mark.parametrize(
    ("after", "told", "problem"),
    [
        (BEFORE, {"s1": 1, "s2": 1}, None),
        (BEFORE | TRAFFIC, {"s1": 1, "s2": 1, "of-the-traffic": 1}, None),
        ({"h1": HOME, "h9": ORDERS}, {"s1": 1, "s2": 1}, "1 are lost: h2"),
        (BEFORE | {"h2": THERE}, {"s1": 1, "s2": 1}, "1 are not back where they were: h2"),
        (BEFORE | {"raced": THERE}, {"s1": 1, "s2": 1}, "1 are left with the incident: raced"),
        (BEFORE, {"s1": 1}, "1 were never told of the return: s2"),
        (BEFORE, {"s1": 2, "s2": 1}, "1 were told of the return more than once: s1"),
        (BEFORE, {"s1": 1, "s2": 1, "t": 2}, "1 of the traffic were told of the return more than once: t"),
    ],
)
def test_a_fault_on_the_way_back_is_found(after: dict[str, Place], told: Counts, problem: str | None) -> None:
    """Given one fault after the end, or none, then that one is named."""
    accounts = Accounts(BEFORE, after, Counter(), Counter(told))
    assert check_returned(accounts, INSIDE | OUTSIDE, {"s1", "s2"}) == ([problem] if problem else [])


def test_the_journal_tells_how_far_it_is_and_keeps_to_its_limit() -> None:
    """Given work that is counted, then its last line says how much and how fast; waits end with the time."""
    stream = io.StringIO()
    journal = Journal(0.2, stream)
    with journal.counting("moved", 40, lambda: 20):
        time.sleep(0.01)
    assert re.search(
        r"^\[ +\d+\.\d s\] moved: 20 of 40 after 0 s, \d+/s, about 0 s left$", stream.getvalue(), re.MULTILINE
    )
    journal.sleep(60)
    assert journal.left() == 0
