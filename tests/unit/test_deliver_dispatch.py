"""Claims, outcomes and the network's edges of a delivery, without a network."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.contracts.handoff import Handoff
from relief.contracts.targets import DeliveryRecord, DeliveryState, TargetConfig
from relief.contracts.vocabulary import ReasonCode
from relief.deliver.dispatch import LEASE_SECONDS, Dispatcher, claim_delivery
from relief.errors import DeliveryDelayed, DeliveryRefused, SignatureInvalid, Unavailable
from relief.integrations.aws_client import call_aws
from relief.integrations.calls import Authorization, AwsCall, HttpCall
from relief.integrations.credentials import Credential, Credentials
from relief.integrations.http_client import HttpClient
from relief.integrations.signature import sign, verify
from relief.store.ports import Delivery
from tests.delivery.desk import Desk
from tests.pipeline import START
from tests.unit.handoff_cases import SAMPLE

DESK = TargetConfig.model_validate({"name": "desk", "kind": "webhook", "url": "https://desk.example.com"})
OTHER = DESK.model_copy(update={"name": "other"})


class MemoryStore:
    """Deliveries in memory, with the table's conditions."""

    def __init__(self, handoff: Handoff | None = SAMPLE) -> None:
        self.handoff = handoff
        self.records: dict[str, DeliveryRecord] = {}

    def read(self, handoff_id: str, target: str, now: datetime) -> Delivery:
        return Delivery(self.handoff, self.records.get(target))

    def write(self, record: DeliveryRecord, now: datetime) -> bool:
        seen = self.records[record.target].version if record.target in self.records else 0
        if self.handoff is None or record.version != seen + 1:
            return False
        self.records[record.target] = record
        return True


class ScriptedSender:
    """Does what it is told, attempt by attempt: an error, or nothing for success."""

    def __init__(self, *script: Exception | None) -> None:
        self.script = list(script)
        self.sent: list[str] = []

    def send(self, handoff: Handoff, config: TargetConfig, record: DeliveryRecord, until: float) -> Iterator[None]:
        self.sent.append(config.name)
        error = self.script.pop(0) if self.script else None
        if error is not None:
            raise error
        yield


def dispatcher(store: MemoryStore, sender: ScriptedSender, *configs: TargetConfig) -> Dispatcher:
    """Return a dispatcher to these desks."""
    return Dispatcher(configs or (DESK,), store, sender, lambda: START)


def test_what_was_delivered_is_not_sent_again() -> None:
    """Given the same message twice, then the desk is asked once."""
    store, sender = MemoryStore(), ScriptedSender()
    for _ in range(2):
        dispatcher(store, sender).deliver(SAMPLE.handoff_id, "billing")
    assert sender.sent == ["desk"]
    assert store.records["desk"].state is DeliveryState.delivered
    assert store.records["desk"].delivered_at == START


def test_a_delay_is_tried_again_and_a_refusal_is_not() -> None:
    """Given a desk that says later and then never, then it is asked twice, and why is noted."""
    store, sender = MemoryStore(), ScriptedSender(DeliveryDelayed("429"), DeliveryRefused("422"))
    for expected in (DeliveryDelayed, DeliveryRefused, DeliveryRefused):
        with pytest.raises(expected):
            dispatcher(store, sender).deliver(SAMPLE.handoff_id, "billing")
    assert len(sender.sent) == 2
    assert (store.records["desk"].state, store.records["desk"].reason) == (DeliveryState.refused, "422")


def test_one_desks_failure_is_no_other_desks() -> None:
    """Given two desks of which the first fails, then the second has it, and the next attempt is at the first alone."""
    store, sender = MemoryStore(), ScriptedSender(DeliveryDelayed("503"))
    with pytest.raises(DeliveryDelayed):
        dispatcher(store, sender, DESK, OTHER).deliver(SAMPLE.handoff_id, "billing")
    dispatcher(store, sender, DESK, OTHER).deliver(SAMPLE.handoff_id, "billing")
    assert sender.sent == ["desk", "other", "desk"]


