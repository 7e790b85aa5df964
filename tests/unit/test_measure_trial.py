"""Gold runs: both sides scored alike, broken promises found by machine, results as the format says."""

import json
from pathlib import Path
from typing import Any

import pytest

from relief.contracts.decision import Question, TurnResponse
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, Owner, StepOutcome
from relief.measure.gold import GoldConversation
from relief.measure.trial.baseline import Baseline
from relief.measure.trial.command import main
from relief.measure.trial.gold_run import run_gold
from relief.measure.trial.promises import Promise, find_breaches, find_differences
from relief.measure.trial.runner import InProcessRunner, TurnRefused, play
from relief.measure.trial.score import write_row

FIELDS = {"session_id", "actions", "queues", "first_escalation", "passed", "failures"}


def turn(number: int, text: str | None = None, **fields: Any) -> TurnRequest:
    """Return a turn request."""
    body = {"turn_id": f"t{number}", "channel": "web_chat", **({"text": text} if text else {}), **fields}
    return TurnRequest.model_validate(body)


def failed(number: int, step: str = "verify_charge") -> TurnRequest:
    """Return a turn after a step that failed."""
    return turn(number, "it does not work", bot={"step": step, "outcome": "failed"})


def conversation(**fields: Any) -> GoldConversation:
    """Return a conversation in which a person is asked for in the second turn."""
    turns = [turn(1, "My bill is wrong", facts={"order_number": "A-1"}), turn(2, "I want to talk to a human")]
    return GoldConversation.model_validate(
        {
            "session_id": "bill",
            "kind": "angry",
            "turns": [one.model_dump(mode="json", exclude_none=True) for one in turns],
            "expect": [{"turn": 2, "action": ["escalate"], "queue": "billing"}],
            "facts_known": ["order_number"],
            "must_escalate_by": 2,
            **fields,
        }
    )


def without_classifier() -> InProcessRunner:
    """Return the runner that ordinary tests can afford."""
    return InProcessRunner(lambda _text, _said: None)


def answers_to(turns: list[TurnRequest]) -> list[TurnResponse]:
    """Return Relief's answers to a conversation."""
    runner = without_classifier()
    runner.begin("s-1")
    return [runner.take(one) for one in turns]


def broken(turns: list[TurnRequest], answers: list[TurnResponse], stored: str | None = None) -> set[Promise]:
    """Return the promises that a conversation breaks."""
    return {breach.promise for breach in find_breaches(turns, answers, stored)}


def test_both_sides_are_held_to_the_same_expectations() -> None:
    """Given a conversation, then Relief meets it, and a bot without context forgets the order number."""
    run = run_gold([conversation()], without_classifier(), lambda: None, twice=True)
    totals = run.totals()
    assert totals.ours.expectations_met.share == 1
    assert totals.ours.must_escalate_recall.share == 1
    assert totals.ours.promises_broken == 0
    assert totals.baseline.must_escalate_recall.share == 1
    assert totals.baseline.expectations_met.count == 1
    assert "nothing_asked_twice" in totals.baseline.promises_broken_by_name


@pytest.mark.parametrize(("limit", "where"), [(2, "in_time"), (1, "one_turn_late")], ids=["in time", "a turn late"])
def test_lateness_is_counted_in_turns(limit: int, where: str) -> None:
    """Given the last turn in which a hand-over is in time, then a later one is told by how much it is late."""
    run = run_gold([conversation(must_escalate_by=limit)], without_classifier(), lambda: None, twice=False)
    assert getattr(run.totals().ours.lateness, where) == 1


def test_a_needless_hand_over_of_an_upset_customer_is_counted() -> None:
    """Given an upset customer whose matter the bot can resolve, then handing over counts as wrong."""
    resolvable = conversation(kind="upset_but_resolvable", must_escalate_by=None, must_not_escalate=True, expect=[])
    run = run_gold([resolvable], without_classifier(), lambda: None, twice=False)
    assert run.totals().ours.upset_but_resolvable_wrongly_handed_over.share == 1
    assert write_row(run.ours[0]).failures == ["turn 2: handed over, which was not needed"]


def test_the_baseline_keeps_no_context() -> None:
    """Given a turn after a failed step, a hand-over or nothing at all, then the baseline decides it the same."""
    alone, after = Baseline(), Baseline()
    after.take(failed(1))
    after.take(turn(2, "agent!"))
    ours = after.take(turn(3, "my bill is wrong"))
    assert ours.action is alone.take(turn(3, "my bill is wrong")).action is Action.answer


@pytest.mark.parametrize(
    ("text", "intent", "action"),
    [
        ("Can I talk to somebody?", 0.9, Action.escalate),
        ("Ich möchte einen Mitarbeiter", 0.9, Action.escalate),
        ("hm", 0.2, Action.clarify),
        ("where is my order", 0.9, Action.answer),
    ],
)
def test_the_baseline_knows_keywords_and_its_own_doubt(text: str, intent: float, action: Action) -> None:
    """Given a keyword or a doubtful intent, then the baseline hands over or asks; otherwise it answers."""
    said = turn(1, text, bot={"intent": {"name": "billing", "confidence": intent}})
    assert Baseline().take(said).action is action


