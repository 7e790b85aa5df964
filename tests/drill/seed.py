"""Thousands of customers who wait for a person: written as turn and delivery write them, without taking the turns."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from relief.contracts.context import SessionContext
from relief.contracts.handoff import Handoff
from relief.contracts.vocabulary import HandoffState
from relief.store.items import dump_context, dump_handoff, load_context, load_handoff, open_handoff
from relief.store.keys import Key, decision_id, handoff_id, record_key
from tests.local.stack import LocalStack
from tests.pipeline import Session

REGION = "drill"
"""Where everybody is who takes part, so that nobody else is touched."""

TEXTS = {"billing": "There is a mistake in my bill, I want a human", "orders": "Where is my order? I want a human"}


_ITEMS_AT_ONCE = 25
"""DynamoDB takes no more in one batch."""

_SESSIONS_AT_ONCE = _ITEMS_AT_ONCE // 2
"""Two items each."""


def seed_waiting(stack: LocalStack, count: int, text: str, prefix: str) -> list[str]:
    """Put so many hand-overs on the work list, each of a session of its own; return the sessions."""
    client = stack.client("dynamodb")
    (table,) = client.list_tables()["TableNames"]
    handoff, context = _sample(text)
    names = [f"{prefix}-{number}" for number in range(count)]
    for start in range(0, count, _SESSIONS_AT_ONCE):
        numbers = range(start, min(start + _SESSIONS_AT_ONCE, count))
        items = [item for number in numbers for item in _copy(handoff, context, names[number], number)]
        client.batch_write_item(RequestItems={table: [{"PutRequest": {"Item": item}} for item in items]})
    return names


def remove_waiting(stack: LocalStack, handoffs: Iterable[str]) -> None:
    """Take hand-overs with everything of their sessions out of the table, so that nobody else has to pass over them."""
    client = stack.client("dynamodb")
    (table,) = client.list_tables()["TableNames"]
    partitions = {key.pk for key in map(record_key, handoffs) if key is not None}
    keys = [Key(one["pk"], one["sk"]) for one in stack.items() if one["pk"] in partitions]
    for start in range(0, len(keys), _ITEMS_AT_ONCE):
        batch = [{"DeleteRequest": {"Key": key.typed()}} for key in keys[start : start + _ITEMS_AT_ONCE]]
        client.batch_write_item(RequestItems={table: batch})


def _sample(text: str) -> tuple[Handoff, SessionContext]:
    """Return a hand-over and its session, as a real turn leaves them."""
    now = datetime.now(UTC)
    session = Session("sample", now)
    session.say(text, customer={"region": REGION})
    puts = [write["Put"]["Item"] for write in session.writes]
    handoff = next(load_handoff(item, now) for item in puts if item["sk"]["S"].startswith("HANDOFF#"))
    context = load_context(session.item, now).context
    assert handoff is not None
    assert context is not None
    return handoff, context


def _copy(handoff: Handoff, context: SessionContext, name: str, number: int) -> list[dict[str, Any]]:
    requested = handoff.requested_at - timedelta(milliseconds=number)
    own: dict[str, Any] = {"session_id": name, "requested_at": requested, "state": HandoffState.queued}
    own |= {"handoff_id": handoff_id(name, "t1"), "decision_id": decision_id(name, "t1")}
    copied = handoff.model_copy(update=own)
    session = context.model_copy(update={"session_id": name, "handoff": open_handoff(copied)})
    return [dump_handoff(copied, requested + timedelta(days=1)), dump_context(session, 1)]
