"""A desk that names a time is not asked before it, and its hand-over is given no less time than any other."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from relief.contracts.targets import DeliveryState, TargetConfig
from relief.deliver.batch import Batch
from relief.deliver.dispatch import Dispatcher
from relief.deliver.patience import QUEUE_SECONDS, QueuePatience, Wait
from relief.deliver.worklist import Received
from relief.errors import DeliveryDelayed, DeliveryRefused
from relief.integrations.calls import HttpCall
from relief.integrations.credentials import Credential
from relief.integrations.http_client import HttpClient
from relief.integrations.retry_after import LONGEST_SECONDS, read_retry_after
from relief.settings import Settings
from tests.delivery.desk import Desk
from tests.pipeline import START
from tests.unit.handoff_cases import SAMPLE
from tests.unit.test_deliver_dispatch import DESK, OTHER, MemoryStore, ScriptedSender

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
ARN = "arn:aws:sqs:eu-west-1:111122223333:relief-BillingQueue"
URL = "https://sqs.eu-west-1.amazonaws.com/111122223333/relief-BillingQueue"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("60", 60),
        (" 7 ", 7),
        ("899", 899),
        ("3600", LONGEST_SECONDS),
        ("9" * 5000, LONGEST_SECONDS),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        ("Mon, 23 Nov 2026 10:01:30 -0000", 90),
        (format_datetime(NOW + timedelta(days=3), usegmt=True), LONGEST_SECONDS),
        (format_datetime(NOW - timedelta(seconds=5), usegmt=True), None),
        ("Mon, 99 Foo 2026 10:00:00 GMT", None),
        ("Sun, 23 Nov 99999 10:00:00 GMT", None),
        *[(nonsense, None) for nonsense in (None, "", "0", "-3", "1.5", "soon", "\u0663", "inf", "nan", "1e3", "60s")],
    ],
)
def test_both_forms_of_the_header_are_read(header: str | None, seconds: float | None) -> None:
    """Given seconds or an HTTP date, then the wait is known, 900 s at most; nonsense and the past are none."""
    assert read_retry_after(header, NOW.timestamp()) == seconds


@given(st.text(max_size=60))
def test_no_header_is_a_failure(header: str) -> None:
    """Given any text, then there is a wait within bounds, or none."""
    wait = read_retry_after(header, NOW.timestamp())
    assert wait is None or 0 < wait <= LONGEST_SECONDS


@pytest.mark.parametrize("status", ["429", "503"])
def test_a_client_asks_nothing_until_the_time_is_over(status: str) -> None:
    """Given a desk that names 30 s, then nothing reaches it for 30 s, whatever the hand-over, and then the next does."""
    clock = [NOW.timestamp()]
    with Desk() as desk:
        desk.sequence, desk.retry_after = [status], "30"
        client = HttpClient(
            TargetConfig.model_validate({"name": "desk", "kind": "webhook", "url": desk.url, "private": True}),
            1,
            lambda: clock[0],
        )
        desk.is_signed = lambda *_: True  # type: ignore[method-assign] # the clock is another one

        def ask() -> Any:
            return client.call(HttpCall("POST", "", {}), Credential(signing_key=desk.key), None, "once")

        with pytest.raises(DeliveryDelayed, match=status) as first:
            ask()
        clock[0] += 29
        with pytest.raises(DeliveryDelayed, match="left alone") as second:
            ask()
        assert desk.requested == {"POST /": 1}
        clock[0] += 1
        assert ask() == {"taken": True}
    assert (first.value.wait_seconds, second.value.wait_seconds) == (30, 1)


def test_another_answers_header_says_nothing() -> None:
    """Given 500, for which the header has no meaning, then the usual pace holds."""
    with Desk() as desk:
        desk.sequence, desk.retry_after = ["500"], "30"
        config = TargetConfig.model_validate({"name": "desk", "kind": "webhook", "url": desk.url, "private": True})
        with pytest.raises(DeliveryDelayed) as delayed:
            HttpClient(config, 1).call(HttpCall("POST", "", {}), Credential(signing_key=desk.key), None, "once")
    assert delayed.value.wait_seconds is None


def test_a_desk_is_not_asked_before_its_time_by_whoever_has_the_message() -> None:
    """Given a message that comes back early, then the desk is not asked, and no attempt is counted."""
    store, sender = MemoryStore(), ScriptedSender(DeliveryDelayed("429", 90))
    now = [START]
    dispatcher = Dispatcher((DESK,), store, sender, lambda: now[0])
    for passed, left in ((0, 90), (60, 30)):
        now[0] = START + timedelta(seconds=passed)
        with pytest.raises(DeliveryDelayed, match="429") as delayed:
            dispatcher.deliver(SAMPLE.handoff_id)
        assert delayed.value.wait_seconds == left
    assert (len(sender.sent), store.records["desk"].attempts) == (1, 1)
    now[0] = START + timedelta(seconds=90)
    dispatcher.deliver(SAMPLE.handoff_id)
    assert (store.records["desk"].state, store.records["desk"].wait_until) == (DeliveryState.delivered, None)


@pytest.mark.parametrize(
    ("first", "second", "wait"),
    [
        (DeliveryDelayed("429", 600), DeliveryDelayed("503", 90), 90),
        (DeliveryDelayed("429", 600), DeliveryDelayed("500"), None),
        (DeliveryRefused("422"), DeliveryDelayed("429", 600), 600),
        (DeliveryDelayed("429", 600), None, 600),
    ],
)
def test_one_desks_patience_holds_up_no_other_desk(
    first: Exception, second: Exception | None, wait: float | None
) -> None:
    """Given two desks that fail in different ways, then the message comes back for the one that is asked first."""
    store, sender = MemoryStore(), ScriptedSender(first, second)
    with pytest.raises(DeliveryDelayed) as delayed:
        Dispatcher((DESK, OTHER), store, sender, lambda: START).deliver(SAMPLE.handoff_id)
    assert delayed.value.wait_seconds == wait


class FakeQueues:
    """A queue that writes down what visibility a message was given, or refuses."""

    def __init__(self) -> None:
        self.given: list[tuple[str, str, int]] = []
        self.refuses = False

    def change_message_visibility_batch(self, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - AWS's names
        if self.refuses:
            raise ClientError({"Error": {"Code": "QueueDoesNotExist"}}, "ChangeMessageVisibilityBatch")
        assert 1 <= len(Entries) <= 10
        self.given += [(QueueUrl, one["ReceiptHandle"], one["VisibilityTimeout"]) for one in Entries]
        return {"Failed": [{"Id": Entries[0]["Id"]}]}


def record(message_id: str = "m") -> SQSRecord:
    """Return a message of the queue."""
    return SQSRecord({"messageId": message_id, "receiptHandle": f"receipt of {message_id}", "eventSourceARN": ARN})


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> FakeQueues:
    """The queue behind the installation's URL."""
    fake = FakeQueues()
    monkeypatch.setattr("relief.deliver.patience.boto3.client", lambda *_, **__: fake)
    return fake


