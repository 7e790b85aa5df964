"""What customers, agents and supervisors may see, and that what is erased is gone."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from relief.contracts.vocabulary import Action, Owner
from relief.store.keys import session_hash, session_partition
from tests.e2e.conftest import Caller
from tests.local.replay import call
from tests.local.stack import LocalStack

QUEUES = "Billing Refunds Retention Orders Technical Accounts Security Complaints General Crisis DeadLetter".split()


def canaries_of(session_id: str) -> tuple[str, ...]:
    """Return what this session's customer supplies, and nobody else."""
    kinds = ("order", "preference", "pointer", "product", "region")
    return tuple(f"canary-{kind}-{session_id.replace('session', 'of')}." for kind in kinds)


def tell_everything(caller: Caller, session_id: str, text: str, **body: Any) -> None:
    """Post a turn that carries every canary."""
    order, preference, pointer, product, region = canaries_of(session_id)
    body = {
        "facts": {"order_number": order},
        "preferences": {"contact": preference},
        "evidence": [{"kind": "upload", "ref": pointer}],
        "bot": {"step": "verify_charge", "outcome": "failed", "said": "I looked.", "asked": ["charge_date"]},
        "journey": "billing_dispute",
        "customer": {"ref": "customer-1", "products": [product], "region": region, "tier": "vip"},
        **body,
    }
    caller.turn(session_id, text, **body)


def everything_stored(stack: LocalStack) -> str:
    """Return the whole table and every queue as one text."""
    stack.drain()
    queues = [stack.messages(f"{name}Queue") for name in QUEUES]
    return json.dumps([stack.items(), queues], default=str)


def get(stack: LocalStack, path: str, scopes: str, **claims: Any) -> tuple[int, Any]:
    """Read with a token of its own."""
    status, body = call(stack, "GET", path, stack.token(scopes, **claims))
    return status, json.loads(body) if isinstance(body, str) else body


def erase(stack: LocalStack, path: str) -> dict[str, Any]:
    """Erase, and expect that one request is enough."""
    status, body = call(stack, "DELETE", path, stack.token("relief/erase"))
    assert status == 200, body
    assert body["complete"]
    return dict(body)


def test_nothing_of_an_erased_session_is_left(caller: Caller, session_id: str) -> None:
    """Given a session with a hand-over, when it is erased, then table and queues hold a tombstone and nothing else."""
    tell_everything(caller, session_id, "My bill is wrong")
    tell_everything(caller, session_id, "I want a human", turn_id="t2")
    stored = everything_stored(caller.stack)
    assert all(canary in stored for canary in canaries_of(session_id))
    erased = erase(caller.stack, f"/v1/sessions/{session_id}")
    assert (erased["sessions"], erased["records"]) == (1, 5)
    stored = everything_stored(caller.stack)
    for canary in (*canaries_of(session_id), session_id + '"'):
        assert canary not in stored
    left = [item for item in caller.stack.items() if session_hash(session_id) in str(item)]
    assert [set(item) for item in left] == [{"pk", "sk", "erased_at", "expires_at"}]
    assert caller.handed_over(session_id) == []


def test_erasing_again_does_no_harm_and_the_next_turn_starts_afresh(caller: Caller, session_id: str) -> None:
    """Given an erased session, then erasing it again is fine, and the same turn is a first turn."""
    tell_everything(caller, session_id, "I want a human")
    erase(caller.stack, f"/v1/sessions/{session_id}")
    assert erase(caller.stack, f"/v1/sessions/{session_id}")["records"] == 0
    for path in ("context", "export"):
        assert (
            get(caller.stack, f"/v1/sessions/{session_id}/{path}", "relief/context.supervisor relief/erase")[0] == 404
        )
    afresh = caller.turn(session_id, "My bill is wrong")
    assert afresh.turn == 1
    assert afresh.owner is Owner.bot
    assert afresh.next.do_not_ask == []
    again = caller.turn(session_id, "I want a human", turn_id="t2")
    assert again.action is Action.escalate
    assert len(caller.handed_over(session_id)) == 1


