"""A running API answers the turns of a trial."""

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from secrets import token_hex
from typing import Any, Final

from relief.contracts.decision import TurnResponse
from relief.contracts.turn import TurnRequest
from relief.measure.staging import DeskReport, StagedEvent, StagedIncident
from relief.measure.trial.runner import TurnRefused

_TIMEOUT_SECONDS: Final = 15
_INCIDENT_LIFE: Final = timedelta(hours=1)
"""Life of a staged incident that nobody comes to end, because the run was cut off."""


class HttpRunner:
    """A running API. Each run's sessions and incidents have names of their own, so that a run can be repeated."""

    def __init__(self, url: str, token: str) -> None:
        """Keep the base URL and an access token.

        Turns need the scope ``relief/turns``; staged events ``relief/incidents`` and ``relief/handoffs`` too.
        """
        self._url = url.rstrip("/")
        self._token = token
        self._run = token_hex(3)
        self._conversation = 0
        self.begin("")

    def begin(self, session_id: str) -> None:
        """Begin a conversation."""
        self._session_id = f"{session_id[:56]}-{self._run}"
        self._conversation += 1
        self._handoff_id = ""
        self._events = 0

    def take(self, turn: TurnRequest) -> TurnResponse:
        """Return the API's answer to the next turn.

        Raises:
            TurnRefused: the API refuses it, answers nonsense, or not at all.
        """
        path = f"/v1/sessions/{self._session_id}/turns"
        try:
            answer = TurnResponse.model_validate(self._call("POST", path, turn.model_dump_json(exclude_none=True)))
        except ValueError as error:
            message = f"the API at {self._url} gave no answer that can be read: {error}"
            raise TurnRefused(message) from error
        self._handoff_id = answer.handoff.handoff_id if answer.handoff else self._handoff_id
        if answer.incident is not None:
            own = answer.incident.incident_id.removesuffix(self._suffix)
            notice = answer.incident.model_copy(update={"incident_id": own})
            answer = answer.model_copy(update={"incident": notice})
        return answer

    def stage(self, event: StagedEvent) -> None:
        """Let something happen now, by the API that operators and desks call.

        Raises:
            TurnRefused: the API refuses it.
        """
        if event.declare is not None:
            self._declare(event.declare)
        if event.end is not None:
            self._call("DELETE", f"/v1/incidents/{event.end}{self._suffix}?version=1&why=a+trial+is+over")
        if event.desk is not None and self._handoff_id:
            self._report(event.desk)

    def stored(self) -> str | None:
        """Return ``None``: what an API stores cannot be seen from outside."""
        return None

    @property
    def _suffix(self) -> str:
        return f"-{self._run}-{self._conversation}"

    def _declare(self, incident: StagedIncident) -> None:
        body = {
            **incident.model_dump(mode="json", exclude={"incident_id"}),
            "expires_at": (datetime.now(UTC) + _INCIDENT_LIFE).isoformat(),
        }
        answer = self._call("PUT", f"/v1/incidents/{incident.incident_id}{self._suffix}", json.dumps(body))
        if answer.get("state") != "active":
            message = f"incident {incident.incident_id} is {answer.get('state')}: another person has to confirm it"
            raise TurnRefused(message)

    def _report(self, report: DeskReport) -> None:
        self._events += 1
        body = report.event(f"e{self._events}").model_dump_json(exclude_none=True)
        self._call("POST", f"/v1/handoffs/{self._handoff_id}/events", body)

    def _call(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the address is the user's own
            f"{self._url}{path}",
            data=None if body is None else body.encode(),
            method=method,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
                return dict(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                status = HTTPStatus(error.code)
                message = f"the API answered {status.value} {status.phrase}: {error.read().decode(errors='replace')}"
            raise TurnRefused(message) from error
        except (OSError, ValueError) as error:
            message = f"the API at {self._url} gave no answer that can be read: {error}"
            raise TurnRefused(message) from error
