"""What the tables say when DynamoDB does not do as asked: a lost race is told apart from everything else that can go wrong."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError

from relief.api.parachute import pack_parachute
from relief.contracts.events import HandoffRequested
from relief.contracts.policy import ActivePolicy, PolicyChange, StoredPolicy
from relief.contracts.states import Fallback, TurnKeys
from relief.contracts.targets import DeliveryRecord
from relief.contracts.turn import TurnRequest
from relief.errors import Unavailable
from relief.store.deliveries import DeliveryTable
from relief.store.delivery import Whole
from relief.store.dynamodb import Table
from relief.store.incidents import IncidentTable
from relief.store.keys import context_key, decision_id, handoff_id, record_key
from relief.store.ownership import OwnershipTable
from relief.store.policies import PolicyTable
from relief.store.ports import PolicyUnavailable
from relief.store.reviews import ReviewTable
from tests.pipeline import SETTINGS, START

HANDOFF: Final = handoff_id("s-1", "t1")
NOW: Final = START + timedelta(minutes=1)
WRITE: Final[dict[str, Any]] = {"Put": {}}
STORED: Final = StoredPolicy(version="1", content="a", document="{}", stored_at=NOW)
ACTIVE: Final = ActivePolicy(version="2", content="b", document="{}", stored_at=NOW, revision=2)
CHANGE: Final = PolicyChange.model_validate(
    {"revision": 2, "kind": "activated", "at": NOW, "by": "ann", "version": "2", "previous": "1"}
)


class Scripted:
    """A client of DynamoDB that refuses every write, and answers readings with the pages that it is given."""

    class exceptions:  # noqa: N801 - as boto3 calls it
        """The client's own classes of errors."""

        class ConditionalCheckFailedException(ClientError):
            """A condition did not hold."""

    def __init__(self, error: ClientError | None, *pages: dict[str, Any]) -> None:
        self.error = error
        self.pages = list(pages)
        self.asked: list[dict[str, Any]] = []

    def transact_write_items(self, **asked: Any) -> None:
        self._refuse(asked)

    def update_item(self, **asked: Any) -> None:
        self._refuse(asked)

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return {"Responses": {}}

    def scan(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return self.pages.pop(0)

    query = scan

    def _refuse(self, asked: dict[str, Any]) -> None:
        self.asked.append(asked)
        if self.error is not None:
            raise self.error


class Down(Scripted):
    """A client that refuses readings too."""

    def batch_get_item(self, **asked: Any) -> dict[str, Any]:
        self._refuse(asked)
        return {}


def cancelled(*reasons: str) -> ClientError:
    """Return the refusal of a transaction."""
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": one} for one in reasons],
    }
    return ClientError(response, "TransactWriteItems")


def refused(code: str) -> ClientError:
    """Return the refusal of a single write."""
    return ClientError({"Error": {"Code": code, "Message": ""}}, "UpdateItem")


def connect(monkeypatch: pytest.MonkeyPatch, client: Scripted) -> Scripted:
    """Let every table that is made from now on talk to this client."""
    monkeypatch.setattr(boto3, "client", lambda *_, **__: client)
    return client


def prepared() -> tuple[Fallback, HandoffRequested]:
    """Return what is prepared with a request, in case that nothing can be recorded."""
    turn = TurnRequest.model_validate({"turn_id": "t1", "channel": "web_chat", "text": "I want a human"})
    fallback = pack_parachute("s-1", turn, "hash", START, SETTINGS)
    return fallback, HandoffRequested.model_validate_json(fallback.event)


TRANSACTIONS: Final[dict[str, Callable[[], bool]]] = {
    "reviews": lambda: ReviewTable(SETTINGS).commit([WRITE]),
    "incidents": lambda: IncidentTable(SETTINGS).commit([WRITE]),
    "policies": lambda: PolicyTable(SETTINGS).switch(ACTIVE, STORED, CHANGE),
    "hand-overs": lambda: OwnershipTable(SETTINGS).commit([WRITE]),
    "deliveries": lambda: DeliveryTable(SETTINGS).write(
        DeliveryRecord.model_validate({"handoff_id": HANDOFF, "target": "desk", "state": "delivered", "version": 2}),
        NOW,
    ),
}


@pytest.mark.parametrize("table", TRANSACTIONS)
@pytest.mark.parametrize("reason", ["ConditionalCheckFailed", "TransactionConflict"])
def test_a_transaction_that_somebody_else_overtook_is_a_lost_race(
    monkeypatch: pytest.MonkeyPatch, table: str, reason: str
) -> None:
    """Given a rival who was first, then the caller is told that nothing was written, and may read and try again."""
    client = connect(monkeypatch, Scripted(cancelled("None", reason)))
    assert TRANSACTIONS[table]() is False
    assert len(client.asked) == 1


@pytest.mark.parametrize("table", TRANSACTIONS)
@pytest.mark.parametrize("error", [cancelled("ThrottlingError"), refused("AccessDeniedException")])
def test_a_transaction_that_fails_otherwise_is_no_lost_race(
    monkeypatch: pytest.MonkeyPatch, table: str, error: ClientError
) -> None:
    """Given a table that throttles or refuses, then the error comes through: trying again at once would not help."""
    connect(monkeypatch, Scripted(error))
    with pytest.raises(ClientError) as caught:
        TRANSACTIONS[table]()
    assert caught.value is error