def test_relief_keeps_its_promises_in_a_long_conversation() -> None:
    """Given failures, facts, a request for a person and what follows, then no promise is broken."""
    turns = [turn(1, "My bill is wrong", facts={"order_number": "A-1"}), failed(2), failed(3), turn(4, "human please")]
    assert broken(turns, answers_to(turns), "nothing") == set()


def tampered(answers: list[TurnResponse], **changes: Any) -> list[TurnResponse]:
    """Return the answers with the last one changed."""
    return [*answers[:-1], answers[-1].model_copy(update=changes)]


def test_every_broken_promise_is_found() -> None:
    """Given answers that break a promise each, then it is named, and no other is."""
    asked = [turn(1, "My bill is wrong", facts={"order_number": "A-1"}), turn(2, "I want to talk to a human")]
    good = answers_to(asked)
    last = good[-1].next
    bot = {"action": Action.answer, "owner": Owner.bot, "handoff": None}
    question = last.model_copy(update={"ask": Question(slot="order_number", question="Which order?")})
    assert Promise.person_reachable in broken(asked, tampered(good, **bot))
    assert Promise.person_reachable in broken(asked, tampered(good, next=last.model_copy(update={"options": []})))
    assert Promise.nothing_asked_twice in broken(asked, tampered(good, next=question))
    assert broken(asked, tampered(good, next=last.model_copy(update={"do_not_ask": []}))) == {
        Promise.nothing_asked_twice
    }
    assert Promise.fails_open in broken(asked, tampered(good, handoff=None, degraded=["route"]))
    assert broken(asked, good, "... I want to talk to a human ...") == {Promise.minimal_memory}
    assert Promise.explained in broken(
        asked, tampered(good, reasons=[good[-1].reasons[0].model_copy(update={"text": ""})])
    )
    assert find_differences(good, tampered(good, owner=Owner.bot))[0].promise is Promise.explained


def test_loops_are_found() -> None:
    """Given a step that is proposed a third time, or two failures that change nothing, then the promise is broken."""
    turns = [turn(number, "my bill is wrong") for number in (1, 2, 3)]
    once = answers_to(turns[:1])[0]
    stuck = once.model_copy(update={"next": once.next.model_copy(update={"step": "explain_charge"})})
    assert broken(turns, [stuck] * 3) == {Promise.no_loops}
    failures = [failed(1), failed(2)]
    unmoved = once.model_copy(update={"action": Action.answer, "next": once.next.model_copy(update={"step": None})})
    assert broken(failures, [unmoved] * 2) == {Promise.no_loops}
    assert all(one.bot and one.bot.outcome is StepOutcome.failed for one in failures)


def test_a_bot_that_goes_on_after_the_hand_over_is_found() -> None:
    """Given an answer after a hand-over that is neither silence nor the same hand-over, then there are two owners."""
    turns = [turn(1, "human please"), turn(2, "my bill is wrong")]
    answers = answers_to(turns)
    assert broken(turns, answers) == set()
    assert Promise.one_owner in broken(turns, tampered(answers, action=Action.answer))


