"""Adapters in, on the running application: webhooks by their signature, flows and code hooks by invocation."""

import hmac
import json
import time
import urllib.error
import urllib.request
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from relief.api.catalogue import ROUTES
from tests.delivery.desk import Desk
from tests.local.replay import worklist
from tests.local.stack import STACK_NAME, LocalStack
from tests.recording import recorded

ROOT: Final = Path(__file__).resolve().parents[2]
MESSAGE: Final = json.loads((ROOT / "tests" / "events" / "chatwoot_message.json").read_text(encoding="utf-8"))
RULE: Final = json.loads((ROOT / "tests" / "events" / "contact_lens_rule.json").read_text(encoding="utf-8"))
SIGNED: Final = [route.path for route in ROUTES if route.signed]
TURN: Final = {"session_id": "signed-1", "turn": {"turn_id": "t1", "channel": "web_chat", "text": "I want a human"}}


def key_of(stack: LocalStack) -> str:
    """Return the key that webhooks are signed with."""
    secret = stack.client("secretsmanager").get_secret_value(SecretId=f"{STACK_NAME}-WebhookKeys")["SecretString"]
    key: str = json.loads(secret)["signing_key"]
    return key


def headers_for(key: str, body: bytes, prefix: str, at: float | None = None) -> dict[str, str]:
    """Sign a body as the README tells senders to, without Relief's code."""
    timestamp = str(int(time.time() if at is None else at))
    digest = hmac.new(key.encode(), f"{timestamp}.".encode() + body, sha256).hexdigest()
    return {f"X-{prefix}-Timestamp": timestamp, f"X-{prefix}-Signature": f"sha256={digest}"}