SETTINGS = Settings.model_validate({"handoff_queue_urls": json.dumps({"billing": URL})})


@given(st.floats(0, LONGEST_SECONDS))
def test_a_wait_never_brings_a_message_back_sooner_than_a_failure_would(seconds: float) -> None:
    """Given any wait, then the message is away for it, and for no less than the queue keeps what has failed.

    So five receives last no less for a desk that asks for a wait than for one that fails: what is put aside is put
    aside no sooner.
    """
    queues = FakeQueues()
    patience = QueuePatience(SETTINGS)
    patience.__dict__["_queues"] = queues
    patience.keep_back([Wait(record(), seconds)])
    if not queues.given:
        assert seconds <= QUEUE_SECONDS - 10, "by itself it comes back a minute after it was received"
        return
    away = queues.given[0][2]
    assert max(QUEUE_SECONDS, seconds) <= away <= LONGEST_SECONDS + 1


def test_the_queues_of_the_template_keep_a_failed_message_for_as_long() -> None:
    """Given the template, then its hand-over queues have the visibility that patience counts on."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, tag, node: None)
    resources = yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader)["Resources"]  # noqa: S506 - a safe loader
    events = resources["DeliverFunction"]["Properties"]["Events"]
    assert {resources[f"{name}Queue"]["Properties"]["VisibilityTimeout"] for name in events} == {QUEUE_SECONDS}


def test_a_batch_keeps_back_the_messages_that_must_wait_and_no_other(queues: FakeQueues) -> None:
    """Given one message to a desk that names a time, one to a desk that is down, one that arrives: the first is kept back."""
    outcomes = {"waits": DeliveryDelayed("429", 300), "fails": DeliveryDelayed("500"), "arrives": None}

    class Delivering:
        def deliver(self, handoff_id: str, until: float) -> None:
            error = outcomes[handoff_id]
            if error is not None:
                raise error

    batch = Batch(lambda one: Received(True, one.message_id), Delivering(), QueuePatience(SETTINGS))
    taken = batch.take(record(name) for name in outcomes)
    assert {name: type(one.exception()) for name, one in taken.items()} == {
        "waits": DeliveryDelayed,
        "fails": DeliveryDelayed,
        "arrives": type(None),
    }
    assert queues.given == [(URL, "receipt of waits", 301)]


def test_a_queue_that_does_not_take_the_wait_costs_nothing(queues: FakeQueues) -> None:
    """Given a queue that does not answer, then the batch goes on."""
    queues.refuses = True
    QueuePatience(SETTINGS).keep_back([Wait(record(), 300)])
    assert queues.given == []