@pytest.mark.parametrize("reference", ["c-1", "käufer 7@example.com", "a+b&c=d;e,f"])
def test_everything_of_a_customer_is_erased_and_nothing_else(caller: Caller, session_id: str, reference: str) -> None:
    """Given two sessions of a customer and one of another, then the customer's erasure takes the two."""
    for number in (1, 2):
        tell_everything(caller, f"{session_id}-{number}", "A human please", customer={"ref": reference})
    tell_everything(caller, f"{session_id}-3", "A human please", customer={"ref": "somebody else"})
    erased = erase(caller.stack, f"/v1/customers/{quote(reference)}")
    assert (erased["sessions"], erased["sessions_left"]) == (2, 0)
    caller.stack.drain()
    left = [item for item in caller.stack.items() if item["sk"] != "ERASED"]
    for number, remains in ((1, False), (2, False), (3, True)):
        session = session_hash(f"{session_id}-{number}")
        assert any(session in item["pk"] + item["sk"] for item in left) is remains
    assert erase(caller.stack, f"/v1/customers/{quote(reference)}")["sessions"] == 0


def test_a_customer_of_many_sessions_is_erased_in_one_request(caller: Caller, session_id: str) -> None:
    """Given 120 sessions of one customer, more than a page, then one request erases them all."""
    for number in range(120):
        caller.turn(f"{session_id}-{number}", "hello", customer={"ref": "busy"})
    listings = {str(item["sk"]) for item in caller.stack.items() if item["pk"].startswith("CUSTOMER#")}
    assert {session_partition(f"{session_id}-{number}") for number in range(120)} <= listings
    assert erase(caller.stack, "/v1/customers/busy")["sessions"] == 120
    left = {str(item["sk"]) for item in caller.stack.items() if item["pk"].startswith("CUSTOMER#")}
    assert len(left) == len(listings) - 120


def test_a_session_that_changed_hands_goes_with_either_customer(caller: Caller, session_id: str) -> None:
    """Given a session that two customers used, then the first one's erasure takes it, listings included."""
    tell_everything(caller, session_id, "hello", customer={"ref": "first"})
    tell_everything(caller, session_id, "hello again", turn_id="t2", customer={"ref": "second"})
    erase(caller.stack, "/v1/customers/first")
    assert [i for i in caller.stack.items() if session_hash(session_id) in str(i) and i["sk"] != "ERASED"] == []


def test_a_late_hand_over_of_an_erased_session_is_not_recorded_anew(caller: Caller, session_id: str) -> None:
    """Given a hand-over that travels whole and arrives after the erasure, then nothing of it is written."""
    for operation in ("TransactWriteItems", "UpdateItem"):
        caller.stack.faults.set_operation("dynamodb", operation, error_code="ProvisionedThroughputExceededException")
    caller.stack.faults.set("deliver", "hang")
    tell_everything(caller, session_id, "I want a human")
    assert canaries_of(session_id)[0] in json.dumps([caller.stack.messages(f"{name}Queue") for name in QUEUES])
    caller.stack.faults.clear()
    erase(caller.stack, f"/v1/sessions/{session_id}")
    assert canaries_of(session_id)[0] not in everything_stored(caller.stack)


def test_events_and_messages_are_pointers(caller: Caller, session_id: str) -> None:
    """Given a hand-over, then what travels on the bus and waits in the queue holds nothing of what was said."""
    caller.stack.faults.set("deliver", "hang")
    tell_everything(caller, session_id, "I want a human")
    waiting = json.dumps([caller.stack.messages(f"{name}Queue") for name in QUEUES])
    caller.stack.faults.clear()
    assert session_id in waiting
    assert not [canary for canary in canaries_of(session_id) if canary in waiting]
    assert [one["summary"]["facts"] for one in caller.handed_over(session_id)] == [
        {"order_number": canaries_of(session_id)[0]}
    ]


