"""Who answers the turns of a trial: the stages in this process, a running API, or a baseline."""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from secrets import token_bytes, token_hex
from typing import Final, Protocol

from pydantic import SecretBytes

from relief.api.turns import TurnService
from relief.contracts.decision import TurnResponse
from relief.contracts.turn import TurnRequest
from relief.detect.replay import Classify
from relief.errors import ReliefError
from relief.measure.trial.memory import MemoryTable, StagesInProcess
from relief.privacy.references import ReferenceKeys
from relief.settings import Settings

_FIRST_MOMENT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_PAUSE_SECONDS: Final = 30
_KEY_BYTES: Final = 32
_TIMEOUT_SECONDS: Final = 15


class TurnRefused(ReliefError):
    """A turn of a conversation got no answer; the message says why."""


class TurnRunner(Protocol):
    """Answers the turns of conversations, one after the other."""

    def begin(self, session_id: str) -> None:
        """Begin a conversation. What earlier ones left behind is forgotten."""

    def take(self, turn: TurnRequest) -> TurnResponse:
        """Return the answer to the next turn.

        Raises:
            TurnRefused: there is none.
        """

    def stored(self) -> str | None:
        """Return everything that is stored of the conversation as text; ``None`` where that cannot be seen."""


class InProcessRunner:
    """Relief's own turn service, stages and store logic, with a table in memory: no container, no network.

    The clock is the conversation's: a turn's ``at``, or half a minute after the turn before.
    """

    def __init__(self, classify: Classify) -> None:
        """Keep the classifier, which answers ``None`` where there is no model."""
        self._classify = classify
        self.begin("")

    def begin(self, session_id: str) -> None:
        """Begin a conversation with an empty table."""
        settings = Settings(table_name="table")
        self._session_id = session_id
        self._now: datetime | None = None
        self._table = MemoryTable()
        workflow = StagesInProcess(settings, self._table, self._classify)
        keys = ReferenceKeys(current="k1", keys={"k1": SecretBytes(token_bytes(_KEY_BYTES))})
        self._service = TurnService(settings, lambda: keys, self._table, workflow, self._table)

    def take(self, turn: TurnRequest) -> TurnResponse:
        """Return the answer to the next turn.

        Raises:
            TurnRefused: the service refuses it.
        """
        following = self._now + timedelta(seconds=_PAUSE_SECONDS) if self._now else _FIRST_MOMENT
        self._now = max(turn.at or following, self._now or datetime.min.replace(tzinfo=UTC))
        try:
            return self._service.accept(self._session_id, turn.model_dump_json(exclude_none=True).encode(), self._now)
        except ReliefError as error:
            raise TurnRefused(error.detail, error.errors) from error

    def stored(self) -> str | None:
        """Return the table's items as JSON."""
        return self._table.as_text()


class HttpRunner:
    """A running API. Each run's sessions have names of their own, so that a run can be repeated."""

    def __init__(self, url: str, token: str) -> None:
        """Keep the base URL and an access token with the scope ``relief/turns``."""
        self._url = url.rstrip("/")
        self._token = token
        self._run = token_hex(3)
        self._session_id = ""

    def begin(self, session_id: str) -> None:
        """Begin a conversation."""
        self._session_id = f"{session_id[:56]}-{self._run}"

    def take(self, turn: TurnRequest) -> TurnResponse:
        """Return the API's answer to the next turn.

        Raises:
            TurnRefused: the API refuses it, answers nonsense, or not at all.
        """
        request = urllib.request.Request(  # noqa: S310 - the address is the user's own
            f"{self._url}/v1/sessions/{self._session_id}/turns",
            data=turn.model_dump_json(exclude_none=True).encode(),
            method="POST",
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                return TurnResponse.model_validate(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                status = HTTPStatus(error.code)
                message = f"the API answered {status.value} {status.phrase}: {error.read().decode(errors='replace')}"
            raise TurnRefused(message) from error
        except (OSError, ValueError) as error:
            message = f"the API at {self._url} gave no answer that can be read: {error}"
            raise TurnRefused(message) from error

    def stored(self) -> str | None:
        """Return ``None``: what an API stores cannot be seen from outside."""
        return None
