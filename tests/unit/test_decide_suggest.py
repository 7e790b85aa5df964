"""What verdicts suggest: the small change that would have agreed better, and nothing where verdicts are few."""

import json
from pathlib import Path
from typing import Any

import pytest

from relief.contracts.replay import RecordedDecision
from relief.contracts.review import ReviewItem
from relief.contracts.suggestion import LeverStanding, Suggestions
from relief.contracts.vocabulary import Action, ReasonCode
from relief.decide.agreement import Z, wilson_interval, wilson_lower_bound
from relief.decide.command import Exit, run_command
from relief.decide.facts import EXEMPLARY_FACTS
from relief.decide.policy import Policy, load_policy
from relief.decide.rollout import SENSITIVE
from relief.decide.suggest import right_action, suggest
from relief.decide.tuning import change, is_protected, list_levers

LEVER = "thresholds.confusion_at"


def decided(number: int, confusion: float) -> RecordedDecision:
    """Return a recorded decision on an uneventful turn of a customer who is so confused."""
    scores = {**EXEMPLARY_FACTS["scores"], "confusion": confusion}
    facts = {**EXEMPLARY_FACTS, "scores": scores, "turn": {**EXEMPLARY_FACTS["turn"], "tried": True}}
    answer = {"action": "answer", "mode": "ai_assisted", "reasons": [{"code": "ROUTINE", "rule": "ladder-answer"}]}
    name = f"dec_{number}"
    return RecordedDecision.model_validate({"decision_id": name, "session_id": "s", "response": answer, "facts": facts})


def judged(number: int, should_have: str | None = None, *, drawn: bool = True, **fields: Any) -> ReviewItem:
    """Return a verdict on it: agreement, or the action that should have been."""
    verdict = {"agree": should_have is None, "should_have": should_have, "at": "2026-01-02T00:00:00Z"}
    item = {
        "decision_id": f"dec_{number}", "session_id": "s", "turn": 1, "journey": "default",
        "decided_at": "2026-01-01T00:00:00Z", "cause": "sampled", "state": "judged", "stage": "supervised",
        "drawn": drawn, "action": "answer", "mode": "ai_assisted", "verdict": verdict,
    }  # fmt: skip
    return ReviewItem.model_validate(item | fields)


def too_patient(count: int) -> tuple[list[RecordedDecision], list[ReviewItem]]:
    """Return decisions of which every second one left a customer confused, as the reviewers say."""
    decisions = [decided(number, 0.7 if number % 2 else 0.1) for number in range(count)]
    return decisions, [judged(number, "change_strategy" if number % 2 else None) for number in range(count)]


def lever(report: Suggestions, name: str) -> LeverStanding:
    """Return one number's standing."""
    return next(one for one in report.levers if one.lever == name)


def test_the_number_that_reviewers_argue_about_is_found() -> None:
    """Given confused customers whom the policy went on answering, then a lower threshold is suggested, with counts."""
    report = suggest(*too_patient(60), load_policy())
    found = lever(report, LEVER)
    assert (found.suggested, found.now, found.better) == (True, 0.8, pytest.approx(0.7))
    assert (found.gained, found.lost) == (30, 0)
    assert (report.agreement.agreed, report.agreement.verdicts) == (30, 60)
    assert found.agreement is not None
    assert (found.agreement.agreed, found.agreement.verdicts) == (60, 60)
    assert [one.lever for one in report.levers if one.suggested] == [LEVER]


def test_nothing_is_suggested_on_few_verdicts() -> None:
    """Given verdicts that all point one way but are too few, then what agreed better is shown and not suggested."""
    report = suggest(*too_patient(48), load_policy())
    assert lever(report, LEVER).gained == 24
    assert not any(one.suggested for one in report.levers)


def test_what_may_be_chance_is_not_suggested() -> None:
    """Given many verdicts of which a handful would flip, then the best of many values tried is not taken for real."""
    decisions = [decided(number, 0.7 if number < 6 else 0.1) for number in range(100)]
    reviews = [judged(number, "change_strategy" if number < 6 else None) for number in range(100)]
    found = lever(suggest(decisions, reviews, load_policy()), LEVER)
    assert (found.gained, found.lost, found.suggested) == (6, 0, False)


def test_where_reviewers_agree_nothing_is_better() -> None:
    """Given reviewers who agree with everything, then no change gains anything."""
    decisions, _ = too_patient(60)
    report = suggest(decisions, [judged(number) for number in range(60)], load_policy())
    assert report.agreement.agreed == 60
    assert all(one.better is None for one in report.levers)