def test_a_desk_gets_the_queues_that_it_takes() -> None:
    """Given a desk for orders, then it gets no bills."""
    store, sender = MemoryStore(), ScriptedSender()
    config = DESK.model_copy(update={"queues": ["orders"]})
    dispatcher(store, sender, config).deliver(SAMPLE.handoff_id, "billing")
    assert sender.sent == []


def test_an_old_message_of_a_hand_over_that_moved_for_a_danger_reaches_no_old_desk() -> None:
    """Given a hand-over that moved to security, when its message to the old queue comes late, then no desk is asked."""
    moved = SAMPLE.model_copy(update={"queue": "security", "reason": ReasonCode.SECURITY_CONCERN})
    store, sender = MemoryStore(moved), ScriptedSender()
    dispatcher(store, sender).deliver(SAMPLE.handoff_id, "billing")
    assert sender.sent == []
    dispatcher(store, sender).deliver(SAMPLE.handoff_id, "security")
    assert sender.sent == ["desk"]


def test_nothing_of_an_erased_hand_over_is_sent() -> None:
    """Given no record, then nobody is asked and nothing fails: there is nothing left to deliver."""
    store, sender = MemoryStore(None), ScriptedSender()
    dispatcher(store, sender).deliver(SAMPLE.handoff_id, "billing")
    assert sender.sent == []


@given(st.integers(0, 3 * LEASE_SECONDS))
def test_a_claim_holds_until_its_lease_ends(seconds: int) -> None:
    """Given a claim whose holder died, then nobody else may try before its lease ends, and somebody may after it."""
    claim = claim_delivery("h", "desk", None, START)
    later = START + timedelta(seconds=seconds)
    if seconds < LEASE_SECONDS:
        with pytest.raises(DeliveryDelayed):
            claim_delivery("h", "desk", claim, later)
    else:
        again = claim_delivery("h", "desk", claim, later)
        assert (again.version, again.attempts) == (2, 2)


BODY = b'{"a": 1}'
NOW = 1_793_629_738


def signed(key: str = "key", body: bytes = BODY, at: int = NOW) -> dict[str, str]:
    """Return a signature's headers."""
    return {"x-relief-timestamp": str(at), "x-relief-signature": sign(key, str(at), body)}


def test_both_keys_of_a_rotation_are_good() -> None:
    """Given two keys, then a signature of either is; an empty key is none."""
    for key in ("old", "new"):
        verify(["old", "new"], signed(key), BODY, NOW)
    with pytest.raises(SignatureInvalid):
        verify([""], signed(""), BODY, NOW)
    with pytest.raises(SignatureInvalid):
        verify([], signed(), BODY, NOW)


@given(st.dictionaries(st.sampled_from(["x-relief-timestamp", "x-relief-signature"]), st.text(max_size=80)))
def test_no_forged_headers_pass(headers: dict[str, str]) -> None:
    """Given any text in the headers, then it is refused and nothing else happens."""
    with pytest.raises(SignatureInvalid):
        verify(["key"], headers, BODY, NOW)


@pytest.mark.parametrize("at", [NOW - 301, NOW + 301, 0])
def test_an_old_signature_is_refused(at: int) -> None:
    """Given a right signature of another time, then it is refused: what was recorded cannot be sent again."""
    with pytest.raises(SignatureInvalid):
        verify(["key"], signed(at=at), BODY, NOW)


def test_a_private_address_is_refused_before_anything_is_sent() -> None:
    """Given a public-looking target that leads to this machine, then the connection is closed without a request."""
    with Desk() as desk:
        config = TargetConfig.model_construct(name="desk", kind="webhook", url=desk.url, private=False)
        with pytest.raises(DeliveryRefused, match="not public"):
            HttpClient(config, 1).call(HttpCall("POST", "", {}), Credential(), None, "once")
    assert desk.requested.total() == 0


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *[(status, DeliveryDelayed) for status in ("408", "409", "425", "429", "500", "502", "503")],
        *[(status, DeliveryRefused) for status in ("301", "302", "307", "400", "401", "403", "404", "410", "422")],
    ],
)
def test_an_answer_is_later_or_never(status: str, error: type[Exception]) -> None:
    """Given each kind of answer, then it is told apart whether to come again; nobody is followed elsewhere."""
    with Desk() as desk:
        desk.always = status
        client = HttpClient(local(desk), 1)
        with pytest.raises(error, match=status):
            client.call(HttpCall("POST", "/in", {}), Credential(signing_key=desk.key), None, "once")
    assert desk.requested == {"POST /in": 1}