def test_the_command_writes_a_row_a_conversation_and_one_object(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a folder of conversations, then rows have the documented fields, and totals are one JSON object."""
    folder, out = tmp_path / "gold", tmp_path / "results.jsonl"
    folder.mkdir()
    wrong = conversation(session_id="other", expect=[{"turn": 2, "action": ["answer"]}])
    lines = [conversation().model_dump_json(exclude_none=True), wrong.model_dump_json(exclude_none=True)]
    (folder / "one.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert main(["gold", str(folder), "--out", str(out)]) == 0
    rows = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [set(row) for row in rows] == [FIELDS, FIELDS]
    assert rows[0] == {
        "session_id": "bill",
        "actions": [rows[0]["actions"][0], "escalate"],
        "queues": [None, "billing"],
        "first_escalation": 2,
        "passed": True,
        "failures": [],
    }
    assert not rows[1]["passed"]
    printed = capsys.readouterr()
    totals = json.loads(printed.out)
    assert {"ours", "baseline"} <= set(totals)
    assert totals["ours"]["failed"] == ["other"]
    assert "other (angry): turn 2: escalate" in printed.err


@pytest.mark.parametrize("content", [None, "", '{"session_id": "x"}'], ids=["no folder", "empty", "no conversation"])
def test_what_cannot_be_run_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None) -> None:
    """Given no folder, an empty one, or a line that is no conversation, then the user is told, and the code is 2."""
    folder = tmp_path / "gold"
    if content is not None:
        folder.mkdir()
        (folder / "one.jsonl").write_text(content, encoding="utf-8")
    assert main(["gold", str(folder)]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_turn_that_is_refused_is_no_silent_success() -> None:
    """Given the same turn id for two turns, then the second is refused as the API would refuse it."""
    runner = without_classifier()
    runner.begin("s-1")
    runner.take(turn(1, "my bill is wrong"))
    with pytest.raises(TurnRefused):
        runner.take(turn(1, "my bill is right"))


OUTAGE = {
    "incident_id": "outage",
    "messages": {"en": "Cards do not work. News at noon."},
    "scope": {"products": ["card"]},
}


def staged(events: list[dict[str, Any]], *texts: str, **fields: Any) -> GoldConversation:
    """Return a conversation of a card holder, with what happens beside it and nothing expected."""
    holder = {"customer": {"ref": "c-1", "products": ["card"]}}
    turns = [turn(number, text, **(holder if number == 1 else {})) for number, text in enumerate(texts, 1)]
    bodies = [one.model_dump(mode="json", exclude_none=True) for one in turns]
    return conversation(turns=bodies, expect=[], facts_known=[], must_escalate_by=None, events=events, **fields)


def test_an_incident_is_active_from_its_declaration_to_its_end() -> None:
    """Given an incident that begins before the second turn and ends before the third, then only that one tells it."""
    events = [{"before_turn": 2, "declare": OUTAGE}, {"before_turn": 3, "end": "outage"}]
    one = staged(events, "My card was declined", "Again", "And now?")
    told = [answer.incident and answer.incident.message for answer in play(one, without_classifier())]
    assert told == [None, "Cards do not work. News at noon.", None]


def test_an_incident_outside_the_scope_is_not_told() -> None:
    """Given an incident of another product, then nothing is said of it, and a person is asked of the usual team."""
    other = {**OUTAGE, "scope": {"products": ["broadband"]}}
    answers = play(staged([{"before_turn": 1, "declare": other}], "I want to talk to a human"), without_classifier())
    assert answers[0].incident is None
    assert answers[0].handoff is not None
    assert answers[0].handoff.queue != "crisis"


def test_a_person_returns_the_conversation_with_what_they_did() -> None:
    """Given a hand-over that is accepted and returned, then the bot owns the next turn and knows what was done."""
    events = [
        {"before_turn": 2, "desk": {"kind": "accepted"}},
        {"before_turn": 3, "desk": {"kind": "returned", "note": "Refunded, mail to jo@example.com"}},
    ]
    one = staged(events, "I want to talk to a human", "hello", "When do I see the money?")
    run = run_gold([one], without_classifier(), lambda: None, twice=True)
    owners = [answer.owner for answer in run.ours[0].answers]
    colleague = run.ours[0].answers[2].next.colleague
    assert owners == [Owner.queued, Owner.human, Owner.returned]
    assert colleague is not None
    assert colleague.note.startswith("Refunded")
    assert "jo@example.com" not in colleague.note
    assert run.ours[0].breaches == []


@pytest.mark.parametrize(
    ("expected", "failure"),
    [
        ({"incident": "other"}, "turn 1: the message of incident outage instead of other"),
        ({"no_incident": True}, "turn 1: the message of incident outage, which does not concern it"),
        ({"colleague": True}, "turn 1: what the person did is not told"),
    ],
    ids=["another incident", "no incident", "nobody did anything"],
)
def test_what_an_answer_tells_is_held_to_what_was_expected(expected: dict[str, Any], failure: str) -> None:
    """Given an answer that tells of another incident, of one too many, or of no person's work, then it is named."""
    one = staged([{"before_turn": 1, "declare": OUTAGE}], "My card was declined").model_dump(mode="json")
    one["expect"] = [{"turn": 1, "action": list(Action), **expected}]
    run = run_gold([GoldConversation.model_validate(one)], without_classifier(), lambda: None, twice=False)
    assert run.ours[0].failures == [failure]


@pytest.mark.parametrize(
    ("events", "complaint"),
    [
        ([{"before_turn": 3, "declare": OUTAGE}], "expects something in turn 3"),
        ([{"before_turn": 1}], "declare, end, or desk"),
        ([{"before_turn": 1, "end": "outage"}], "is not active before turn 1"),
        ([{"before_turn": 2, "declare": OUTAGE}, {"before_turn": 1, "declare": OUTAGE}], "in the order of the turns"),
        ([{"before_turn": 1, "desk": {"kind": "asked"}}], "names the slot"),
    ],
    ids=["after the end", "nothing", "ends what is not", "out of order", "asks nothing"],
)
def test_events_that_cannot_happen_are_refused(events: list[dict[str, Any]], complaint: str) -> None:
    """Given events that contradict the conversation, then the line is refused and says why."""
    with pytest.raises(ValueError, match=complaint):
        staged(events, "hello", "hello?")
