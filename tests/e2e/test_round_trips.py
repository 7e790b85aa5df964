"""What a turn costs the table: as few round trips as its promises need, counted."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest import mock

from tests.e2e.conftest import Caller
from tests.local import streams
from tests.local.stack import LocalStack

USUAL = {"Query": 1, "TransactWriteItems": 1}
"""The active incidents, and the one transaction that makes a turn last."""

POLICY = 1
"""Readings of the policy in force: with every turn in these tests, once in POLICY_SECONDS in production."""


@contextlib.contextmanager
def counted(stack: LocalStack) -> Iterator[Counter[str]]:
    """Count the operations on the table until the context ends."""
    stack.drain()
    operations: Counter[str] = Counter()
    answer = stack._services.operations.answer

    def count(service: str, operation: str, *arguments: Any) -> Any:
        if service == "dynamodb":
            operations[operation] += 1
        return answer(service, operation, *arguments)

    with streams.paused(), mock.patch.object(stack._services.operations, "answer", count):
        yield operations


def test_a_turn_reads_twice_and_writes_once(caller: Caller, session_id: str) -> None:
    """Given a turn of nobody in particular, then its decision and its context are read, and one transaction follows."""
    with counted(caller.stack) as operations:
        caller.turn(session_id, "My bill is wrong")
    assert operations == {**USUAL, "BatchGetItem": POLICY, "GetItem": 2}


def test_recalling_a_customer_costs_a_turn_no_round_trip(caller: Caller, session_id: str) -> None:
    """Given a customer's turn, then their last session is looked up with the turn's decision, in one reading."""
    customer = {"customer": {"ref": session_id}}
    with counted(caller.stack) as operations:
        caller.turn(session_id, "My bill is wrong", **customer)
        caller.turn(session_id, "It is too high", turn_id="t2", **customer)
    assert operations == {
        **{name: 2 * times for name, times in USUAL.items()},
        "BatchGetItem": 2 + 2 * POLICY,
        "GetItem": 2,
    }


def test_only_a_new_session_reads_the_last_one(caller: Caller, session_id: str) -> None:
    """Given a customer's next session, then its first turn reads the last session's context, beside its own."""
    customer = {"customer": {"ref": session_id}}
    caller.turn(f"{session_id}-1", "My bill is wrong", **customer)
    with counted(caller.stack) as operations:
        caller.turn(f"{session_id}-2", "My bill is wrong", **customer)
    assert operations == {**USUAL, "BatchGetItem": 1 + POLICY, "GetItem": 2}
    with counted(caller.stack) as operations:
        caller.turn(f"{session_id}-2", "It is too high", turn_id="t2", **customer)
    assert operations == {**USUAL, "BatchGetItem": 1 + POLICY, "GetItem": 1}


def test_an_event_of_a_desk_reads_once_and_writes_once(caller: Caller, session_id: str) -> None:
    """Given an event, then all is read together and written together; how long the customer waited is noted apart."""
    from tests.e2e.test_ownership import hand_over, report

    handoff_id = hand_over(caller, session_id)
    with counted(caller.stack) as operations:
        assert report(caller, handoff_id, "accepted")[1]["applied"]
    assert operations == {"BatchGetItem": 1, "TransactWriteItems": 1, "UpdateItem": 1}
