"""The policy in force, as a function holds it: read anew now and then, and never missing."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from relief.decide.agreement import Agreement, Agreements
from relief.decide.policy import Policy, load_policy, open_policy
from relief.errors import DataFileInvalid
from relief.store.ports import PolicyReader, PolicyReading, PolicyUnavailable

RETRY_SECONDS: Final = 5.0
"""After a reading that failed: long enough that turns do not all wait for a table that is down."""


class InForce(NamedTuple):
    """The policy that decides now."""

    policy: Policy
    judgement: str
    """Fingerprint of what judges, see ``Policy.judgement``."""
    agreements: Agreements
    degraded: bool = False
    """Whether the stored one could not be had, and the last good one decides instead."""


def shipped_in_force() -> InForce:
    """Return the policy that the installation was shipped with, without any verdicts.

    Raises:
        DataFileInvalid: its file does not validate.
    """
    policy = load_policy()
    return InForce(policy, policy.judgement, {})


class PolicySource:
    """Gives the policy in force. One process holds one."""

    def __init__(self, reader: PolicyReader, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Read at most once in so many ``seconds``; ``clock`` counts them."""
        self._reader = reader
        self._seconds = seconds
        self._clock = clock
        self._held: InForce | None = None
        self._content = ""
        self._due = 0.0

    def current(self, now: datetime) -> InForce:
        """Return the policy in force: as it was read at most so many seconds ago, else the last good one.

        Raises:
            DataFileInvalid: nothing else can be had, and the shipped file does not validate.
        """
        if self._held is not None and self._clock() < self._due:
            return self._held
        if self._held is None:
            self._held = shipped_in_force()
            self._content = self._held.policy.content
        try:
            self._held = self._read(self._held, now)
            self._due = self._clock() + self._seconds
        except (PolicyUnavailable, DataFileInvalid):
            self._held = self._held._replace(degraded=True)
            self._due = self._clock() + min(self._seconds, RETRY_SECONDS)
        return self._held

    def _read(self, held: InForce, now: datetime) -> InForce:
        reading = self._reader.read_in_force(held.judgement, now)
        content = reading.active.content if reading.active else load_policy().content
        if content == self._content:
            return InForce(held.policy, held.judgement, count_agreements(reading))
        policy = open_policy(reading.active.document, reading.active.version) if reading.active else load_policy()
        judgement = policy.judgement
        if judgement != held.judgement:
            # What was read along are verdicts on another judgement.
            reading = self._reader.read_in_force(judgement, now)
        self._content = content
        return InForce(policy, judgement, count_agreements(reading))


def count_agreements(reading: PolicyReading) -> Agreements:
    """Return the agreement by journey."""
    return {journey: Agreement(*counts) for journey, counts in reading.counts.items()}
