"""The next session of the same customer, through the whole workflow."""

import json
from typing import Any

import pytest

from relief.store.keys import session_hash
from tests.e2e.conftest import Caller
from tests.local.replay import call


def begin(caller: Caller, session_id: str, customer: str, **body: Any) -> Any:
    """Post the first turn of a session."""
    return caller.turn(session_id, "Hello, my bill is wrong", customer={"ref": customer}, **body)


def test_the_next_session_knows_what_was_supplied(caller: Caller, session_id: str) -> None:
    """Given a customer's second session, then it knows what the first was told; another customer's does not."""
    begin(caller, f"{session_id}-1", session_id, facts={"order_number": "A-1"})
    second = begin(caller, f"{session_id}-2", session_id)
    assert second.next.known == {"order_number": "A-1"}
    assert begin(caller, f"{session_id}-3", session_id).next.known == {"order_number": "A-1"}
    assert begin(caller, f"{session_id}-4", "somebody else").next.do_not_ask == []
    again = caller.turn(f"{session_id}-2", "and now?", turn_id="t2", customer={"ref": session_id})
    assert "order_number" in again.next.do_not_ask


def test_an_erased_session_is_not_recalled(caller: Caller, session_id: str) -> None:
    """Given a session that was erased, then the next one knows nothing of it, and no entry leads there."""
    begin(caller, f"{session_id}-1", session_id, facts={"order_number": "canary"})
    call(caller.stack, "DELETE", f"/v1/sessions/{session_id}-1", caller.token)
    left = [item for item in caller.stack.items() if session_hash(f"{session_id}-1") in str(item)]
    assert [item["sk"] for item in left] == ["ERASED"]
    assert begin(caller, f"{session_id}-2", session_id).next.do_not_ask == []


def test_nothing_leads_to_an_erased_customer(caller: Caller, session_id: str) -> None:
    """Given a customer who was erased, then no entry about them is left."""
    begin(caller, f"{session_id}-1", session_id, facts={"order_number": "canary"})
    before = {item["pk"] for item in caller.stack.items() if item["sk"] == "LATEST"}
    call(caller.stack, "DELETE", f"/v1/customers/{session_id}", caller.token)
    after = {item["pk"] for item in caller.stack.items() if item["sk"] == "LATEST"}
    assert len(before - after) == 1
    assert session_hash(f"{session_id}-1") not in json.dumps(
        [item for item in caller.stack.items() if item["sk"] != "ERASED"], default=str
    )


@pytest.mark.parametrize("operation", ["BatchGetItem", "GetItem"])
def test_what_cannot_be_recalled_holds_up_no_turn(caller: Caller, session_id: str, operation: str) -> None:
    """Given a table that does not tell what was before, then the turn is answered all the same."""
    begin(caller, f"{session_id}-1", session_id, facts={"order_number": "A-1"})
    caller.stack.faults.set_operation("dynamodb", operation, error_code="InternalServerError", status=500)
    assert begin(caller, f"{session_id}-2", session_id).reasons