def post(stack: LocalStack, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
    """Post a webhook; return status and document."""
    request = urllib.request.Request(  # noqa: S310 - this machine
        stack.base_url + path, data=body, headers={"Content-Type": "application/json", **headers}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def prefix_of(path: str) -> str:
    """Return how the sender names its headers."""
    return "Chatwoot" if path.endswith("chatwoot") else "Relief"


@pytest.mark.parametrize("path", SIGNED)
def test_a_webhook_without_a_right_signature_reads_and_writes_nothing(stack: LocalStack, desk: Desk, path: str) -> None:
    """Given no signature, an old one, one of another key, body or sender, then 401, and nothing is read or written."""
    key, prefix = key_of(stack), prefix_of(path)
    body = json.dumps(MESSAGE if prefix == "Chatwoot" else TURN).encode()
    other = "Relief" if prefix == "Chatwoot" else "Chatwoot"
    wrong: list[dict[str, str]] = [
        {},
        {f"X-{prefix}-Timestamp": "now", f"X-{prefix}-Signature": "sha256="},
        headers_for(key, body, prefix, at=time.time() - 301),
        headers_for(key, body, prefix, at=time.time() + 360),
        headers_for("another key", body, prefix),
        headers_for(key, body + b" ", prefix),
        headers_for(key, body, other),
        {**headers_for(key, body, prefix), f"X-{prefix}-Timestamp": str(int(time.time()) + 1)},
        {"Authorization": f"Bearer {stack.token('relief/turns')}"},
    ]
    before = stack.items()
    with recorded(stack) as recording:
        answers = [post(stack, path, body, headers) for headers in wrong]
    assert {status for status, _ in answers} == {401}
    assert {answer["type"] for _, answer in answers} == {"urn:relief:problem:signature-invalid"}
    assert not recording.of("turn")
    assert stack.items() == before
    assert desk.requested.total() == 0


def test_a_signed_turn_is_decided_like_any_other(stack: LocalStack, desk: Desk) -> None:
    """Given a right signature, then the decision is that of the API, and the same turn again is the same decision."""
    body = json.dumps({**TURN, "vendor": "x"}).encode()
    status, answer = post(stack, "/v1/webhooks/turns", body, headers_for(key_of(stack), body, "Relief"))
    assert (status, answer["action"], answer["session_id"]) == (200, "escalate", "signed-1")
    again = post(stack, "/v1/webhooks/turns", body, headers_for(key_of(stack), body, "Relief"))
    assert again == (200, answer)
    wrong = json.dumps({"session_id": "signed-2", "turn": {"turn_id": "t1"}}).encode()
    status, problem = post(stack, "/v1/webhooks/turns", wrong, headers_for(key_of(stack), wrong, "Relief"))
    assert (status, problem["type"]) == (422, "urn:relief:problem:invalid-field")


def message_of(conversation: int, **changes: Any) -> bytes:
    """Return Chatwoot's message in another conversation."""
    document = {**MESSAGE, "conversation": {**MESSAGE["conversation"], "id": conversation}, **changes}
    return json.dumps(document).encode()


def chatwoot(stack: LocalStack, body: bytes) -> tuple[int, Any]:
    """Post a message as Chatwoot does."""
    return post(stack, "/v1/webhooks/chatwoot", body, headers_for(key_of(stack), body, "Chatwoot"))


def test_a_customer_of_chatwoot_is_answered_once_and_handed_over(stack: LocalStack, desk: Desk) -> None:
    """Given a pending conversation whose webhook comes twice, then words are posted once and a person finds the hand-over."""
    body = message_of(20, content="My router is broken and nothing works. I want to talk to a person")
    assert chatwoot(stack, body) == (200, {"taken": True, "action": "escalate"})
    assert chatwoot(stack, body)[0] == 200
    stack.drain()
    path = "/api/v1/accounts/1/conversations/20/messages"
    said = [taken.body for taken in desk.taken if taken.path == path and not taken.body["private"]]
    assert len(said) == 1
    assert said[0]["content"]
    listed = worklist(stack, stack.token("relief/handoffs"))
    assert [one["session_id"] for one in listed if one["session_id"] == "chatwoot-1-20"] == ["chatwoot-1-20"]


@pytest.mark.parametrize("changes", [{"message_type": "outgoing"}, {"private": True}, {"event": "message_updated"}])
def test_what_is_not_the_bots_is_not_taken(stack: LocalStack, desk: Desk, changes: dict[str, Any]) -> None:
    """Given a message that is not a customer's, then nothing is decided or said."""
    with recorded(stack) as recording:
        assert chatwoot(stack, message_of(21, **changes)) == (200, {"taken": False, "action": None})
    assert not recording.of("turn")
    assert desk.requested.total() == 0


def test_words_that_cannot_be_posted_are_an_error_to_chatwoot(stack: LocalStack, desk: Desk) -> None:
    """Given a Chatwoot that does not take the answer, then the webhook fails: Chatwoot opens the conversation by itself."""
    desk.always = "500"
    status, problem = chatwoot(stack, message_of(22))
    assert (status, problem["type"]) == (503, "urn:relief:problem:unavailable")


def test_a_conversation_of_chatwoot_is_answered_when_the_workflow_is_down(stack: LocalStack, desk: Desk) -> None:
    """Given a workflow that is down, then the last resort hands over, and the customer is told in the conversation."""
    stack.faults.set_operation("states", "StartSyncExecution", error_code="InternalFailure")
    status, answer = chatwoot(stack, message_of(23))
    stack.faults.clear()
    assert (status, answer["action"]) == (200, "escalate")
    assert desk.taken


def test_flows_and_code_hooks_hand_over_through_the_same_workflow(stack: LocalStack, desk: Desk) -> None:
    """Given the sample events of Connect and Lex, then both sessions are on the work list, and raw numbers nowhere."""
    for name in ("connect", "lex"):
        event = (ROOT / "functions" / name / "event.json").read_bytes()
        assert stack.functions.invoke(name, event).error is None
    stack.drain()
    sessions = {one["session_id"] for queue in ("billing", "orders", "general") for one in listed(stack, queue)}
    assert {"4a573372-1f28-4e26-b97b-1f2e3d4c5b6a", "123456789012345"} <= sessions
    assert "+12025550143" not in json.dumps(stack.items(), default=str)


def listed(stack: LocalStack, queue: str) -> list[dict[str, Any]]:
    """Return a queue's work list as it is stored."""
    items = [one for one in stack.items() if str(one.get("queue_state", "")).startswith(f"{queue}#")]
    return [json.loads(one["doc"]) for one in items]


def test_a_rule_of_contact_lens_arrives_from_the_account_s_own_bus(stack: LocalStack, desk: Desk) -> None:
    """Given a rule event on the default bus, then the contact's session is handed over; other actions start nothing."""
    entries = [
        {
            "Source": RULE["source"],
            "DetailType": RULE["detail-type"],
            "Detail": json.dumps({**RULE["detail"], "actionName": action, "contactArn": f"arn/contact/{contact}"}),
        }
        for action, contact in (("RELIEF_PERSON", "lens-1"), ("NOTIFY_SOMEBODY", "lens-2"))
    ]
    with recorded(stack) as recording:
        assert stack.client("events").put_events(Entries=entries)["FailedEntryCount"] == 0
        stack.drain(20)
    assert len(recording.of("connect")) == 1
    found = {json.loads(one["doc"]).get("session_id") for one in stack.items() if one["sk"].startswith("HANDOFF#")}
    assert "lens-1" in found
    assert "lens-2" not in found
