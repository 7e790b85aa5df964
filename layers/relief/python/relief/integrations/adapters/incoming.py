"""What every adapter does: make a turn of what came, have it decided in time, and answer whatever happens."""

import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple, Protocol

from pydantic import TypeAdapter, ValidationError

from relief.contracts.decision import TurnResponse
from relief.contracts.model import Identifier
from relief.contracts.turn import MAX_TEXT_CHARACTERS
from relief.errors import RequestInvalid, RequestTooLarge
from relief.observability import logger

_MAX_FACT_CHARACTERS: Final = 200
_MAX_FACTS: Final = 40
_MAX_NAME: Final = 64
_HASH_CHARACTERS: Final = 32
_MAX_TEXT_BYTES: Final = 16 * 1024
"""Leaves half of a request's limit to escapes and everything else."""

_IDENTIFIER: Final = TypeAdapter(Identifier)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]+")
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8}){0,3}")


class Turns(Protocol):
    """Decides turns: ``relief.api.turns.TurnService``, the same one that the HTTP API calls."""

    def accept(self, session_id: str, body: bytes, now: datetime) -> TurnResponse:
        """Return the decision on a turn."""


class Incoming(NamedTuple):
    """A turn as an adapter has read it."""

    session_id: str
    document: dict[str, Any]


def decide(turns: Turns, incoming: Incoming, now: datetime) -> TurnResponse | None:
    """Return the decision; ``None`` when there is none to be had, which means: a person takes over.

    Whatever a vendor puts into its event, the customer's words are worth a decision: a turn that the service refuses is
    sent again with nothing else.
    """
    for document in (incoming.document, _essence(incoming.document)):
        try:
            return turns.accept(incoming.session_id, _encode(document), now)
        except (RequestInvalid, RequestTooLarge) as error:
            logger.warning("a turn from an adapter was refused", fields=[one.field for one in error.errors])
        except Exception as error:  # noqa: BLE001 - an adapter always answers
            logger.error("a turn from an adapter failed", error_type=type(error).__name__)
            return None
    return None


def decide_in_time(turns: Turns, incoming: Incoming, now: datetime, seconds: float) -> TurnResponse | None:
    """Return the decision, or ``None`` when there is none after so many seconds.

    What is under way by then goes on: the workflow hands over by itself, and the vendor's own queue has the customer.
    """
    return within(lambda: decide(turns, incoming, now), seconds)


def within(work: Callable[[], TurnResponse | None], seconds: float) -> TurnResponse | None:
    """Return what work returns, ``None`` when it takes longer than so many seconds."""
    pool = ThreadPoolExecutor(1)
    try:
        running: Future[TurnResponse | None] = pool.submit(work)
        return running.result(seconds)
    except TooLate:
        logger.error("a turn from an adapter took too long")
        return None
    finally:
        pool.shutdown(wait=False)


def as_identifier(value: str, kind: str) -> str:
    """Return an identifier as it is where Relief takes it, else a hash of it: the same each time."""
    try:
        return _IDENTIFIER.validate_python(value)
    except ValidationError:
        return f"{kind}-{sha256(value.encode('utf-8', 'replace')).hexdigest()[:_HASH_CHARACTERS]}"


def as_name(value: str) -> str | None:
    """Return a vendor's name in small letters with underscores; ``None`` when nothing of a name is left."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", value)
    name = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")[:_MAX_NAME]
    return name if name and name[0].isalpha() else None


def as_locale(value: str) -> str | None:
    """Return a locale where it is one."""
    return value if _LOCALE.fullmatch(value) else None


def as_text(value: str) -> str:
    """Return what the customer wrote, cut to what a turn may have; control characters say nothing."""
    cut = _CONTROLS.sub(" ", value[:MAX_TEXT_CHARACTERS])
    return cut.encode("utf-8", "replace")[:_MAX_TEXT_BYTES].decode("utf-8", "ignore")


def as_facts(values: Mapping[str, str]) -> dict[str, str]:
    """Return values under names that Relief takes; what is too long to be a fact is none."""
    named = ((as_name(name), value) for name, value in values.items())
    facts = {name: value for name, value in named if name and value and len(value) <= _MAX_FACT_CHARACTERS}
    return dict(list(facts.items())[:_MAX_FACTS])


def without_blanks(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document without what is empty."""
    return {name: value for name, value in document.items() if value not in (None, "", [], {})}


def _encode(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")


def _essence(document: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: document[name] for name in ("turn_id", "channel", "text") if name in document}
    return kept if "text" in kept else {**kept, "bot": {}}
