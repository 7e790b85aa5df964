"""One running stack for all end-to-end tests, and a caller for each."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from relief.api.services import load_services
from relief.contracts.decision import TurnResponse
from relief.settings import load_settings
from tests.local.replay import call, worklist
from tests.local.stack import LocalStack

SCOPES = (
    "relief/turns relief/handoffs relief/context.agent relief/context.customer relief/context.supervisor relief/erase "
    "relief/incidents"
)
_numbers = itertools.count(1)

Post = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="package")
def stack() -> Iterator[LocalStack]:
    """The running application."""
    forget_environment()
    with LocalStack.start(environment={"POWERTOOLS_LOG_LEVEL": "CRITICAL", "OFFER_SECONDS": "2"}) as running:
        yield running
    forget_environment()


def forget_environment() -> None:
    """Forget what an earlier stack of this process had in its environment, as a new process would."""
    load_settings.cache_clear()
    load_services.cache_clear()


@pytest.fixture(autouse=True)
def _no_faults_left(stack: LocalStack) -> Iterator[None]:
    yield
    stack.faults.clear()
    stack.drain()


@pytest.fixture
def session_id() -> str:
    """A session that no other test uses."""
    return f"session-{next(_numbers)}"


class Caller:
    """An integrator's bot: posts turns with a token."""

    def __init__(self, stack: LocalStack) -> None:
        self.stack = stack
        self.token = stack.token(SCOPES)

    def post(self, session_id: str, token: str | None = None, **body: Any) -> tuple[int, Any]:
        """Post a turn and return status and body."""
        document = {"turn_id": "t1", "channel": "web_chat", **body}
        return call(self.stack, "POST", f"/v1/sessions/{session_id}/turns", token or self.token, document)

    def turn(self, session_id: str, text: str | None = None, **body: Any) -> TurnResponse:
        """Post a turn that must be answered with 200."""
        status, answer = self.post(session_id, **({"text": text} if text is not None else {}), **body)
        assert status == 200, answer
        return TurnResponse.model_validate(answer)

    def handed_over(self, session_id: str) -> list[dict[str, Any]]:
        """Return this session's hand-overs on the work list, once everything under way has arrived."""
        self.stack.drain()
        return [one for one in worklist(self.stack, self.token) if one["session_id"] == session_id]


@pytest.fixture
def caller(stack: LocalStack) -> Caller:
    """A caller with every scope that the routes need."""
    return Caller(stack)
