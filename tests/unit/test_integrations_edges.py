"""Desks and flows at their edges: credentials that cannot be read, time that is up, answers of every kind, damaged records."""

import json
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from relief.contracts.decision import TurnResponse
from relief.contracts.foreign import ConnectEvent
from relief.contracts.incident import IncidentNotice
from relief.contracts.targets import DeliveryRecord, TargetConfig, TargetKind
from relief.contracts.vocabulary import Action
from relief.errors import DeliveryDelayed, DeliveryRefused, Unavailable
from relief.integrations.adapters.answer import flatten
from relief.integrations.adapters.chatwoot import reply
from relief.integrations.adapters.connect import read_connect
from relief.integrations.adapters.lex import answer_lex
from relief.integrations.calls import Authorization, HttpCall
from relief.integrations.credentials import Credential, Credentials
from relief.integrations.http_client import HttpClient, capture, search
from relief.integrations.projection import size_of
from relief.integrations.registry import TARGETS
from relief.integrations.sender import NetworkSender
from relief.integrations.targets import webhook
from tests.pipeline import START, Session
from tests.unit.handoff_cases import SAMPLE, config_of
from tests.unit.test_integrations_adapters import LEX, PureTurns, with_parameters

BEARER: Final = Authorization("Authorization", "bearer")


class Secrets:
    """A secret that can be changed, and a service that can be down."""

    def __init__(self, document: Any) -> None:
        self.document = document
        self.down = False
        self.readings = 0

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        self.readings += 1
        if self.down:
            raise EndpointConnectionError(endpoint_url="secrets")
        return {"SecretString": json.dumps(self.document)}


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    """The secret of two desks."""
    held = Secrets({"signing_key": "shared", "crm": {"token": "t"}, "phone": {"username": "u", "password": "p"}})
    monkeypatch.setattr(boto3, "client", lambda *_, **__: held)
    return held


def test_credentials_are_kept_for_minutes_and_while_they_cannot_be_read(secrets: Secrets) -> None:
    """Given a secret, then it is read again after minutes; while that fails the desks are called with what was read."""
    now = [0.0]
    credentials = Credentials("desks", lambda: now[0])
    assert credentials.of("crm").token == "t"
    assert credentials.of("crm").keys == ("shared",)
    assert secrets.readings == 1
    secrets.document = {"crm": {"token": "rotated"}}
    assert credentials.of("crm").token == "t"
    now[0] = 301.0
    assert credentials.of("crm").token == "rotated"
    secrets.down = True
    now[0] = 700.0
    assert credentials.of("crm").token == "rotated"


def test_credentials_that_were_never_read_or_are_of_another_form_are_said_so(secrets: Secrets) -> None:
    """Given no secret to be had, one that is a list, or a token that is a number, then no desk is called with nonsense."""
    secrets.down = True
    with pytest.raises(Unavailable, match="cannot be read"):
        Credentials("desks").of("crm")
    secrets.down = False
    secrets.document = ["crm"]
    assert Credentials("desks").of("crm") == Credential()
    secrets.document = {"crm": {"token": ["t"]}}
    with pytest.raises(Unavailable, match="crm is not of a known form"):
        Credentials("desks").of("crm")


def test_a_header_says_who_calls_in_the_desks_own_way() -> None:
    """Given tokens and passwords, then each form of authorisation has its header, and nothing has none."""
    basic, plain = Authorization("Authorization", "basic"), Authorization("api_access_token", "plain")
    assert Credential(username="u", password="p").header(basic) == {"Authorization": "Basic dTpw"}
    assert Credential(token="t").header(plain) == {"api_access_token": "t"}
    assert Credential(token="t").header(BEARER) == {"Authorization": "Bearer t"}
    assert Credential().header(BEARER) == {}
    assert Credential().header(basic) == {}


def delivery(config: TargetConfig, **more: Any) -> DeliveryRecord:
    """Return a delivery that has just been claimed."""
    fields = {"handoff_id": SAMPLE.handoff_id, "target": config.name, "state": "claimed", "version": 1}
    return DeliveryRecord.model_validate({**fields, **more})


def test_no_call_begins_that_could_not_end_in_time(secrets: Secrets) -> None:
    """Given a function whose time is nearly up, then the delivery waits for the next one, and nothing is sent."""
    config = config_of(TargetKind.webhook)
    sender = NetworkSender([config], Credentials("desks"), 2.0, lambda: 100.0)
    with pytest.raises(DeliveryDelayed, match="no time left"):
        list(sender.send(SAMPLE, config, delivery(config), until=102.9))
    assert secrets.readings == 0


