"""Recorded decisions under a candidate policy: what would have changed, counted and listed."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from relief.contracts.replay import RecordedDecision
from relief.contracts.states import DecisionRecord
from relief.decide.command import Exit, run_command
from relief.decide.in_force import InForce
from relief.decide.policy import SHIPPED_POLICY, Policy, load_policy
from relief.decide.replay import TELLING, replay_decisions
from tests.pipeline import Session
from tests.property.test_counterfactual import recorded

FAILED = {"outcome": "failed"}
CONVERSATIONS: tuple[tuple[dict[str, Any], ...], ...] = (
    ({"text": "I want a human"}, {"text": "hello?"}),
    (
        {"text": "my bill is wrong", "journey": "billing_dispute", "facts": {"order_number": "A-1"}},
        {"text": "it says not found", "bot": {"step": "verify_charge", **FAILED}},
        {"text": "that shows nothing either", "bot": {"step": "search_by_amount", **FAILED}},
    ),
    ({"text": "I want to cancel my contract", "customer": {"tenure_months": 72}},),
    ({"text": "it doesnt let me", "bot": {"intent": {"name": "unknown", "confidence": 0.2}}},),
    ({"text": "I have written three times about this refund now."},),
)


def export_all() -> list[str]:
    """Return the decisions of the conversations above, as an export writes them."""
    lines = []
    for conversation in CONVERSATIONS:
        session = Session()
        for turn in conversation:
            session.say(**turn)
            lines.append(recorded(session).model_dump_json(exclude_defaults=True))
    return lines


def record_all(copies: int = 1) -> list[RecordedDecision]:
    """Return the same as a replay reads them."""
    return [RecordedDecision.model_validate_json(one) for one in export_all()] * copies


def without(*rules: str, **thresholds: Any) -> Policy:
    """Return the shipped policy without these rules and with these thresholds."""
    document = load_policy().model_dump(mode="json")
    document["rules"] = [rule for rule in document["rules"] if rule["id"] not in rules]
    document["thresholds"] |= thresholds
    return Policy.model_validate(document | {"version": "candidate"})


def test_the_same_policy_changes_nothing() -> None:
    """Given recorded decisions, when they are replayed under their own policy, then each is exactly as it was."""
    found = replay_decisions(record_all(), load_policy())
    assert found.changed == 0
    assert found.kinds == {}
    assert found.replayed == found.unchanged == 7
    assert found.skipped == {"a person had the conversation": 1}


def test_what_changes_is_counted_by_kind_journey_reason_and_queue() -> None:
    """Given a candidate that lost a rule, then the decisions that rested on it are counted from what to what."""
    found = replay_decisions(record_all(), without("repeated-failure", "risk-of-wrong-answer"))
    assert found.changed == 0
    assert found.kinds == {"another reason": 1}
    assert found.reasons == {"REPEATED_FAILURE -> OPTIONS_EXHAUSTED": 1}
    found = replay_decisions(record_all(), without("cancellation-threat", "repeated-contact", "risk-of-wrong-answer"))
    assert found.changed == 2
    assert sum(found.kinds.values()) == 2
    assert all(kind.startswith("escalate -> ") for kind in found.kinds)
    assert found.journeys["cancellation"] == {"escalate -> answer": 1}
    assert {one.partition(" -> ")[0] for one in found.reasons} == {"CANCELLATION_THREAT", "REPEATED_CONTACT"}
    assert found.queues == {"retention -> none": 1, "refunds -> none": 1}


def test_another_queue_is_a_change_of_its_own() -> None:
    """Given a candidate that sends the same hand-over elsewhere, then that is counted as another queue."""
    document = load_policy().model_dump(mode="json")
    for rule in document["rules"]:
        if rule["id"] == "cancellation-threat":
            rule["queue"] = "billing"
    found = replay_decisions(record_all(), Policy.model_validate(document))
    assert found.kinds == {"another queue": 1}
    assert found.queues == {"retention -> billing": 1}


def test_the_queue_of_a_shadow_decision_is_the_one_it_would_have_gone_to() -> None:
    """Given decisions in shadow, when they are replayed, then the queue that was proposed is the one compared with."""
    document = load_policy().model_dump(mode="json")
    document["rollout"] = {"default": {"stage": "shadow", "ceiling": 1.0, "floor": 0.1}}
    shadow = Policy.model_validate(document)
    session = Session(in_force=InForce(shadow, shadow.judgement, {}))
    answer = session.say("I want to cancel my contract", customer={"tenure_months": 72})
    assert (answer.enforced, answer.handoff) == (False, None)
    record = RecordedDecision.model_validate_json(recorded(session).model_dump_json(exclude_defaults=True))
    assert replay_decisions([record], shadow).unchanged == 1
    for rule in document["rules"]:
        if rule["id"] == "cancellation-threat":
            rule["queue"] = "billing"
    found = replay_decisions([record], Policy.model_validate(document))
    assert found.queues == {"retention -> billing": 1}


def test_the_most_telling_ones_are_of_every_kind_first() -> None:
    """Given many changes of few kinds, then ten are listed, a lost person first, and each kind before a second one."""
    candidate = without("cancellation-threat", "repeated-contact", clarify_below=0.1)
    found = replay_decisions(record_all(copies=30), candidate)
    assert len(found.telling) == TELLING
    listed = {(one.was.rule, one.becomes.rule) for one in found.telling}
    assert {rule for rule, _ in listed} >= {"cancellation-threat", "repeated-contact", "ladder-clarify"}
    assert found.telling[0].was.action.value == "escalate"
    assert all(one.text.endswith(f"becomes {one.becomes.action.value} by {one.becomes.rule}.") for one in found.telling)


def test_what_no_policy_decided_is_left_out_and_counted() -> None:
    """Given records without facts, of another shape, or of a part that was down, then each is named and left out."""
    good = record_all()[0]
    bare = good.model_copy(update={"facts": {}})
    foreign = good.model_copy(update={"facts": {**good.facts, "scores": {"mood": 1}}})
    answer = good.response.model_dump() | {"reasons": [{"code": "AUTOMATION_UNAVAILABLE", "rule": "fallback"}]}
    down = RecordedDecision.model_validate(good.model_dump() | {"response": answer})
    found = replay_decisions([good, bare, foreign, down], load_policy())
    assert found.replayed == 1
    assert sum(found.skipped.values()) == 3
    assert len(found.skipped) == 3


def write(folder: Path, copies: int = 1) -> Path:
    """Write the recorded decisions as an export does."""
    path = folder / "decisions.jsonl"
    path.write_text("\n".join(export_all() * copies) + "\n", encoding="utf-8")
    return path


def test_the_command_tells_it_as_text_and_as_json(tmp_path: Path) -> None:
    """Given a file of decisions, then the command prints a summary, or one JSON object."""
    candidate = tmp_path / "candidate.yaml"
    shipped = SHIPPED_POLICY.read_text(encoding="utf-8")
    candidate.write_text(shipped.replace("queue: retention", "queue: billing"), encoding="utf-8")
    decisions = write(tmp_path)
    told = run_command(["replay", str(decisions), "--policy", str(candidate)])
    assert told.code is Exit.sound
    assert "7 of 8 decisions replayed" in told.text
    assert "retention -> billing" in told.text
    document = json.loads(run_command(["replay", str(decisions), "--policy", str(candidate), "--json"]).text)
    assert document["kinds"] == {"another queue": 1}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2: the line: Invalid JSON"),
        ('{"decision_id": "d", "session_id": "s"}', "line 2: response: Field required"),
    ],
)
def test_a_line_that_is_no_decision_is_named(tmp_path: Path, line: str, told: str) -> None:
    """Given a damaged line, then file, line and what to do are said, and nothing is counted."""
    decisions = write(tmp_path)
    lines = decisions.read_text(encoding="utf-8").splitlines()
    decisions.write_text("\n".join([lines[0], line]), encoding="utf-8")
    outcome = run_command(["replay", str(decisions), "--policy", str(SHIPPED_POLICY)])
    assert outcome.code is Exit.unusable
    assert f"decisions.jsonl, {told}" in outcome.text
    assert "python -m relief.store decisions" in outcome.text


def test_a_candidate_that_is_not_valid_is_refused_with_its_line(tmp_path: Path) -> None:
    """Given a faulty candidate, then file, line and what to do are said."""
    candidate = tmp_path / "candidate.yaml"
    shipped = SHIPPED_POLICY.read_text(encoding="utf-8")
    candidate.write_text(shipped.replace("  idle_turns: 2 ", "  idle_turn: 2 "), encoding="utf-8")
    outcome = run_command(["replay", str(write(tmp_path)), "--policy", str(candidate)])
    assert outcome.code is Exit.unusable
    assert "candidate.yaml, line 11: thresholds.idle_turn: there is no such field" in outcome.text
    missing = run_command(["replay", str(tmp_path / "nowhere.jsonl"), "--policy", str(SHIPPED_POLICY)])
    assert missing.code is Exit.unusable
    assert "cannot be read" in missing.text


def test_ten_thousand_decisions_take_seconds(tmp_path: Path) -> None:
    """Given 10,000 recorded decisions, then reading and replaying them takes at most 5 s of processor time."""
    decisions = write(tmp_path, copies=1250)
    started = time.process_time()
    told = run_command(["replay", str(decisions), "--policy", str(SHIPPED_POLICY)])
    assert time.process_time() - started <= 5
    assert "of 10000 decisions" in told.text


def test_a_record_of_before_is_still_read() -> None:
    """Given a record that has no counterfactual and no asked queue yet, then it is replayed all the same."""
    record = record_all()[0].model_dump(mode="json")
    record.pop("asked_queue")
    assert replay_decisions([RecordedDecision.model_validate(record)], load_policy()).replayed == 1
    assert DecisionRecord.model_fields["asked_queue"].default is None