def test_a_hand_over_whose_session_changes_without_end_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a session that others change at every attempt, then a whole hand-over is left to its queue's next delivery."""
    client = connect(monkeypatch, Scripted(cancelled("None", "TransactionConflict")))
    fallback, event = prepared()
    handoff = event.handoff.whole()
    assert handoff is not None
    whole = Whole(handoff, event.expires_at, fallback.ownership)
    with pytest.raises(Unavailable, match="comes again"):
        Table(SETTINGS).receive_handoff(whole, NOW)
    assert len(client.asked) > 4
    connect(monkeypatch, Scripted(cancelled("ThrottlingError")))
    with pytest.raises(ClientError):
        Table(SETTINGS).receive_handoff(whole, NOW)


@pytest.mark.parametrize(("code", "lost"), [("ConditionalCheckFailedException", True), ("ThrottlingException", False)])
def test_single_writes_tell_a_condition_from_a_failure(
    monkeypatch: pytest.MonkeyPatch,
    code: str,
    lost: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Given a write that is refused, then only a condition that does not hold means that it was done already."""
    connect(monkeypatch, Scripted(refused(code)))
    fallback, event = prepared()
    record = record_key(decision_id("s-1", "t1"))
    assert record is not None
    keys = TurnKeys(context=context_key("s-1").typed(), decision=record.typed(), incidents={}, now="1")
    for write, nothing in (
        (lambda: Table(SETTINGS).queue_handoff(event.handoff), False),
        (lambda: Table(SETTINGS).take_ownership(keys, fallback), None),
    ):
        if lost:
            assert write() is nothing
        else:
            with pytest.raises(ClientError):
                write()


def test_names_that_this_product_never_gave_are_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given an identifier that leads to no key, then nothing is found, and the table is not asked."""
    client = connect(monkeypatch, Scripted(None))
    assert Table(SETTINGS).find_decision("nonsense", NOW) is None
    assert Table(SETTINGS).find_handoff("nonsense", NOW) is None
    assert ReviewTable(SETTINGS).find_review("nonsense", NOW) is None
    assert IncidentTable(SETTINGS).read_again("nonsense", "s-1", NOW) is None
    assert DeliveryTable(SETTINGS).read("nonsense", "desk", NOW).handoff is None
    assert client.asked == []


def test_reviews_are_read_page_by_page_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a table of several pages, one of them empty, then each page begins where the one before ended."""
    place = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    client = connect(monkeypatch, Scripted(None, {"Items": [], "LastEvaluatedKey": place}, {"Items": []}))
    assert list(ReviewTable(SETTINGS).read_all(NOW)) == []
    assert [asked.get("ExclusiveStartKey") for asked in client.asked] == [None, place]


def test_incidents_are_read_page_by_page_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given records on two pages, then both are read."""
    place = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    client = connect(monkeypatch, Scripted(None, {"Items": [], "LastEvaluatedKey": place}, {"Items": []}))
    assert IncidentTable(SETTINGS).list_records(NOW) == []
    assert [asked.get("ExclusiveStartKey") for asked in client.asked] == [None, place]


def test_a_page_of_the_work_list_goes_on_where_the_caller_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a page's own word for where the next one starts, then the next page starts there."""
    place = {"pk": {"S": "a"}, "sk": {"S": "b"}}
    client = connect(monkeypatch, Scripted(None, {"Items": [], "LastEvaluatedKey": place}, {"Items": []}))
    _, following = Table(SETTINGS).list_handoffs("general", "queued", 5, None, NOW)
    assert following == json.dumps(place)
    assert Table(SETTINGS).list_handoffs("general", "queued", 5, following, NOW) == ([], None)
    assert client.asked[1]["ExclusiveStartKey"] == place


def test_a_policy_that_cannot_be_read_is_said_to_be_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a table that refuses, then whoever decides is told, and goes on with the policy that is shipped."""
    connect(monkeypatch, Down(refused("ThrottlingException")))
    with pytest.raises(PolicyUnavailable, match="does not answer"):
        PolicyTable(SETTINGS).read_in_force("default", NOW)


def test_versions_of_policies_are_listed_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a page of versions, one of which has expired, then the next page begins after it, and only what lives is listed."""
    item = {"doc": {"S": STORED.model_dump_json()}, "expires_at": {"N": str(int(NOW.timestamp()) + 60)}}
    gone = item | {"expires_at": {"N": "1"}}
    place = {"pk": {"S": "POLICY"}, "sk": {"S": "VERSION#1"}}
    client = connect(monkeypatch, Scripted(None, {"Items": [item, gone], "LastEvaluatedKey": place}, {"Items": []}))
    table = PolicyTable(SETTINGS)
    assert table.list_versions(5, None, NOW) == ([STORED], "1")
    assert table.list_versions(5, "1", NOW) == ([], None)
    assert client.asked[1]["ExclusiveStartKey"]["sk"] == {"S": "VERSION#1"}
