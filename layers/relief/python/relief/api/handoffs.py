"""What desks report of hand-overs: validate, redact, pass on; and the verdicts of the people who took over."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from relief.api.requests import parse_body
from relief.contracts.ownership import HandoffEvent, HandoffEventAnswer, HandoffFeedback, RecordedFeedback
from relief.errors import NotFound, Unavailable
from relief.observability import logger
from relief.privacy.redact import redact
from relief.privacy.references import ReferenceKeys
from relief.route.desk import Desk, Signed
from relief.settings import Settings
from relief.store.keys import feedback_key
from relief.store.ports import OwnershipStore
from relief.store.writes import Write, check_handoff, put_feedback

_Result = TypeVar("_Result")
_AGENT = "agent"
_EVENT = "event"
"""Purposes of keyed hashes: neither joins with a customer's reference."""


class HandoffService:
    """Everything that events and verdicts need, bound to one installation."""

    def __init__(
        self, settings: Settings, keys: Callable[[], ReferenceKeys | None], desk: Desk, store: OwnershipStore
    ) -> None:
        """Keep the ports; nothing is called yet. ``keys`` gives ``None`` while the keys cannot be had."""
        self._settings = settings
        self._keys = keys
        self._desk = desk
        self._store = store

    def take_event(self, handoff_id: str, body: bytes, now: datetime) -> HandoffEventAnswer:
        """Return what became of an event.

        Raises:
            RequestTooLarge, RequestNotJson, RequestInvalid: the body cannot be accepted.
            NotFound, EventConflict, Unavailable: as ``relief.route.desk.Desk.take``.
        """
        event = parse_body(body, HandoffEvent)
        keys = self._keys()
        signed = Signed(
            event.model_copy(update={"note": redact(event.note).text if event.note else None, "agent_ref": None}),
            keys.hash(event.agent_ref, _AGENT) if keys and event.agent_ref else None,
            keys.hash(f"{handoff_id}\n{event.model_dump_json()}", _EVENT) if keys else "",
        )
        answer = _try(lambda: self._desk.take(handoff_id, signed, now))
        logger.info(
            "hand-over event",
            handoff_id=handoff_id,
            kind=event.kind.value,
            applied=answer.applied,
            state=answer.state.value,
        )
        return answer

    def take_feedback(self, handoff_id: str, body: bytes, now: datetime) -> RecordedFeedback:
        """Record a verdict. The same verdict again is the same; another one replaces it.

        Raises:
            RequestTooLarge, RequestNotJson, RequestInvalid: the body cannot be accepted.
            NotFound: there is no such hand-over.
            Unavailable: the table does not answer.
        """
        feedback = parse_body(body, HandoffFeedback)
        record = RecordedFeedback(handoff_id=handoff_id, received_at=now, feedback=feedback)
        known = feedback_key(handoff_id) is not None
        if not known or not _try(lambda: self._store.commit(self._writes(record))):
            message = "There is no such hand-over, or its time to live has passed."
            raise NotFound(message)
        return record

    def _writes(self, record: RecordedFeedback) -> list[Write]:
        there = check_handoff(record.handoff_id, record.received_at, self._settings)
        return [there, put_feedback(record, self._settings)]


def _try(attempt: Callable[[], _Result]) -> _Result:
    try:
        return attempt()
    except (BotoCoreError, ClientError) as error:
        message = "The table or the queue does not answer. Send the same request again."
        raise Unavailable(message) from error
