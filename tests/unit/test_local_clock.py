"""Schedules fire by the clock where somebody wants them to."""

import time
from pathlib import Path

import pytest

from tests.local import LocalStack, template
from tests.local.clock import Clock
from tests.local.parts import RuleTarget
from tests.unit.conftest import SAMPLE


class Watch:
    """A clock's face that the test turns, and what was fired."""

    def __init__(self, **intervals: float | None) -> None:
        self.seconds = 1000.0
        self.fired: list[str] = []
        targets = [RuleTarget(name, f"arn:{name}", None, None, every) for name, every in intervals.items()]
        self.clock = Clock(targets, lambda target: self.fired.append(target.rule), lambda: self.seconds)

    def after(self, seconds: float) -> list[str]:
        """Turn the clock on; return what that fires."""
        self.seconds += seconds
        self.fired = []
        self.left = self.clock.fire_due()
        return self.fired


def test_each_schedule_fires_when_its_interval_has_passed_and_again() -> None:
    watch = Watch(minute=60, hour=3600, disabled=None)

    assert watch.after(59) == []
    assert watch.left == 1
    assert watch.after(1) == ["minute"]
    assert watch.after(60) == ["minute"]
    assert [watch.after(60) for _ in range(58)] == [["minute"]] * 57 + [["minute", "hour"]]


def test_a_machine_that_slept_fires_once_for_all_that_it_missed() -> None:
    watch = Watch(minute=60)

    assert watch.after(600.5) == ["minute"]
    assert watch.after(0) == []
    assert watch.left is not None
    assert watch.left <= 60


def test_without_schedules_there_is_nothing_to_wait_for() -> None:
    assert Watch(disabled=None).clock.fire_due() is None


@pytest.mark.parametrize("clock", [True, False])
def test_a_stack_fires_by_the_clock_if_it_is_told_to(
    issuer_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    clock: bool,  # noqa: FBT001 - a column of the table
) -> None:
    monkeypatch.setitem(template._UNIT_SECONDS, "hour", 0.05)
    with LocalStack.start(SAMPLE, issuer_file=issuer_file, clock=clock) as stack:
        ends = time.monotonic() + (5 if clock else 0.3)
        hourly = {"pk": "EVENT", "sk": "hourly"}
        while hourly not in stack.items() and time.monotonic() < ends:
            time.sleep(0.02)
        assert (hourly in stack.items()) is clock