def test_each_role_gets_its_own_view(caller: Caller, session_id: str) -> None:
    """Given a session, then each role sees its view, and the view of another only where it may."""
    tell_everything(caller, session_id, "My bill is wrong")
    tell_everything(caller, session_id, "I want a human", turn_id="t2")
    path = f"/v1/sessions/{session_id}/context"
    own: dict[str, Any] = {"session_id": session_id}
    _, agent = get(caller.stack, path + "?view=agent", "relief/context.agent")
    _, customer = get(caller.stack, path + "?view=customer", "relief/context.customer", **own)
    _, supervisor = get(caller.stack, path, "relief/context.supervisor")
    assert agent["facts"] == {"order_number": canaries_of(session_id)[0]}
    assert agent["summary"]["headline"].startswith("Customer wants")
    assert customer["known"] == [{"name": "order_number", "label": "order number", "value": canaries_of(session_id)[0]}]
    assert customer["correct"]["path"] == f"/v1/sessions/{session_id}/turns"
    assert "vip" not in json.dumps(customer)
    assert [one["turn"] for one in supervisor["decisions"]] == [1, 2]
    assert "CUSTOMER_REQUEST" in supervisor["reason_codes"]
    assert [one["reason"] for one in supervisor["escalations"]] == ["CUSTOMER_REQUEST"]
    for view, role, expected in (
        ("customer", "supervisor", 200),
        ("agent", "supervisor", 200),
        ("customer", "agent", 403),
        ("supervisor", "agent", 403),
        ("agent", "customer", 403),
        ("supervisor", "customer", 403),
        ("manager", "supervisor", 422),
    ):
        assert get(caller.stack, f"{path}?view={view}", f"relief/context.{role}", **own)[0] == expected


@pytest.mark.parametrize("claims", [{}, {"session_id": "another"}])
@pytest.mark.parametrize("path", ["context", "context?view=customer", "export"])
def test_a_customers_token_sees_one_session_alone(
    caller: Caller, session_id: str, path: str, claims: dict[str, str]
) -> None:
    """Given a token of another session, or of none, then the answer is 403 and nothing is read."""
    tell_everything(caller, session_id, "My bill is wrong")
    for operation in ("GetItem", "Query"):
        caller.stack.faults.set_operation("dynamodb", operation, error_code="AccessDeniedException")
    status, problem = get(caller.stack, f"/v1/sessions/{session_id}/{path}", "relief/context.customer", **claims)
    assert status == 403
    assert problem["type"] == "urn:relief:problem:session-forbidden"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/sessions/{session}/context"),
        ("GET", "/v1/sessions/{session}/export"),
        ("DELETE", "/v1/sessions/{session}"),
        ("DELETE", "/v1/customers/customer-1"),
    ],
)
def test_tokens_for_something_else_change_and_show_nothing(
    caller: Caller, session_id: str, method: str, path: str
) -> None:
    """Given a token without the route's scope, then it is refused, and the session is as it was."""
    tell_everything(caller, session_id, "My bill is wrong")
    before = caller.stack.items()
    for scopes in ("relief/turns", "relief/handoffs", "relief/metrics"):
        assert call(caller.stack, method, path.format(session=session_id), caller.stack.token(scopes))[0] == 403
    assert caller.stack.items() == before


def test_an_export_holds_every_record_page_by_page(caller: Caller, session_id: str) -> None:
    """Given a session, then its customer gets every item of its partition, in as many pages as they like."""
    tell_everything(caller, session_id, "My bill is wrong")
    tell_everything(caller, session_id, "I want a human", turn_id="t2")
    caller.stack.drain()
    own = {"session_id": session_id}
    records: list[dict[str, Any]] = []
    following: str | None = ""
    while following is not None:
        path = f"/v1/sessions/{session_id}/export?limit=1" + (f"&next={quote(following)}" if following else "")
        status, page = get(caller.stack, path, "relief/context.customer", **own)
        assert status == 200
        records += page["records"]
        following = page["next"]
    assert [record["kind"] for record in records] == ["context", "decision", "decision", "handoff", "measure"]
    assert records[0]["content"]["doc"]["facts"] == {"order_number": canaries_of(session_id)[0]}
    stored = [item for item in caller.stack.items() if item["pk"] == session_partition(session_id)]
    for item, record in zip(sorted(stored, key=lambda one: str(one["sk"])), records, strict=True):
        assert set(item) == {*record["content"], "pk", "sk", "expires_at"}


