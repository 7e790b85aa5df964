"""Kills the incident function in the middle of its work, at the places where it hurts."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from relief.store.bus import Bus
from relief.store.incidents import IncidentTable


class Killed(Exception):
    """The function was killed here."""


class Plan:
    """Kills at the n-th call, once, and counts how often it did."""

    def __init__(self, at: int) -> None:
        """Kill at this call."""
        self._lock = threading.Lock()
        self._calls = 0
        self._at = at
        self.kills = 0

    def strikes(self) -> bool:
        """Count a call; tell whether it is the one."""
        with self._lock:
            self._calls += 1
            struck = self._calls == self._at
            self.kills += struck
            return struck


@contextlib.contextmanager
def killed_on_the_way(*, after_move: int, after_telling: int) -> Iterator[tuple[Plan, Plan]]:
    """Kill the function once after a hand-over was moved, before anybody was told, and once after telling, unnoted.

    Args:
        after_move: At which move.
        after_telling: At which batch of ten customers.
    """
    moved, told = Plan(after_move), Plan(after_telling)
    commit: Callable[..., bool] = IncidentTable.commit
    publish: Callable[..., list[bool]] = Bus.publish_all

    def commit_and_die(self: IncidentTable, writes: Any) -> bool:
        answer = commit(self, writes)
        if len(writes) > 1 and "FOLLOWUP#" in str(writes[-1]) and "Put" in writes[-1] and moved.strikes():
            message = "after a move"
            raise Killed(message)
        return answer

    def publish_and_die(self: Bus, changes: Any) -> list[bool]:
        answer = publish(self, changes)
        if changes and told.strikes():
            message = "after telling"
            raise Killed(message)
        return answer

    with (
        mock.patch.object(IncidentTable, "commit", commit_and_die),
        mock.patch.object(Bus, "publish_all", publish_and_die),
    ):
        yield moved, told
