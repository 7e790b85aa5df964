"""Adapters in: whatever a vendor sends, a well-formed answer comes back, and the customer's words reach the decision."""

import copy
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relief.api.requests import parse_body
from relief.contracts.decision import TurnResponse
from relief.contracts.foreign import ConnectEvent, LexEvent
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action
from relief.errors import RequestInvalid
from relief.integrations.adapters import connect, incoming
from relief.integrations.adapters.chatwoot import read_message, reply
from relief.integrations.adapters.connect import answer_connect, read_connect
from relief.integrations.adapters.contact_lens import load_meanings, read_rule_event, take_rule_event
from relief.integrations.adapters.generic import read_signed_turn
from relief.integrations.adapters.lex import answer_lex, read_lex
from relief.integrations.projection import size_of
from tests.pipeline import START, Session

ROOT: Final = Path(__file__).resolve().parents[2]
EVENTS: Final = ROOT / "tests" / "events"


def event_of(path: Path) -> dict[str, Any]:
    """Return an event of a file."""
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


CONNECT: Final = event_of(ROOT / "functions" / "connect" / "event.json")
LEX: Final = event_of(ROOT / "functions" / "lex" / "event.json")
RULE: Final = event_of(EVENTS / "contact_lens_rule.json")
MESSAGE: Final = event_of(EVENTS / "chatwoot_message.json")


class PureTurns:
    """Decides turns with the stages of the workflow and no AWS, after the API's own validation."""

    def __init__(self) -> None:
        """Start with no sessions."""
        self.sessions: dict[str, Session] = {}
        self.requests: list[TurnRequest] = []

    def accept(self, session_id: str, body: bytes, now: datetime) -> TurnResponse:
        """Return the decision on a turn."""
        request = parse_body(body, TurnRequest)
        self.requests.append(request)
        return self.sessions.setdefault(session_id, Session(session_id)).take(request)


class NoTurns:
    """A service that is down, in one way or another."""

    def __init__(self, error: Exception | None = None) -> None:
        """``None``: it hangs."""
        self.error = error

    def accept(self, session_id: str, body: bytes, now: datetime) -> TurnResponse:
        """Fail, or take too long."""
        if self.error is None:
            time.sleep(0.4)
            raise AssertionError
        raise self.error


def with_parameters(**parameters: Any) -> dict[str, Any]:
    """Return Connect's event with other parameters."""
    event = copy.deepcopy(CONNECT)
    event["Details"]["Parameters"] = parameters
    return event


def test_connects_sample_event_is_decided() -> None:
    """Given the documented event, then words, step and fact reach the decision, and the answer is flat text."""
    turns = PureTurns()
    answer = answer_connect(CONNECT, turns, "request-1", START)
    assert answer["relief_action"] == "escalate"
    assert answer["relief_queue"] == "billing"
    assert answer["relief_fact_order_number"] == "A-20391"
    assert answer["relief_turn"] == "2"
    assert all(isinstance(value, str) for value in answer.values())
    assert list(turns.sessions) == ["4a573372-1f28-4e26-b97b-1f2e3d4c5b6a"]
    assert turns.requests[0].channel == "voice"
    assert turns.requests[0].bot is not None
    assert turns.requests[0].bot.outcome == "failed"


