"""Claims, outcomes and the network's edges of a delivery, without a network."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.contracts.handoff import Handoff
from relief.contracts.targets import DeliveryRecord, DeliveryState, TargetConfig, TargetKind
from relief.contracts.vocabulary import HandoffState, Lane
from relief.deliver.dispatch import LEASE_SECONDS, Dispatcher, claim_delivery
from relief.errors import DeliveryDelayed, DeliveryRefused, SignatureInvalid, Unavailable
from relief.integrations.aws_client import call_aws, client_of
from relief.integrations.calls import Authorization, AwsCall, HttpCall
from relief.integrations.credentials import Credential, Credentials
from relief.integrations.http_client import HttpClient
from relief.integrations.sender import NetworkSender
from relief.integrations.signature import sign, verify
from relief.store.ports import Delivery
from tests.delivery.desk import Desk
from tests.pipeline import START
from tests.unit.handoff_cases import SAMPLE, config_of

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
        self.claims: list[tuple[str, str, int]] = []

    def send(
        self, handoff: Handoff, config: TargetConfig, record: DeliveryRecord, until: float
    ) -> Iterator[Mapping[str, str]]:
        self.sent.append(config.name)
        self.claims.append((record.told, record.telling, record.moves))
        error = self.script.pop(0) if self.script else None
        if error is not None:
            raise error
        yield {}


def dispatcher(store: MemoryStore, sender: ScriptedSender, *configs: TargetConfig) -> Dispatcher:
    """Return a dispatcher to these desks."""
    return Dispatcher(configs or (DESK,), store, sender, lambda: START)


def test_what_was_delivered_is_not_sent_again() -> None:
    """Given the same message twice, then the desk is asked once."""
    store, sender = MemoryStore(), ScriptedSender()
    for _ in range(2):
        dispatcher(store, sender).deliver(SAMPLE.handoff_id)
    assert sender.sent == ["desk"]
    assert store.records["desk"].state is DeliveryState.delivered
    assert store.records["desk"].delivered_at == START


def test_a_delay_is_tried_again_and_a_refusal_is_not() -> None:
    """Given a desk that says later and then never, then it is asked twice, and why is noted."""
    store, sender = MemoryStore(), ScriptedSender(DeliveryDelayed("429"), DeliveryRefused("422"))
    for expected in (DeliveryDelayed, DeliveryRefused, DeliveryRefused):
        with pytest.raises(expected):
            dispatcher(store, sender).deliver(SAMPLE.handoff_id)
    assert len(sender.sent) == 2
    assert (store.records["desk"].state, store.records["desk"].reason) == (DeliveryState.refused, "422")


def test_one_desks_failure_is_no_other_desks() -> None:
    """Given two desks of which the first fails, then the second has it, and the next attempt is at the first alone."""
    store, sender = MemoryStore(), ScriptedSender(DeliveryDelayed("503"))
    with pytest.raises(DeliveryDelayed):
        dispatcher(store, sender, DESK, OTHER).deliver(SAMPLE.handoff_id)
    dispatcher(store, sender, DESK, OTHER).deliver(SAMPLE.handoff_id)
    assert sender.sent == ["desk", "other", "desk"]


def test_a_desk_gets_the_queues_that_it_takes() -> None:
    """Given a desk for orders, then it gets no bills."""
    store, sender = MemoryStore(), ScriptedSender()
    config = DESK.model_copy(update={"queues": ["orders"]})
    dispatcher(store, sender, config).deliver(SAMPLE.handoff_id)
    assert sender.sent == []


def test_a_hand_over_that_moved_before_it_arrived_reaches_the_new_teams_desks_alone() -> None:
    """Given a hand-over that moved to security, when its first message comes late, then billing's desk is left out."""
    store, sender = MemoryStore(moved("security")), ScriptedSender()
    both = (DESK.model_copy(update={"queues": ["billing"]}), OTHER.model_copy(update={"queues": ["security"]}))
    for _ in range(2):
        dispatcher(store, sender, *both).deliver(SAMPLE.handoff_id)
    assert sender.sent == ["other"]


def moved(queue: str, **changes: Any) -> Handoff:
    """Return the sample as it waits in another queue."""
    return SAMPLE.model_copy(update={"queue": queue, "state": HandoffState.queued, **changes})


def test_a_desk_that_has_a_hand_over_is_told_once_of_each_move() -> None:
    """Given a desk for all queues, then it is told of a move once however often the message comes, and of the next."""
    store, sender = MemoryStore(), ScriptedSender()
    told = dispatcher(store, sender)
    for queue in ("billing", "crisis", "crisis", "billing", "billing", "security"):
        store.handoff = moved(queue)
        told.deliver(SAMPLE.handoff_id)
    assert sender.claims == [
        ("", "billing/normal", 0),
        ("billing/normal", "crisis/normal", 1),
        ("crisis/normal", "billing/normal", 2),
        ("billing/normal", "security/normal", 3),
    ]


