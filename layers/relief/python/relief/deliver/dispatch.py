"""Deliver a hand-over to every desk that takes its queue: claim, send, note; nothing twice, nothing lost.

A claim is a conditional write, so one delivery at a time is made, and none of a hand-over that was erased. What stays
is the gap between a desk's taking it and the note of that: a process that dies there, or an answer that never comes,
leads to a second attempt with the same idempotency key, which the desk (or what its module asks first) must
recognise.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from relief.contracts.targets import DeliveryRecord, DeliveryState, TargetConfig
from relief.errors import DeliveryDelayed, DeliveryRefused
from relief.integrations.sender import Sender
from relief.observability import logger
from relief.route.assign import SAFETY_FIRST
from relief.store.ports import DeliveryStore

LEASE_SECONDS: Final = 30
"""How long a claim holds: longer than the deliver function may run, shorter than a message stays invisible."""


class Dispatcher:
    """Delivers to the desks of one installation."""

    def __init__(
        self,
        targets: Sequence[TargetConfig],
        store: DeliveryStore,
        sender: Sender,
        now: Callable[[], datetime],
    ) -> None:
        """Keep the ports; nothing is called yet."""
        self._targets = targets
        self._store = store
        self._sender = sender
        self._now = now

    def deliver(self, handoff_id: str, queue: str, until: float = float("inf")) -> None:
        """Deliver to each desk that has not got it. ``until``: when to begin nothing more, on ``time.monotonic``.

        Raises:
            DeliveryDelayed: a desk has not got it yet; the same message again goes on with it. It says for how long
                every desk that is left asked to be left alone; one that did not ask is tried at the usual pace.
            DeliveryRefused: a desk will not take it, and every other one has it.
        """
        failures: list[DeliveryDelayed | DeliveryRefused] = []
        for config in self._targets:
            if not config.takes(queue):
                continue
            try:
                self._deliver(handoff_id, queue, config, until)
            except (DeliveryDelayed, DeliveryRefused) as error:
                failures.append(error)
                logger.warning(
                    "hand-over not delivered",
                    handoff_id=handoff_id,
                    target=config.name,
                    final=isinstance(error, DeliveryRefused),
                    reason=error.detail,
                )
        # Delays first, the shortest before all: the message comes again for their sake, and finds the refusals noted.
        for failure in sorted(failures, key=_patience):
            raise failure

    def _deliver(self, handoff_id: str, queue: str, config: TargetConfig, until: float) -> None:
        now = self._now()
        handoff, record = self._store.read(handoff_id, config.name, now)
        if handoff is None or (record and record.state is DeliveryState.delivered):
            logger.info("hand-over delivered before, or erased", handoff_id=handoff_id, target=config.name)
            return
        if handoff.reason in SAFETY_FIRST and handoff.queue != queue:
            # It has moved to the people whom a danger concerns; its own message brings it to their desks.
            logger.info("hand-over waits elsewhere now", handoff_id=handoff_id, target=config.name)
            return
        claim = claim_delivery(handoff_id, config.name, record, now)
        if not self._store.write(claim, now):
            message = "somebody else delivers it"
            raise DeliveryDelayed(message)
        steps = claim.steps
        try:
            for _ in self._sender.send(handoff, config, claim, until):
                steps += 1
        except (DeliveryDelayed, DeliveryRefused) as error:
            state = DeliveryState.refused if isinstance(error, DeliveryRefused) else DeliveryState.open
            self._note(claim, state, steps, error.detail, wait=_wait(error))
            raise
        self._note(claim, DeliveryState.delivered, steps, "")
        logger.info("hand-over delivered", handoff_id=handoff_id, target=config.name, attempts=claim.attempts)

    def _note(self, claim: DeliveryRecord, state: DeliveryState, steps: int, reason: str, *, wait: float = 0) -> None:
        now = self._now()
        changes = {
            "state": state,
            "version": claim.version + 1,
            "steps": steps,
            "lease_until": None,
            "wait_until": now + timedelta(seconds=wait) if wait else None,
            "delivered_at": now if state is DeliveryState.delivered else None,
            "reason": reason,
        }
        if not self._store.write(claim.model_copy(update=changes), now):
            # Erased meanwhile, or so late that another attempt has begun: what was noted then holds.
            logger.warning("a delivery's outcome came too late", handoff_id=claim.handoff_id, target=claim.target)


def claim_delivery(handoff_id: str, target: str, record: DeliveryRecord | None, now: datetime) -> DeliveryRecord:
    """Return the claim that follows on what is known of a delivery.

    Raises:
        DeliveryRefused: the desk refused it for good; ``relief.deliver redrive`` opens it again.
        DeliveryDelayed: somebody else holds it, or the desk asked to be left alone.
    """
    if record is None:
        record = DeliveryRecord(handoff_id=handoff_id, target=target, state=DeliveryState.open, version=0)
    if record.state is DeliveryState.refused:
        raise DeliveryRefused(record.reason)
    if record.state is DeliveryState.claimed and record.lease_until is not None and record.lease_until > now:
        message = "somebody else delivers it"
        raise DeliveryDelayed(message)
    if record.wait_until is not None and record.wait_until > now:
        raise DeliveryDelayed(record.reason, (record.wait_until - now).total_seconds())
    changes = {
        "state": DeliveryState.claimed,
        "version": record.version + 1,
        "attempts": record.attempts + 1,
        "lease_until": now + timedelta(seconds=LEASE_SECONDS),
    }
    return record.model_copy(update=changes)


def _wait(failure: DeliveryDelayed | DeliveryRefused) -> float:
    return failure.wait_seconds or 0 if isinstance(failure, DeliveryDelayed) else 0


def _patience(failure: DeliveryDelayed | DeliveryRefused) -> tuple[bool, float]:
    return isinstance(failure, DeliveryRefused), _wait(failure)


def remaining(seconds: float) -> float:
    """Return the moment in so many seconds on the clock that ``until`` is on."""
    return time.monotonic() + seconds
