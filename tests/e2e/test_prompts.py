"""Prompts over HTTP."""

from typing import Any

from tests.e2e.conftest import Caller
from tests.local.replay import call


def test_a_bot_gets_a_prompt_for_its_own_model(caller: Caller, session_id: str) -> None:
    """Given a session, then a prompt comes with its context; without one, or for an unknown name, it is said so."""
    caller.turn(session_id, "My bill is wrong", journey="billing_dispute", facts={"order_number": "A-7"})
    path = f"/v1/prompts/diagnosis?session_id={session_id}"
    status, prompt = call(caller.stack, "GET", path, caller.token)
    assert (status, prompt["name"], prompt["version"], prompt["turn"]) == (200, "diagnosis", 1, 1)
    assert '"order_number": "A-7"' in prompt["user"]
    assert "My bill is wrong" not in prompt["user"]
    assert call(caller.stack, "GET", "/v1/prompts/diagnosis", caller.token)[0] == 422
    assert call(caller.stack, "GET", "/v1/prompts/diagnosis?session_id=unheard-of", caller.token)[0] == 404
    assert call(caller.stack, "GET", f"/v1/prompts/other?session_id={session_id}", caller.token)[0] == 404


def test_a_customer_s_token_gets_no_prompt_of_another_session(caller: Caller, session_id: str) -> None:
    """Given a token that is tied to a session, then another session's prompt is refused."""
    caller.turn(session_id, "My bill is wrong")
    tied = caller.stack.token("relief/turns", session_id="another-session")
    assert call(caller.stack, "GET", f"/v1/prompts/diagnosis?session_id={session_id}", tied)[0] == 403
    own = caller.stack.token("relief/turns", session_id=session_id)
    assert call(caller.stack, "GET", f"/v1/prompts/diagnosis?session_id={session_id}", own)[0] == 200


def test_each_answer_names_a_prompt_that_can_be_had(caller: Caller, session_id: str) -> None:
    """Given a question, a failed step, and a request for a person, then each answer's prompt is there in its version."""
    turns: list[dict[str, Any]] = [
        {"text": "My card was charged twice", "journey": "billing_dispute"},
        {"text": "It still does not work", "bot": {"step": "verify_charge", "outcome": "failed"}},
        {"text": "I want a human"},
    ]
    named = []
    for number, fields in enumerate(turns):
        answer = caller.turn(session_id, turn_id=f"t{number}", **fields)
        assert answer.next.prompt is not None, answer.action
        path = f"/v1/prompts/{answer.next.prompt.name}?session_id={session_id}"
        status, rendered = call(caller.stack, "GET", path, caller.token)
        assert (status, rendered["version"]) == (200, answer.next.prompt.version)
        named.append((answer.action.value, answer.next.prompt.name))
    assert named[-1] == ("escalate", "handover")
    assert caller.turn(session_id, "Hello?", turn_id="last").next.prompt is None, (
        "a person is awaited, and nothing is said"
    )
