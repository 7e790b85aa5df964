"""How sessions end, as callers report it: recorded once, whatever is repeated."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from relief.api.requests import parse_body, parse_document
from relief.api.turns import SessionPath
from relief.contracts.outcome import RecordedOutcome, SessionOutcome
from relief.errors import NotFound, ReliefError, Unavailable
from relief.observability import logger
from relief.store.ports import OutcomeStore

_Result = TypeVar("_Result")

Offer = Callable[[RecordedOutcome, datetime], object]
"""Puts a conversation that has ended before reviewers, if it is in the sample."""


class OutcomeService:
    """Everything that an outcome needs."""

    def __init__(self, store: OutcomeStore, offer: Offer) -> None:
        """Keep the store and what offers a conversation for audit; nothing is called yet."""
        self._store = store
        self._offer = offer

    def take(self, session_id: str, body: bytes, now: datetime) -> RecordedOutcome:
        """Return the outcome that counts. The same report again writes nothing; an end before a known one is late.

        Raises:
            RequestTooLarge, RequestNotJson, RequestInvalid: the body cannot be accepted.
            NotFound: nothing is stored about the session.
            Unavailable: the table does not answer.
        """
        session_id = parse_document({"session_id": session_id}, SessionPath).session_id
        outcome = parse_body(body, SessionOutcome)
        return _try(lambda: self._record(session_id, outcome, now))

    def _record(self, session_id: str, outcome: SessionOutcome, now: datetime) -> RecordedOutcome:
        known = self._store.find_outcome(session_id, now)
        if known is not None and _says_the_same(known, outcome):
            return known
        if known is None and not self._store.has_session(session_id, now):
            message = "Nothing is stored about this session, or its time to live has passed."
            raise NotFound(message)
        record = RecordedOutcome(
            session_id=session_id,
            received_at=now,
            outcome=outcome.outcome,
            at=min(outcome.at or now, now),
            effort_score=outcome.effort_score,
        )
        if self._store.record_outcome(record):
            logger.info("session outcome", outcome=record.outcome.value)
            self._sample(record, now)
            return record
        return self._store.find_outcome(session_id, now) or record

    def _sample(self, record: RecordedOutcome, now: datetime) -> None:
        """Offer the conversation for audit. The outcome is recorded whatever becomes of that."""
        try:
            self._offer(record, now)
        except ReliefError as error:
            logger.warning("not offered for audit", error_type=type(error).__name__)


def _says_the_same(known: RecordedOutcome, outcome: SessionOutcome) -> bool:
    """Tell whether a report repeats what is known; one without a time repeats that of any time."""
    same = (known.outcome, known.effort_score) == (outcome.outcome, outcome.effort_score)
    return same and outcome.at in {None, known.at}


def _try(attempt: Callable[[], _Result]) -> _Result:
    try:
        return attempt()
    except (BotoCoreError, ClientError) as error:
        message = "The table does not answer. Send the same request again."
        raise Unavailable(message) from error