def test_a_desk_is_told_that_a_hand_over_went_to_another_desk() -> None:
    """Given a desk for billing that has it and one for crisis, then the first is told and the second gets it."""
    store, sender = MemoryStore(), ScriptedSender()
    both = (DESK.model_copy(update={"queues": ["billing"]}), OTHER.model_copy(update={"queues": ["crisis"]}))
    dispatcher(store, sender, *both).deliver(SAMPLE.handoff_id)
    store.handoff = moved("crisis", lane=Lane.crisis)
    for _ in range(2):
        dispatcher(store, sender, *both).deliver(SAMPLE.handoff_id)
    assert sender.sent == ["desk", "desk", "other"]
    assert [moves for _, _, moves in sender.claims] == [0, 1, 0]


def test_a_move_that_nobody_waits_through_is_not_told() -> None:
    """Given a hand-over that a person has taken, then its desk is told nothing any more."""
    store, sender = MemoryStore(), ScriptedSender()
    dispatcher(store, sender).deliver(SAMPLE.handoff_id)
    store.handoff = moved("crisis", state=HandoffState.accepted)
    dispatcher(store, sender).deliver(SAMPLE.handoff_id)
    assert sender.sent == ["desk"]


def test_a_move_that_a_desk_does_not_take_is_tried_again_and_the_next_one_starts_anew() -> None:
    """Given a desk that fails and then refuses a move, then that one is left, and another move is told all the same."""
    store = MemoryStore()
    sender = ScriptedSender(None, DeliveryDelayed("503"), DeliveryRefused("422"), None)
    told = dispatcher(store, sender)
    told.deliver(SAMPLE.handoff_id)
    store.handoff = moved("crisis")
    for expected in (DeliveryDelayed, DeliveryRefused, DeliveryRefused):
        with pytest.raises(expected):
            told.deliver(SAMPLE.handoff_id)
    assert len(sender.sent) == 3
    store.handoff = moved("security")
    told.deliver(SAMPLE.handoff_id)
    assert sender.claims[1:] == [
        ("billing/normal", "crisis/normal", 1),
        ("billing/normal", "crisis/normal", 1),
        ("billing/normal", "security/normal", 2),
    ]


def test_a_move_between_two_steps_of_the_first_delivery_is_told_after_the_last_of_them() -> None:
    """Given a desk that took the first of two calls when the hand-over moved, then the second follows, and then the move."""
    store, sender = MemoryStore(), ScriptedSender()
    half = DeliveryRecord(
        handoff_id=SAMPLE.handoff_id, target="desk", state=DeliveryState.open, version=1, steps=1,
        telling="billing/normal",
    )  # fmt: skip
    store.records["desk"] = half
    store.handoff = moved("crisis")
    dispatcher(store, sender).deliver(SAMPLE.handoff_id)
    assert sender.claims == [("", "billing/normal", 0), ("billing/normal", "crisis/normal", 1)]


def test_what_was_delivered_before_moves_were_noted_is_left_alone() -> None:
    """Given a record of an older release, then nothing is sent for it: what the desk was told is not known."""
    store, sender = MemoryStore(moved("crisis")), ScriptedSender()
    store.records["desk"] = DeliveryRecord(
        handoff_id=SAMPLE.handoff_id, target="desk", state=DeliveryState.delivered, version=2
    )
    dispatcher(store, sender).deliver(SAMPLE.handoff_id)
    assert sender.sent == []


def test_nothing_of_an_erased_hand_over_is_sent() -> None:
    """Given no record, then nobody is asked and nothing fails: there is nothing left to deliver."""
    store, sender = MemoryStore(None), ScriptedSender()
    dispatcher(store, sender).deliver(SAMPLE.handoff_id)
    assert sender.sent == []


@given(st.integers(0, 3 * LEASE_SECONDS))
def test_a_claim_holds_until_its_lease_ends(seconds: int) -> None:
    """Given a claim whose holder died, then nobody else may try before its lease ends, and somebody may after it."""
    claim = claim_delivery("h", "desk", None, "billing/normal", START)
    later = START + timedelta(seconds=seconds)
    if seconds < LEASE_SECONDS:
        with pytest.raises(DeliveryDelayed):
            claim_delivery("h", "desk", claim, "billing/normal", later)
    else:
        again = claim_delivery("h", "desk", claim, "billing/normal", later)
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


def test_a_task_of_connect_is_brought_up_to_date_by_the_name_that_connect_gave_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a task whose hand-over moves, then its attributes are set under the contact's identifier of the first answer."""
    calls: list[tuple[str, dict[str, Any]]] = []

    class Client:
        def start_task_contact(self, **arguments: Any) -> dict[str, Any]:
            calls.append(("start", arguments))
            return {"ContactId": "contact-1"}

        def update_contact_attributes(self, **arguments: Any) -> dict[str, Any]:
            calls.append(("update", arguments))
            return {}

    monkeypatch.setattr("relief.integrations.aws_client.boto3.client", lambda *_, **__: Client())
    client_of.cache_clear()
    config = config_of(TargetKind.connect_task)
    store = MemoryStore()
    delivering = Dispatcher((config,), store, NetworkSender((config,), Credentials("id"), 1), lambda: START)
    delivering.deliver(SAMPLE.handoff_id)
    store.handoff = moved("security")
    delivering.deliver(SAMPLE.handoff_id)
    client_of.cache_clear()
    assert [name for name, _ in calls] == ["start", "update"]
    assert calls[1][1]["InitialContactId"] == "contact-1"
    assert calls[1][1]["Attributes"]["relief_queue"] == "security"