def test_a_delivery_without_credentials_is_tried_again(secrets: Secrets) -> None:
    """Given a secret that cannot be read, then the delivery is delayed, not refused for good."""
    secrets.down = True
    config = config_of(TargetKind.webhook)
    sender = NetworkSender([config], Credentials("desks"), 2.0, lambda: 100.0)
    with pytest.raises(DeliveryDelayed, match="no credentials"):
        list(sender.send(SAMPLE, config, delivery(config), until=1_000))


def test_a_desk_whose_name_leads_into_the_own_network_is_refused() -> None:
    """Given a public desk whose address turns out to be this machine, then the connection is closed before a word is said."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/hook"
        config = config_of(TargetKind.webhook).model_copy(update={"url": url, "private": False})
        with pytest.raises(DeliveryRefused, match="not public"):
            HttpClient(config, 1.0).call(HttpCall("POST", "", {"a": 1}), Credential(), BEARER, "once")
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1) == b""


def test_an_answer_of_another_shape_holds_nothing() -> None:
    """Given a desk's answer that is not what its document says, then a name that is needed is missed, not invented."""
    assert search("length(tasks)", {"tasks": 3}) is None
    call = HttpCall("GET", "/tasks", capture={"task": "tasks[0].sid"})
    assert capture(call, {"tasks": [{"sid": "T1"}]}) == {"task": "T1"}
    with pytest.raises(DeliveryRefused, match="no task in the answer"):
        capture(call, {"tasks": [{"sid": 7}]})


def test_a_damaged_hand_over_still_fits_a_webhook() -> None:
    """Given a record of far too much, then long texts are cut and named, and the rest goes out."""
    summary = SAMPLE.summary.model_copy(update={"goal": "g" * 40_000, "headline": "h" * 40_000})
    damaged = SAMPLE.model_copy(update={"summary": summary, "session_id": "s" * 40_000})
    projection = webhook.project(damaged)
    assert {"goal", "headline", "session_id"} <= set(projection.dropped)
    assert size_of(projection.fields) <= webhook.BUDGET
    assert projection.fields["handoff_id"] == SAMPLE.handoff_id


def test_a_task_of_twilio_goes_to_its_channel_where_one_is_named() -> None:
    """Given a configuration with a task channel and one without, then the task says it, or leaves it to Twilio."""
    config = config_of(TargetKind.twilio)
    options = {"workflow_sid": "WW1", "workspace_sid": "WS1"}
    for more, expected in (({}, None), ({"task_channel": "chat"}, "chat")):
        (call,) = TARGETS[TargetKind.twilio].plan(
            SAMPLE, config.model_copy(update={"options": {**config.options, **options, **more} if more else options})
        )
        assert isinstance(call, HttpCall)
        assert (call.form or {}).get("TaskChannel") == expected


def test_a_flow_of_connect_may_name_the_channel() -> None:
    """Given a channel that the flow names, then it counts; given one that is none, then the contact's own does."""
    for named, channel in (("sms", "sms"), ("pigeon", "voice")):
        event = ConnectEvent.model_validate(with_parameters(channel=named, text="hello"))
        assert read_connect(event, "request")[0].document["channel"] == channel


def test_lex_is_told_to_ask_anew_when_the_approach_changes() -> None:
    """Given a decision to change the approach, then Lex asks what the customer wants, with the words for it."""

    class Changing(PureTurns):
        def accept(self, *arguments: Any) -> TurnResponse:
            said = super().accept(*arguments)
            following = said.next.model_copy(update={"say": "Let's try another way."})
            return said.model_copy(update={"action": Action.change_strategy, "next": following})

    answer = answer_lex(LEX, Changing(), START)
    assert answer["sessionState"]["dialogAction"] == {"type": "ElicitIntent"}
    assert answer["messages"][0]["content"].startswith("Let's try another way.")


def test_chatwoot_is_told_nothing_of_a_session_that_is_not_its_own() -> None:
    """Given a session of another system, then there is no conversation to answer in."""
    session = Session("connect-1")
    assert reply(session.say("human please"), "connect-1") is None


def test_a_flow_reads_of_incidents_and_of_waits_that_are_known() -> None:
    """Given an answer under an incident, and one whose wait nobody knows, then the flow reads the one and not the other."""
    answer = Session().say("I want a human")
    assert answer.handoff is not None
    unknown = answer.handoff.model_copy(update={"eta_seconds": None})
    notice = IncidentNotice(incident_id="outage", message="We are on it.")
    fields = flatten(answer.model_copy(update={"incident": notice}), "en-US", 32_000).fields
    assert fields["relief_incident"] == "We are on it."
    assert fields["relief_eta_seconds"] == str(answer.handoff.eta_seconds)
    fewer = flatten(answer.model_copy(update={"handoff": unknown}), "en-US", 32_000).fields
    assert "relief_eta_seconds" not in fewer
    assert fewer["relief_queue"] == answer.handoff.queue
