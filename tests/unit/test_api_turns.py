"""A turn at the edge: what is looked up before the workflow starts, with ports in memory."""

import base64
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from relief.api.turns import TurnService
from relief.contracts.states import Fallback, TurnExecution, TurnKeys, TurnOutcome
from relief.privacy.references import CUSTOMER, ReferenceKeys
from relief.store.keys import context_key, decision_id, session_partition
from relief.store.ports import Before
from tests.pipeline import SETTINGS

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)
KEYS = ReferenceKeys.model_validate(
    {"current": "k2", "keys": {name: base64.b64encode(name.encode() * 16).decode() for name in ("k1", "k2")}}
)


class FakeDecisions:
    """Knows the customer's last session, and notes what it is asked."""

    def __init__(self, session: str | None) -> None:
        self.session = session
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def find_before(self, decision_id: str, customers: Sequence[str], now: datetime) -> Before:
        self.asked.append((decision_id, tuple(customers)))
        return Before(None, self.session)


class FakeWorkflow:
    """Answers with the prepared hand-over, and keeps its input."""

    def __init__(self) -> None:
        self.executions: list[TurnExecution] = []

    def run(self, execution: TurnExecution) -> TurnOutcome:
        self.executions.append(execution)
        return TurnOutcome.model_validate({"by": "route", "response": execution.fallback.response})


class NoLastResort:
    """Is not needed while the workflow answers."""

    def take_ownership(self, keys: TurnKeys, fallback: Fallback) -> int | None:
        raise AssertionError

    def record(self, fallback: Fallback) -> None:
        raise AssertionError

    def announce(self, fallback: Fallback) -> None:
        raise AssertionError


def accept(
    last_session: str | None, keys: ReferenceKeys | None = KEYS, **fields: Any
) -> tuple[FakeDecisions, TurnExecution]:
    """Accept a turn of the session s-2; return what was looked up, and the workflow's input."""
    decisions, workflow = FakeDecisions(last_session), FakeWorkflow()
    body = {"turn_id": "t1", "channel": "web_chat", "text": "hello", "customer": {"ref": "customer 7"}, **fields}
    service = TurnService(SETTINGS, lambda: keys, decisions, workflow, NoLastResort())
    service.accept("s-2", json.dumps(body).encode(), NOW)
    return decisions, workflow.executions[0]


def test_a_customer_is_recognised_under_every_key() -> None:
    """Given a change of keys, then the last session is looked up under each, with the turn's own decision, at once."""
    decisions, execution = accept(session_partition("s-1"))
    assert decisions.asked == [(decision_id("s-2", "t1"), KEYS.candidates("customer 7"))]
    assert execution.keys.earlier == context_key("s-1").typed()
    assert execution.turn.customer is not None
    assert execution.turn.customer.ref == KEYS.hash("customer 7", CUSTOMER)


@pytest.mark.parametrize("last_session", [None, session_partition("s-2")], ids=["none", "this one"])
def test_without_another_session_there_is_nothing_to_recall(last_session: str | None) -> None:
    """Given a customer's first session, or a later turn of it, then the workflow is told of no earlier one."""
    assert accept(last_session)[1].keys.earlier is None


@pytest.mark.parametrize("fields", [{"customer": None}, {"customer": {"tier": "vip"}}], ids=["nobody", "no id"])
def test_nobodys_turn_looks_up_nobody(fields: dict[str, Any]) -> None:
    """Given a turn without a customer's id, then no customer is looked up."""
    assert accept(None, **fields)[0].asked == [(decision_id("s-2", "t1"), ())]


def test_without_keys_nobody_is_looked_up_or_remembered() -> None:
    """Given keys that cannot be read, then the turn is answered without recognising the customer."""
    decisions, execution = accept(session_partition("s-1"), None)
    assert decisions.asked == [(decision_id("s-2", "t1"), ())]
    assert execution.turn.customer is not None
    assert execution.turn.customer.ref is None
    assert execution.failed == {"secrets": True}


def test_what_no_list_allows_does_not_enter_the_workflow() -> None:
    """Given a fact without purpose, then its value is not in the workflow's input, fallback included."""
    _, execution = accept(None, journey="billing_dispute", facts={"shoe_size": "canary-42", "order_number": "A-1"})
    assert "canary-42" not in execution.model_dump_json()
    assert execution.turn.facts["order_number"] == "A-1"
