"""Drafts of a model: taken when they are faithful; whatever else it answers, the summary is the composer's and says so."""

import json
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from botocore.stub import ANY

from relief.contracts.summary import MAX_SUMMARY_BYTES, Summary
from relief.contracts.vocabulary import Part
from relief.store.bedrock import BedrockModel
from relief.store.ports import ModelUnavailable
from relief.summarise.breaker import Breaker
from relief.summarise.drafter import Drafter
from relief.summarise.fit import size_in_bytes
from tests.drafting import ANSWERS, SETTINGS, a_hand_over, a_model, recorded
from tests.pipeline import Session

WHY = {
    "rambles": "not_in_shape",
    "rambles_in_the_tool": "not_from_the_session",
    "invents_a_refund": "claim_invented",
    "promises_an_amount": "number_invented",
    "promises_in_words": "claim_invented",
    "leaks_a_card": "personal_data",
    "leaks_an_address": "address_invented",
    "follows_hidden_orders": "claim_invented",
    "follows_orders_quietly": "claim_invented",
    "loses_a_step": "step_lost",
    "loses_the_reason": "reason_lost",
    "loses_the_goal": "goal_lost",
    "repeats_a_failed_step": "failed_step_repeated",
    "asks_what_is_known": "known_slot_asked",
    "judges": "judgement",
    "broken_json": "not_in_shape",
    "broken_json_in_text": "not_in_shape",
    "cut_off": "not_in_shape",
    "wrong_shape": "not_in_shape",
    "too_long": "not_in_shape",
    "adds_a_field": "not_in_shape",
    "another_tool": "not_in_shape",
    "blocked": "not_in_shape",
    "empty": "not_in_shape",
}
HARMFUL = ("4111", "jane.doe", "900", "nine hundred", "vip", "refunded", "approved", "angry")


class Scripted:
    """A model that answers, or fails, as it is told."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []

    def answer(self, system: str, user: str, tool: str, schema: dict[str, Any]) -> Any:
        self.asked.append((system, user))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def harm_in(summary: Summary) -> list[str]:
    text = summary.model_dump_json().lower()
    return [word for word in HARMFUL if word in text]


def test_a_faithful_draft_is_taken() -> None:
    """Given a draft that says what is known, then its sentences are the summary's; every value stays as it was."""
    context, composed = a_hand_over()
    model, stubber = a_model()
    stubber.add_response("converse", recorded("faithful"))
    drafted = Drafter(model).draft(context, composed)
    assert (drafted.refused, drafted.prompt) == ("", "summary-1")
    answer = recorded("faithful")["output"]["message"]["content"][0]["toolUse"]["input"]
    assert drafted.summary.headline == answer["headline"]
    assert drafted.summary.recommended_next == answer["recommended_next"]
    sentences = {"headline", "goal", "recommended_next"}
    assert drafted.summary.model_dump(exclude=sentences) == composed.model_dump(exclude=sentences)
    assert size_in_bytes(drafted.summary) <= MAX_SUMMARY_BYTES


def test_every_recorded_answer_has_its_test() -> None:
    """Given the folder of recorded answers, then each is named above."""
    assert {path.stem for path in ANSWERS.glob("*.json")} == {*WHY, "faithful"}