def test_verdicts_that_say_nothing_of_the_policy_are_left_out_and_counted() -> None:
    """Given verdicts that chance did not bring, without decision or not given, then each is counted by why."""
    decisions, reviews = too_patient(60)
    open_one = reviews[0].model_copy(update={"verdict": None})
    others = [judged(1, "escalate", drawn=False), open_one, judged(999)]
    bare = decisions[2].model_copy(update={"facts": {}})
    foreign = decisions[3].model_copy(update={"facts": {**EXEMPLARY_FACTS, "scores": {"mood": 1}}})
    report = suggest([*decisions[:2], bare, foreign], [*reviews[1:4], *others], load_policy())
    assert report.verdicts == 1
    assert sum(report.left_out.values()) == 5
    assert len(report.left_out) == 5


def test_no_promise_is_among_the_numbers() -> None:
    """Given the shipped policy, then no count, request for a person, sensitive reason or bound of the ladder is tried."""
    policy = load_policy()
    names = [one.name for one in list_levers(policy)]
    assert len(set(names)) == len(names)
    assert not any("idle_turns" in name or "strategy_changes" in name for name in names)
    kept = {f"rules.{rule.id}" for rule in policy.rules if is_protected(rule)}
    assert kept.isdisjoint(names)
    assert {"rules.person-requested", "rules.repeated-failure", "rules.repeated-contact"} <= kept
    assert {
        f"rules.{rule.id}" for rule in policy.rules if rule.reason in SENSITIVE | {ReasonCode.CUSTOMER_REQUEST}
    } <= kept


def test_each_change_is_one_number_of_a_valid_policy() -> None:
    """Given every lever, then each change of it gives a policy that differs in that number alone, within its limits."""
    policy = load_policy()
    before = policy.model_dump(mode="json")
    for one in list_levers(policy):
        found = list(change(policy, one))
        assert found, one.name
        for value, changed in found:
            document: Any = changed.model_dump(mode="json")
            place: Any = document
            for name in one.path[:-1]:
                place = place[name]
            assert place[one.path[-1]] == value != one.now
            place[one.path[-1]] = one.now
            assert document == before


def test_a_verdict_that_names_another_queue_alone_holds_the_action_right() -> None:
    """Given disagreement about the queue, then the action that was decided is the right one."""
    verdict = {"agree": False, "queue": "billing", "at": "2026-01-02T00:00:00Z"}
    assert right_action(judged(1, verdict=verdict)) is Action.answer
    assert right_action(judged(1, "escalate")) is Action.escalate


@pytest.mark.parametrize(("agreed", "verdicts", "lower", "upper"), [(8, 10, 0.490, 0.943), (0, 10, 0.0, 0.278)])
def test_the_interval_is_wilsons(agreed: int, verdicts: int, lower: float, upper: float) -> None:
    """Given published values of the interval, then they are met, and its lower end is the agreement's bound."""
    assert wilson_interval(agreed, verdicts, Z) == (pytest.approx(lower, abs=1e-3), pytest.approx(upper, abs=1e-3))
    assert wilson_lower_bound(agreed, verdicts) == pytest.approx(lower, abs=1e-3)
    assert wilson_interval(0, 0, Z) == (0.0, 1.0)


def write(folder: Path) -> tuple[str, str]:
    """Write decisions and reviews as the exports do."""
    decisions, reviews = too_patient(60)
    paths = folder / "decisions.jsonl", folder / "reviews.jsonl"
    for path, held in zip(paths, (decisions, reviews), strict=True):
        path.write_text("\n".join(one.model_dump_json(exclude_defaults=True) for one in held) + "\n", encoding="utf-8")
    return str(paths[0]), str(paths[1])


def test_the_command_tells_it_as_text_and_as_json(tmp_path: Path) -> None:
    """Given the two files, then the command prints the report, or one JSON object."""
    files = write(tmp_path)
    told = run_command(["suggest", *files])
    assert told.code is Exit.sound
    assert "thresholds.confusion_at: 0.8 -> 0.7" in told.text
    assert "agrees with reviewers on 30 of 60 [0.38, 0.62]" in told.text
    assert "person-requested" in told.text
    few = run_command(["suggest", *files, "--fewest", "100"])
    assert "Nothing is suggested on 60 verdicts; 100 are the fewest." in few.text
    document = json.loads(run_command(["suggest", *files, "--json"]).text)
    assert Suggestions.model_validate(document).verdicts == 60


def test_a_line_that_is_no_review_is_named(tmp_path: Path) -> None:
    """Given a damaged line or a missing file, then file, line and what to do are said."""
    decisions, reviews = write(tmp_path)
    Path(reviews).write_text('{"decision_id": "d"}\n', encoding="utf-8")
    told = run_command(["suggest", decisions, reviews])
    assert told.code is Exit.unusable
    assert "reviews.jsonl, line 1: session_id: Field required" in told.text
    assert run_command(["suggest", decisions, str(tmp_path / "nowhere")]).code is Exit.unusable


def test_the_policy_itself_is_not_changed() -> None:
    """Given a report, then the policy that was tried is as it was."""
    policy = Policy.model_validate(load_policy().model_dump(mode="json"))
    before = policy.content
    suggest(*too_patient(60), policy)
    assert policy.content == before