def local(desk: Desk) -> TargetConfig:
    """Return a target at this machine."""
    return TargetConfig.model_validate({"name": "desk", "kind": "webhook", "url": desk.url, "private": True})


def test_a_closed_port_is_later() -> None:
    """Given nobody who listens, then the hand-over is tried again."""
    with Desk() as desk:
        config = local(desk)
    with pytest.raises(DeliveryDelayed):
        HttpClient(config, 1).call(HttpCall("POST", "", {}), Credential(), None, "once")


@pytest.mark.parametrize(
    ("authorization", "expected"),
    [
        (Authorization(), {"Authorization": "Bearer t"}),
        (Authorization("api_access_token", "plain"), {"api_access_token": "t"}),
        (Authorization(form="basic"), {"Authorization": "Basic dTpw"}),
    ],
)
def test_credentials_travel_as_the_vendor_wants(authorization: Authorization, expected: dict[str, str]) -> None:
    """Given a vendor's way, then the header has it."""
    assert Credential(token="t", username="u", password="p").header(authorization) == expected


def test_credentials_that_cannot_be_read_are_a_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given Secrets Manager that is down, then there is no credential, and it is asked again the next time."""
    from botocore.exceptions import EndpointConnectionError

    class Client:
        down = True

        def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
            if self.down:
                raise EndpointConnectionError(endpoint_url="x")
            return {
                "SecretString": json.dumps({"signing_key": "all", "crm": {"token": "t"}, "own": {"signing_key": "o"}})
            }

    client = Client()
    monkeypatch.setattr("relief.integrations.credentials.boto3.client", lambda *_, **__: client)
    credentials = Credentials("id")
    with pytest.raises(Unavailable):
        credentials.of("crm")
    client.down = False
    assert credentials.of("crm") == Credential(signing_key="all", token="t")
    assert credentials.of("own").keys == ("o",)
    client.down = True
    assert credentials.of("crm").token == "t"


class FakeLex:
    """A bot session with attributes of its own."""

    def __init__(self) -> None:
        self.put: dict[str, Any] = {}

    def get_session(self, **_: Any) -> dict[str, Any]:
        return {"sessionState": {"sessionAttributes": {"own": "1"}, "intent": {"name": "A"}}}

    def put_session(self, **arguments: Any) -> None:
        self.put = arguments


def test_a_session_of_lex_keeps_what_it_had() -> None:
    """Given a running session, then intent and own attributes stay, and ours are added."""
    lex = FakeLex()
    session = {"botId": "b", "botAliasId": "a", "localeId": "en_US", "sessionId": "s"}
    call_aws(
        AwsCall("lexv2-runtime", "put_session", {**session, "attributes": {"relief_queue": "billing"}}), lambda _: lex
    )
    assert lex.put["sessionState"] == {
        "sessionAttributes": {"own": "1", "relief_queue": "billing"},
        "intent": {"name": "A"},
    }


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("ThrottlingException", 429, DeliveryDelayed),
        ("InternalServiceException", 500, DeliveryDelayed),
        ("ServiceQuotaExceededException", 402, DeliveryDelayed),
        ("ResourceNotFoundException", 404, DeliveryRefused),
    ],
)
def test_an_error_of_connect_is_later_or_never(code: str, status: int, error: type[Exception]) -> None:
    """Given an error of the service, then it is told apart whether to come again."""
    from botocore.exceptions import ClientError

    class Client:
        def start_task_contact(self, **_: Any) -> None:
            raise ClientError(
                {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
                "StartTaskContact",
            )

    with pytest.raises(error, match=code):
        call_aws(AwsCall("connect", "start_task_contact", {}), lambda _: Client())