@pytest.mark.parametrize("name", sorted(WHY))
def test_whatever_else_a_model_answers_the_summary_is_correct_and_safe(name: str) -> None:
    """Given an answer that cannot be trusted, then the composer's summary stands whole, and the code says why."""
    context, composed = a_hand_over()
    model, stubber = a_model()
    stubber.add_response("converse", recorded(name))
    drafted = Drafter(model).draft(context, composed)
    assert drafted.summary == composed
    assert not harm_in(drafted.summary)
    assert WHY[name] in drafted.refused.split(","), drafted.refused
    assert drafted.prompt == ""


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ReadTimeoutError(endpoint_url="https://bedrock"), "ReadTimeoutError"),
        (ConnectTimeoutError(endpoint_url="https://bedrock"), "ConnectTimeoutError"),
    ],
)
def test_a_model_that_is_too_slow_is_not_waited_for(
    failure: Exception, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a time-out, then the composer's summary stands."""
    context, composed = a_hand_over()
    model, _ = a_model()
    monkeypatch.setattr(model._client, "converse", lambda **_: (_ for _ in ()).throw(failure))
    drafted = Drafter(model).draft(context, composed)
    assert (drafted.summary, drafted.refused) == (composed, code)


def test_a_service_that_refuses_is_named_by_its_code_alone() -> None:
    """Given a throttled service, then its code is what is known of it; its message may quote what was sent."""
    model, stubber = a_model()
    stubber.add_client_error("converse", "ThrottlingException", "Too many requests for ...")
    with pytest.raises(ModelUnavailable, match=r"^ThrottlingException$"):
        model.answer("system", "user", "write_summary", {})


def test_the_request_has_the_prompt_the_schema_and_the_guardrail() -> None:
    """Given an installation, then the request is one that the service takes, and holds no message of the customer."""
    context, composed = a_hand_over()
    model, stubber = a_model()
    sent: dict[str, Any] = {}
    model._client.meta.events.register("provide-client-params.*.*", lambda params, **_: sent.update(params))
    expected = {
        "modelId": "amazon.nova-lite-v1:0",
        "system": ANY,
        "messages": ANY,
        "inferenceConfig": {"maxTokens": 700, "temperature": 0.0},
        "toolConfig": ANY,
        "guardrailConfig": {"guardrailIdentifier": "gr-1", "guardrailVersion": "3"},
    }
    stubber.add_response("converse", recorded("faithful"), expected)
    Drafter(model).draft(context, composed)
    assert sent["toolConfig"]["toolChoice"] == {"tool": {"name": "write_summary"}}
    assert "headline" in sent["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]["properties"]
    whole = json.dumps(sent)
    assert "A-20391" in whole
    for raw in ("charged twice for", "mark me as VIP", "Something went wrong"):
        assert raw not in whole
    stubber.assert_no_pending_responses()


def test_the_model_s_patience_fits_into_the_state_s_time() -> None:
    """Given connecting and reading at their slowest, then the Summarise state still has time to answer."""
    config = BedrockModel(SETTINGS)._client.meta.config
    assert config.connect_timeout + config.read_timeout <= 1.6
    assert config.retries["total_max_attempts"] == 1


def test_what_keeps_failing_is_left_alone_and_tried_again_later() -> None:
    """Given failures in a row, then nobody waits for the model until the pause is over; one success closes the circuit."""
    context, composed = a_hand_over()
    now = 0.0
    good = recorded("faithful")["output"]["message"]["content"][0]["toolUse"]["input"]
    model = Scripted(*[ModelUnavailable("down")] * 3, ModelUnavailable("still down"), good, good)
    drafter = Drafter(model, Breaker(failures=3, pause=30, clock=lambda: now))
    assert [drafter.draft(context, composed).refused for _ in range(5)] == ["down"] * 3 + ["circuit_open"] * 2
    now = 31.0
    assert [drafter.draft(context, composed).refused for _ in range(2)] == ["still down", "circuit_open"]
    now = 62.0
    assert [drafter.draft(context, composed).refused for _ in range(2)] == ["", ""]
    assert len(model.asked) == 6


def test_without_consent_nothing_goes_to_a_model() -> None:
    """Given a customer who did not agree to storage, then the composer words the summary, and nothing is missing."""
    context, composed = a_hand_over()
    model = Scripted()
    drafted = Drafter(model).draft(context.model_copy(update={"store_context": False}), composed)
    assert (drafted.refused, model.asked) == ("", [])


@pytest.mark.parametrize(("answer", "degraded"), [({}, True), (None, True)])
def test_the_answer_names_what_was_missing(answer: Any, degraded: bool) -> None:  # noqa: FBT001 - a case, not a switch
    """Given a draft that is refused, then the turn's answer names drafting, and the composer as the words' origin."""
    session = Session()
    session.drafter = Drafter(Scripted(answer))
    given = session.say("I want to talk to a human", journey="billing_dispute")
    assert (Part.drafting in given.degraded) is degraded
    assert given.versions.prompt == "composer-2"
    assert given.handoff is not None


def test_the_answer_names_the_prompt_that_wrote_the_words() -> None:
    """Given a draft that is taken, then the turn's answer names its prompt, and nothing is degraded for it."""
    words = {
        "headline": "Customer wants a disputed charge settled; bot: no step tried; verify charge remains; asked for a person",
        "goal": "a disputed charge settled",
        "recommended_next": ["Pick up at the open point; the customer asked for a person."],
    }
    session = Session()
    session.drafter = Drafter(Scripted(words))
    given = session.say("I want to talk to a human", journey="billing_dispute")
    assert given.handoff is not None
    assert given.handoff.summary.headline == words["headline"]
    assert given.versions.prompt == "summary-1"
    assert Part.drafting not in given.degraded
