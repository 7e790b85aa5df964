"""A small campaign of what ``make chaos`` runs at large, and the parts of the simulation that it rests on."""

import json
import random
from typing import Any

import pytest

from tests.chaos.__main__ import main
from tests.chaos.campaign import Campaign, run_campaign
from tests.chaos.clock import Clock
from tests.chaos.machine import Machine, TaskFailedError
from tests.chaos.mail import Mail, Message
from tests.chaos.troubles import Kind, Trouble, Troubles, draw_troubles

CONVERSATIONS = [*((seed, number) for seed in range(1, 6) for number in range(10)), (3, 56)]
"""The last one broke two promises once."""


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    """Some fifty conversations of five seeds."""
    return run_campaign(CONVERSATIONS, print)


def test_no_promise_is_broken_under_faults(campaign: Campaign) -> None:
    """Given conversations in which everything fails now and then, then every promise holds, and most faults hit."""
    assert campaign.broken == []
    assert campaign.turns > 4 * len(CONVERSATIONS)
    assert campaign.hand_overs > 20
    assert len(campaign.hits) >= len(Kind) - 2, campaign.hits


def test_a_seed_replays_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    """Given the same conversation twice, then every answer is the same to the last character."""
    outputs = []
    for _ in range(2):
        assert main(["--seed", "2/7"]) == 0
        outputs.append(json.loads(capsys.readouterr().out))
        outputs[-1].pop("cpu_seconds")
    assert outputs[0] == outputs[1]
    assert outputs[0]["conversations"] == 1


def test_a_campaign_ends_in_time_and_reports() -> None:
    """Given no time, then no conversation begins, and there is a report all the same."""
    told: list[str] = []
    report = run_campaign(CONVERSATIONS, told.append, minutes=0).report()
    assert (report["conversations"], report["broken"]) == (0, [])
    assert told == ["the time is up; this is what came of it so far"]


def test_a_broken_promise_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a desk that takes in whatever comes, then the campaign notices that a second person is called."""
    monkeypatch.setattr("relief.store.dynamodb.is_settled", lambda *_: False)
    plan = [(1, 1), (1, 6), (1, 8), (1, 15), (3, 2), (3, 4), (3, 5), (2, 6)]
    assert any("open at once" in one for one in run_campaign(plan, print).broken)


def test_troubles_are_those_of_their_seed() -> None:
    """Given a seed, then the same troubles are drawn; healed, nothing strikes any more."""
    one, other = (draw_troubles(random.Random("7"), 5) for _ in range(2))
    assert one.planned == other.planned
    troubles = Troubles(random.Random(0), (Trouble(Kind.error, ("detect",), 1.0, 0, 9),))
    assert troubles.strikes("detect") is Kind.error
    assert troubles.strikes("decide") is None
    troubles.healed = True
    assert troubles.strikes("detect") is None
    assert troubles.hits == {Kind.error: 1}


def task(**fields: Any) -> dict[str, Any]:
    """Return a definition of one task."""
    state = {"Type": "Task", "Resource": "r", "Parameters": {"x.$": "$.a"}, "TimeoutSeconds": 2, "End": True, **fields}
    return {"StartAt": "T", "States": {"T": state, "Caught": {"Type": "Pass", "Result": "caught", "End": True}}}


RETRY = [{"ErrorEquals": ["Down"], "IntervalSeconds": 1, "MaxAttempts": 2, "BackoffRate": 2.0}]
CATCH = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]


def test_attempts_pauses_and_time_limits_pass_in_virtual_time() -> None:
    """Given a task that fails twice, then it is tried again after its pauses; one that hangs is given up in time."""
    clock, errors = Clock(), iter(["Down", "Down"])

    def call(_state: str, _resource: str, parameters: Any) -> Any:
        for error in errors:
            raise TaskFailedError(error)
        return parameters

    ending = Machine(task(Retry=RETRY, Catch=CATCH), call, clock, lambda: 1.0).run({"a": 3})
    assert (ending.status, ending.output, clock.elapsed) == ("SUCCEEDED", {"x": 3}, 3.0)
    hanging = Machine(task(Catch=CATCH), lambda *_: clock.sleep(60), clock, lambda: 0.0).run({"a": 3})
    assert (hanging.output, clock.elapsed) == ("caught", 5.0)
    failing = Machine(task(), lambda *_: clock.sleep(60), clock, lambda: 0.0).run({"a": 3})
    assert (failing.status, failing.error) == ("FAILED", "States.Timeout")
    limited = {**task(Catch=CATCH), "TimeoutSeconds": 1}
    assert Machine(limited, lambda *_: clock.sleep(60), clock, lambda: 0.0).run({"a": 3}).status == "TIMED_OUT"


def test_a_definition_that_is_not_understood_is_refused() -> None:
    """Given a field or a state that this interpreter does not know, then it does not guess."""
    with pytest.raises(ValueError, match="HeartbeatSeconds"):
        Machine(task(HeartbeatSeconds=1), lambda *_: None, Clock(), lambda: 0.0)
    with pytest.raises(ValueError, match="Map"):
        Machine({"StartAt": "M", "States": {"M": {"Type": "Map"}}}, lambda *_: None, Clock(), lambda: 0.0)


def test_a_message_that_fails_comes_again_dies_and_is_redriven() -> None:
    """Given a consumer that fails five times, then the message dies, is redriven, and arrives in the end."""
    clock, tries = Clock(), []

    def deliver(_queue: str, messages: list[Message]) -> set[int]:
        tries.append(clock.elapsed)
        return {one.number for one in messages} if len(tries) < 6 else set()

    mail = Mail(clock, [({"detail": {"lane": ["crisis"]}}, "q")], deliver, Troubles(random.Random(0)))
    mail.publish({"Source": "relief", "DetailType": "X", "Detail": '{"lane": "normal"}'})
    mail.publish({"Source": "relief", "DetailType": "X", "Detail": '{"lane": "crisis"}'})
    assert len(mail.waiting) == 1
    mail.settle()
    assert tries == [0, 60, 120, 180, 240, 240]
    assert (mail.redriven, mail.delivered, mail.waiting) == (1, 1, [])