def test_a_contacts_turn_is_recognised_when_it_comes_again_and_the_next_is_another() -> None:
    """Given the flow's count, then a repetition has the same identifier, and the same words later have another."""
    first, again = (read_connect(ConnectEvent.model_validate(CONNECT), f"request-{one}")[0] for one in (1, 2))
    later = copy.deepcopy(CONNECT)
    later["Details"]["ContactData"]["Attributes"]["relief_turn"] = "2"
    assert first.document["turn_id"] == again.document["turn_id"]
    assert read_connect(ConnectEvent.model_validate(later), "r")[0].document["turn_id"] != first.document["turn_id"]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Details": None},
        {"Details": {"ContactData": {"ContactId": "c-1"}, "Parameters": None}},
        {"Details": {"ContactData": {"ContactId": "c-1", "Channel": 7, "Attributes": []}, "Parameters": {"text": ""}}},
        {"Details": {"ContactData": {"ContactId": "é" * 200, "LanguageCode": "?"}, "Parameters": {"locale": "!"}}},
        with_parameters(),
        with_parameters(text="x" * 40_000),
        with_parameters(text="\x00" * 9_000),
        with_parameters(text="💥" * 9_000, said="💥" * 9_000),
        with_parameters(text="hello", journey="Not A Journey!", outcome="sideways", asked=",,1", turn_id="a b"),
        with_parameters(text="hello", **{f"fact_{number}": "x" for number in range(99)}),
        with_parameters(text="hello", fact_order_number="x" * 900, customer_ref="y" * 900, intent="z" * 900),
        {**CONNECT, "Details": {**CONNECT["Details"], "NewField": {"deep": [1]}}},
    ],
    ids=range(13),
)
def test_connect_is_always_answered(event: dict[str, Any]) -> None:
    """Given missing text, unknown fields, wrong types or far too much, then the answer is a flat map with an action."""
    answer = answer_connect(event, PureTurns(), "request-1", START)
    assert answer["relief_action"] in set(Action)
    assert "relief_degraded" not in answer or answer["relief_degraded"] != "workflow", "the turn itself was decided"
    assert size_of(answer) <= 32 * 1024


