"""Deliver a hand-over to every desk that takes its queue: claim, send, note; nothing twice, nothing lost.

A claim is a conditional write, so one delivery at a time is made, and none of a hand-over that was erased. What stays
is the gap between a desk's taking it and the note of that: a process that dies there, or an answer that never comes,
leads to a second attempt with the same idempotency key, which the desk (or what its module asks first) must
recognise.

A desk that has a hand-over is told when it moves to another queue or lane, whoever moved it. What counts is the end
state: where it waits now against what the desk was told last. So a move is told once, two moves that come together are
one, and a message that comes late or twice changes nothing.
"""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from relief.contracts.handoff import Handoff
from relief.contracts.targets import DeliveryRecord, DeliveryState, TargetConfig
from relief.contracts.vocabulary import HandoffState
from relief.errors import DeliveryDelayed, DeliveryRefused
from relief.integrations.sender import Sender
from relief.observability import logger
from relief.store.ports import DeliveryStore

LEASE_SECONDS: Final = 30
"""How long a claim holds: longer than the deliver function may run, shorter than a message stays invisible."""

_WAITING: Final = frozenset({HandoffState.requested, HandoffState.queued, HandoffState.offered})


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

    def deliver(self, handoff_id: str, until: float = float("inf")) -> None:
        """Deliver to each desk that takes it and has not got it; tell each that has it where it waits now.

        ``until`` is when to begin nothing more, on the clock of ``time.monotonic``.

        Raises:
            DeliveryDelayed: a desk has not got it yet; the same message again goes on with it. It says for how long
                every desk that is left asked to be left alone; one that did not ask is tried at the usual pace.
            DeliveryRefused: a desk will not take it, and every other one has it.
        """
        failures: list[DeliveryDelayed | DeliveryRefused] = []
        for config in self._targets:
            try:
                self._deliver(handoff_id, config, until)
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

    def _deliver(self, handoff_id: str, config: TargetConfig, until: float) -> None:
        """Bring one desk up to date."""
        # Twice where a hand-over has moved between two steps of its first delivery: that is ended first.
        for _ in range(2):
            now = self._now()
            handoff, record = self._store.read(handoff_id, config.name, now)
            if handoff is None or not _is_due(handoff, record, config):
                return
            if self._attempt(handoff, record, config, until, now):
                return

    def _attempt(
        self, handoff: Handoff, record: DeliveryRecord | None, config: TargetConfig, until: float, now: datetime
    ) -> bool:
        """Make one attempt; tell whether the desk knows by it where the hand-over waits."""
        handoff_id = handoff.handoff_id
        claim = claim_delivery(handoff_id, config.name, record, place_of(handoff), now)
        if not self._store.write(claim, now):
            message = "somebody else delivers it"
            raise DeliveryDelayed(message)
        done = _Done(claim.steps, claim.names)
        try:
            for names in self._sender.send(handoff, config, claim, until):
                done = _Done(done.steps + 1, dict(names))
        except (DeliveryDelayed, DeliveryRefused) as error:
            state = DeliveryState.refused if isinstance(error, DeliveryRefused) else DeliveryState.open
            self._note(claim, state, done, error.detail, wait=_wait(error))
            raise
        self._note(claim, DeliveryState.delivered, done, "")
        logger.info(
            "desk told of a move" if claim.moves else "hand-over delivered",
            handoff_id=handoff_id,
            target=config.name,
            attempts=claim.attempts,
            calls=done.steps,
        )
        return claim.telling == place_of(handoff)

    def _note(
        self, claim: DeliveryRecord, state: DeliveryState, done: "_Done", reason: str, *, wait: float = 0
    ) -> None:
        now = self._now()
        changes = {
            "state": state,
            "version": claim.version + 1,
            "steps": done.steps,
            "names": done.names,
            "told": claim.telling if state is DeliveryState.delivered else claim.told,
            "lease_until": None,
            "wait_until": now + timedelta(seconds=wait) if wait else None,
            "delivered_at": now if state is DeliveryState.delivered else None,
            "reason": reason,
        }
        if not self._store.write(claim.model_copy(update=changes), now):
            # Erased meanwhile, or so late that another attempt has begun: what was noted then holds.
            logger.warning("a delivery's outcome came too late", handoff_id=claim.handoff_id, target=claim.target)


class _Done(NamedTuple):
    """How far an attempt has come, and what the desk calls its record."""

    steps: int
    names: dict[str, str]


def place_of(handoff: Handoff) -> str:
    """Return where a hand-over waits, as deliveries note it."""
    return f"{handoff.queue}/{handoff.lane.value}"


def _is_due(handoff: Handoff, record: DeliveryRecord | None, config: TargetConfig) -> bool:
    """Tell whether a desk has something to learn of a hand-over.

    One that has not got it gets it if it takes the queue in which it waits now: after a move the old team's desks are
    left out. One that has it is told of a move while it still waits, whether it takes the new queue or not.
    """
    if record is None or not (record.told or record.state is DeliveryState.delivered):
        return config.takes(handoff.queue) or bool(record and record.steps)
    # What was delivered before places were noted is taken to be known.
    return record.told not in {"", place_of(handoff)} and handoff.state in _WAITING


def claim_delivery(
    handoff_id: str, target: str, record: DeliveryRecord | None, place: str, now: datetime
) -> DeliveryRecord:
    """Return the claim that follows on what is known of a delivery; ``place`` is where the hand-over waits.

    Raises:
        DeliveryRefused: the desk refused it for good; ``relief.deliver redrive`` opens it again.
        DeliveryDelayed: somebody else holds it, or the desk asked to be left alone.
    """
    if record is None:
        record = DeliveryRecord(handoff_id=handoff_id, target=target, state=DeliveryState.open, version=0)
    begun = bool(record.steps) and not record.told
    resumed = begun or record.telling in {"", place}
    if record.state is DeliveryState.refused and resumed:
        raise DeliveryRefused(record.reason)
    if record.state is DeliveryState.claimed and record.lease_until is not None and record.lease_until > now:
        message = "somebody else delivers it"
        raise DeliveryDelayed(message)
    if record.wait_until is not None and record.wait_until > now:
        raise DeliveryDelayed(record.reason, (record.wait_until - now).total_seconds())
    changes = {
        "state": DeliveryState.claimed,
        "version": record.version + 1,
        "attempts": record.attempts + 1 if resumed else 1,
        "steps": record.steps if resumed else 0,
        "telling": (record.telling or place) if begun else place,
        "moves": record.moves if resumed or not record.told else record.moves + 1,
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
