"""One running stack for all end-to-end tests, and a caller for each."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from relief.api.services import load_services
from relief.api.webhooks import load_webhooks
from relief.contracts.decision import TurnResponse
from relief.decide.policy import SHIPPED_POLICY, load_policy
from relief.deliver.batch import load_batch
from relief.settings import load_settings
from tests.local.replay import call, worklist
from tests.local.stack import LocalStack

SCOPES = (
    "relief/turns relief/handoffs relief/context.agent relief/context.customer relief/context.supervisor relief/erase "
    "relief/reviews relief/policies relief/metrics relief/incidents"
)
_numbers = itertools.count(1)

Post = Callable[..., tuple[int, Any]]


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The running application."""
    forget_environment()
    environment = {
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
        "OFFER_SECONDS": "2",
        # The policy is read with every turn, so that a test need not wait for a switch to be seen.
        "POLICY_SECONDS": "0",
        "RELIEF_POLICY": str(policy_without_reviews(tmp_path_factory.mktemp("policy"))),
    }
    with LocalStack.start(environment=environment) as running:
        yield running
    forget_environment()


def policy_without_reviews(folder: Path) -> Path:
    """Write the shipped policy with every journey autonomous: chance must not add a review to what a test counts."""
    shipped = SHIPPED_POLICY.read_text(encoding="utf-8")
    assert shipped.count("stage: supervised") == 1
    path = folder / "autonomous.yaml"
    path.write_text(shipped.replace("stage: supervised", "stage: autonomous"), encoding="utf-8")
    return path


def forget_environment() -> None:
    """Forget what an earlier stack of this process had in its environment, as a new process would."""
    load_policy.cache_clear()
    load_settings.cache_clear()
    load_services.cache_clear()
    load_batch.cache_clear()
    load_webhooks.cache_clear()


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