@pytest.mark.parametrize("turns", [NoTurns(RuntimeError()), NoTurns(RequestInvalid("no")), NoTurns()])
def test_connect_hands_over_when_nothing_decides_in_time(turns: NoTurns, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a service that fails or hangs, then the flow is told to hand over, in words, within its time."""
    monkeypatch.setattr(connect, "SECONDS", 0.05)
    began = time.monotonic()
    answer = answer_connect(CONNECT, turns, "request-1", START)
    assert time.monotonic() - began < 0.4
    assert (answer["relief_action"], answer["relief_degraded"]) == ("escalate", "workflow")
    assert "colleague" in answer["relief_say"]


def test_lexs_sample_event_is_decided() -> None:
    """Given the documented event, then a request for a person closes the intent with words, and attributes stay."""
    turns = PureTurns()
    answer = answer_lex(LEX, turns, START)
    state = answer["sessionState"]
    assert state["dialogAction"] == {"type": "Close"}
    assert state["intent"]["state"] == "Failed"
    assert state["intent"]["slots"] == LEX["sessionState"]["intent"]["slots"]
    assert state["sessionAttributes"]["campaign"] == "autumn"
    assert state["sessionAttributes"]["relief_action"] == "escalate"
    assert state["sessionAttributes"]["relief_turn"] == "3"
    assert answer["messages"][0]["content"]
    request = turns.requests[0]
    assert request.facts == {"order_number": "A-20391"}
    assert request.locale == "en_US"


def test_a_retry_of_lex_is_a_failed_step() -> None:
    """Given a prompt that is to be repeated, then what was asked has failed; at the first attempt nothing has."""
    retry = read_lex(LexEvent.model_validate(LEX)).document["bot"]
    assert (retry["step"], retry["outcome"], retry["asked"]) == ("new_address", "failed", ["new_address"])
    first = copy.deepcopy(LEX)
    first["proposedNextState"]["prompt"]["attempt"] = "Initial"
    assert "outcome" not in read_lex(LexEvent.model_validate(first)).document["bot"]


def test_two_retries_of_lex_change_the_approach() -> None:
    """Given the same slot not understood again and again, then Lex does not just go on: free retries are a signal."""
    turns = PureTurns()
    actions = []
    for number in range(4):
        event = copy.deepcopy(LEX)
        event["inputTranscript"] = "the blue house"
        event["sessionState"]["sessionAttributes"]["relief_turn"] = str(number)
        event["proposedNextState"]["prompt"]["attempt"] = f"Retry{number + 1}"
        actions.append(answer_lex(event, turns, START)["sessionState"]["sessionAttributes"]["relief_action"])
    assert "escalate" in actions


TURN_TO_LEX: Final = {
    "Hello, where is my parcel?": {"Delegate", "ElicitSlot", "ElicitIntent"},
    "human": {"Close"},
}


@pytest.mark.parametrize(("text", "allowed"), TURN_TO_LEX.items())
def test_lex_gets_an_action_that_it_takes(text: str, allowed: set[str]) -> None:
    """Given a turn, then the dialog action is one that Lex documents, with what that action needs."""
    event = copy.deepcopy(LEX)
    event["inputTranscript"] = text
    event["proposedNextState"]["prompt"]["attempt"] = "Initial"
    state = answer_lex(event, PureTurns(), START)["sessionState"]
    assert state["dialogAction"]["type"] in allowed
    if state["dialogAction"]["type"] == "ElicitSlot":
        assert state["dialogAction"]["slotToElicit"] in LEX["sessionState"]["intent"]["slots"]
    if state["dialogAction"]["type"] in {"Close", "Delegate", "ElicitSlot"}:
        assert state["intent"]["name"] == "ChangeOrder"


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"sessionState": None, "proposedNextState": None, "interpretations": None},
        {"sessionId": "s", "inputTranscript": None, "sessionState": {"intent": None, "sessionAttributes": None}},
        {"sessionId": "s", "inputTranscript": "", "sessionState": {"intent": {"name": "A", "slots": {"B": "c"}}}},
        {**LEX, "inputTranscript": "x" * 50_000, "brandNew": {"a": [1]}},
        {**LEX, "inputMode": "DTMF", "inputTranscript": "0"},
        {**LEX, "interpretations": [{"intent": {"name": "ChangeOrder"}, "nluConfidence": {"score": 7}}]},
        {k: v for k, v in LEX.items() if k != "proposedNextState"},
    ],
    ids=range(8),
)
def test_lex_is_always_answered(event: dict[str, Any]) -> None:
    """Given missing text, unknown fields or wrong types, then the answer is one that Lex takes."""
    answer = answer_lex(event, PureTurns(), START)
    assert answer["sessionState"]["dialogAction"]["type"] in {"Close", "Delegate", "ElicitIntent", "ElicitSlot"}
    assert all(isinstance(value, str) for value in answer["sessionState"]["sessionAttributes"].values())
    assert answer["sessionState"]["sessionAttributes"]["relief_action"] in set(Action)


def test_lex_keeps_the_bots_attributes_when_they_fill_the_session() -> None:
    """Given 11 KB of the bot's own attributes, then all are there, and ours with them stay within 12 KB."""
    event = copy.deepcopy(LEX)
    own = {f"own_{number}": "x" * 1_000 for number in range(11)}
    event["sessionState"]["sessionAttributes"] |= own
    attributes = answer_lex(event, PureTurns(), START)["sessionState"]["sessionAttributes"]
    assert own.items() <= attributes.items()
    assert attributes["relief_action"] == "escalate"
    assert size_of(attributes) <= 12 * 1024


def test_lex_hands_over_when_nothing_decides() -> None:
    """Given a service that is down, then the intent is closed with words, and the flow told to transfer."""
    answer = answer_lex(LEX, NoTurns(RuntimeError()), START)
    assert answer["sessionState"]["dialogAction"] == {"type": "Close"}
    assert answer["sessionState"]["sessionAttributes"]["relief_action"] == "escalate"
    assert "colleague" in answer["messages"][0]["content"]


def test_a_rule_of_contact_lens_reaches_the_contacts_session() -> None:
    """Given the documented event with an action of ours, then the session of that contact hands over."""
    turns = PureTurns()
    response = take_rule_event(RULE, turns, START)
    assert response is not None
    assert response.action is Action.escalate
    assert list(turns.sessions) == ["contact-ARN"]
    assert turns.requests[0].turn_id == RULE["id"]


@pytest.mark.parametrize(
    "detail", [{}, {"actionName": "NOTIFY"}, {"actionName": "RELIEF_PERSON", "contactArn": "none"}, None]
)
def test_other_rules_mean_nothing(detail: Any) -> None:
    """Given an action that has no meaning here, or no contact, then nothing happens."""
    assert take_rule_event({**RULE, "detail": detail}, NoTurns(), START) is None


@pytest.mark.parametrize("action", load_meanings())
def test_every_meaning_is_a_turn(action: str) -> None:
    """Given each action with a meaning, then it makes a turn that the service takes."""
    incoming_turn = read_rule_event({**RULE, "detail": {**RULE["detail"], "actionName": action}})
    assert incoming_turn is not None
    TurnRequest.model_validate(incoming_turn.document)


def test_chatwoots_sample_message_is_a_turn() -> None:
    """Given the documented message in a pending conversation, then it is a turn of that conversation's session."""
    turn = read_message(MESSAGE)
    assert turn is not None
    assert turn.session_id == "chatwoot-1-10"
    assert TurnRequest.model_validate(turn.document).text == "I want to talk to a person"


def changed(**changes: Any) -> dict[str, Any]:
    """Return Chatwoot's message with other values."""
    return {**MESSAGE, **changes}


@pytest.mark.parametrize(
    "event",
    [
        {},
        changed(event="message_updated"),
        changed(message_type="outgoing"),
        changed(private=True),
        changed(conversation={**MESSAGE["conversation"], "status": "open"}),
        changed(conversation=None),
        changed(account={}),
        changed(id=None),
        changed(conversation={**MESSAGE["conversation"], "id": -4}),
        changed(conversation={**MESSAGE["conversation"], "id": "ten"}),
    ],
    ids=range(10),
)
def test_what_is_not_the_bots_is_left_alone(event: dict[str, Any]) -> None:
    """Given what people write, what bots write, notes, and conversations that people have, then there is no turn."""
    assert read_message(event) is None


@pytest.mark.parametrize("content", [None, "", "  ", "x" * 60_000, "\u2028\x00"])
def test_any_content_of_a_message_is_decided(content: Any) -> None:
    """Given a message without text (a picture), or with far too much, then it is a turn that can be decided."""
    turn = read_message(changed(content=content))
    assert turn is not None
    assert incoming.decide(PureTurns(), turn, START) is not None


def test_chatwoot_hears_what_is_to_be_said_and_nothing_when_the_bot_holds() -> None:
    """Given decisions, then words are posted openly; a hold posts nothing; no decision opens the conversation."""
    session = Session("chatwoot-1-10")
    call = reply(session.say("human please"), "chatwoot-1-10")
    assert call is not None
    assert call.body == {"content": session.answers[0].next.say, "message_type": "outgoing", "private": False}
    held = session.answers[0].model_copy(update={"action": Action.hold})
    assert reply(held, "chatwoot-1-10") is None
    opened = reply(None, "chatwoot-1-10")
    assert opened is not None
    assert opened.path.endswith("/toggle_status")


def test_a_signed_turn_may_say_more_than_is_read() -> None:
    """Given fields that Relief does not know, then they are ignored; without a session there is no turn."""
    turn = {"turn_id": "t1", "channel": "sms", "text": "hi", "vendor": {"a": 1}}
    assert read_signed_turn({"session_id": "s-1", "turn": turn, "x": 1}).document.keys() == {
        "turn_id",
        "channel",
        "text",
    }
    with pytest.raises(RequestInvalid):
        read_signed_turn({"turn": turn})


_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


@given(connect_event=_JSON, lex_event=_JSON)
@settings(max_examples=60)
def test_nonsense_in_the_known_places_is_answered(connect_event: Any, lex_event: Any) -> None:
    """Given any JSON where the vendors have objects, then both answers are well-formed."""
    answer = answer_connect(
        {"Details": {"ContactData": connect_event, "Parameters": lex_event}}, PureTurns(), "request", datetime.now(UTC)
    )
    assert answer["relief_action"] in set(Action)
    lex = {
        "sessionId": "s",
        "sessionState": lex_event,
        "proposedNextState": connect_event,
        "interpretations": lex_event,
    }
    state = answer_lex(lex, PureTurns(), datetime.now(UTC))["sessionState"]
    assert state["sessionAttributes"]["relief_action"] in set(Action)