def test_what_has_expired_is_not_shown_though_it_is_not_deleted(caller: Caller, session_id: str) -> None:
    """Given items past their time that DynamoDB has not deleted yet, then no route shows them."""
    answer = caller.turn(session_id, "I want a human", facts={"order_number": "canary"})
    caller.stack.drain()
    client = caller.stack.client("dynamodb")
    table = client.list_tables()["TableNames"][0]
    for item in caller.stack.items():
        if item["pk"] == session_partition(session_id):
            client.update_item(
                TableName=table,
                Key={"pk": {"S": item["pk"]}, "sk": {"S": item["sk"]}},
                UpdateExpression="SET expires_at = :past",
                ExpressionAttributeValues={":past": {"N": "1000000000"}},
            )
    for path in (
        *(f"/v1/sessions/{session_id}/context?view={view}" for view in ("agent", "customer", "supervisor")),
        f"/v1/sessions/{session_id}/export",
        f"/v1/decisions/{answer.decision_id}",
        f"/v1/handoffs/{answer.handoff.handoff_id if answer.handoff else ''}",
    ):
        assert get(caller.stack, path, "relief/context.supervisor relief/erase relief/handoffs")[0] == 404
    assert caller.handed_over(session_id) == []


def test_without_consent_nothing_that_was_supplied_is_stored(caller: Caller, session_id: str) -> None:
    """Given a customer who did not agree to storage, then no canary is stored, and a person is reached all the same."""
    consent = {"consent": {"store_context": False}}
    tell_everything(caller, session_id, "My bill is wrong", **consent)
    assert "order_number" in caller.turn(session_id, "and now?", turn_id="t2").next.do_not_ask
    tell_everything(caller, session_id, "I want a human", turn_id="t3")
    listed = caller.handed_over(session_id)
    assert len(listed) == 1
    assert "order_number" in listed[0]["summary"]["do_not_ask"]
    assert {"facts", "account"} <= set(listed[0]["summary"]["dropped"])
    stored = everything_stored(caller.stack)
    assert not [canary for canary in canaries_of(session_id) if canary in stored]
    assert not [item for item in caller.stack.items() if session_hash(session_id) in item["sk"]]


def test_an_erasure_that_fails_says_so(caller: Caller, session_id: str) -> None:
    """Given a table that does not answer, then the erasure says so instead of claiming success."""
    tell_everything(caller, session_id, "My bill is wrong")
    caller.stack.faults.set_operation("dynamodb", "BatchWriteItem", error_code="InternalServerError", status=500)
    status, body = call(caller.stack, "DELETE", f"/v1/sessions/{session_id}", caller.stack.token("relief/erase"))
    assert (status, json.loads(body)["status"]) == (503, 503)


def test_a_decision_that_failed_open_is_explained_as_such(caller: Caller, session_id: str) -> None:
    """Given a workflow that is down, then the stored decision names it, with its reason and versions."""
    caller.stack.faults.set_operation("states", "StartSyncExecution", error_code="ThrottlingException")
    answer = caller.turn(session_id, "My bill is wrong")
    caller.stack.faults.clear()
    status, record = get(caller.stack, f"/v1/decisions/{answer.decision_id}", "relief/context.supervisor")
    assert status == 200
    assert record["response"]["degraded"] == ["workflow"]
    assert record["response"]["reasons"][0]["code"] == "AUTOMATION_UNAVAILABLE"
    assert set(record["response"]["versions"]) == {"policy", "model", "prompt"}
