"""Rolling out a policy: switched while the service runs, in shadow, under supervision, reviewed, and rolled back."""

import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
import yaml

from relief.contracts.vocabulary import Action, Owner
from relief.decide.policy import SHIPPED_POLICY, load_policy
from tests.e2e.conftest import Caller
from tests.local.replay import call
from tests.recording import recorded

ACTIVE = "/v1/policies/active"
SHIPPED = "2026-11.2"


def document(version: str, **changes: Any) -> dict[str, Any]:
    """Return the shipped policy under another name, with changes at its top."""
    return {**yaml.safe_load(SHIPPED_POLICY.read_text(encoding="utf-8")), "version": version, **changes}


def staged(version: str, stage: str, share: float = 1.0, **journeys: dict[str, Any]) -> dict[str, Any]:
    """Return a policy with every journey at one stage, but for those that are named."""
    default = {"stage": stage, "ceiling": share, "floor": share}
    return document(version, rollout={"default": default, "journeys": journeys})


def ask(caller: Caller, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, Any]:
    """Call the API; a problem is opened as an answer is."""
    status, answer = call(caller.stack, method, path, caller.token, body)
    return status, json.loads(answer) if isinstance(answer, str) else answer


def switch(caller: Caller, **body: Any) -> tuple[int, Any]:
    """Put a policy in force."""
    return ask(caller, "PUT", ACTIVE, body)


def policies(caller: Caller, query: str = "") -> Any:
    """Read the list of policies."""
    status, page = ask(caller, "GET", f"/v1/policies{query}")
    assert status == 200, page
    return page


def reviews(caller: Caller, query: str = "") -> list[dict[str, Any]]:
    """Read the whole review queue, page by page."""
    items: list[dict[str, Any]] = []
    following = ""
    while True:
        status, page = ask(caller, "GET", f"/v1/reviews?limit=5{query}{following}")
        assert status == 200, page
        assert len(page["items"]) <= 5
        items += page["items"]
        if page["next"] is None:
            return items
        following = f"&next={page['next']}"


def judge(caller: Caller, decision_id: str, **verdict: Any) -> tuple[int, Any]:
    """Post a verdict."""
    return ask(caller, "POST", f"/v1/reviews/{decision_id}", verdict)


@pytest.fixture(autouse=True)
def _shipped_again(caller: Caller) -> Iterator[None]:
    # Nothing is learned from walking the same conversations in each test; the check of a whole policy has tests of its own.
    with mock.patch("relief.api.policies.PROOF_SECONDS", 0.1):
        yield
    caller.stack.faults.clear()
    assert switch(caller, version=SHIPPED)[0] == 200


def test_a_policy_is_switched_without_a_deployment_and_rolled_back_in_one_step(caller: Caller, session_id: str) -> None:
    """Given a running service, when a policy is put in force, then the next turn is decided by it; and back again."""
    assert caller.turn(f"{session_id}-1", "hello").versions.policy == SHIPPED
    status, switched = switch(
        caller, policy=staged("switch-1", "autonomous"), expected=SHIPPED, why="Call ana.canary@example.com about it"
    )
    assert status == 200, switched
    assert (switched["version"], switched["previous"], switched["changed"]) == ("switch-1", SHIPPED, True)
    assert switched["proof"]["rules"] is True
    assert caller.turn(f"{session_id}-2", "hello").versions.policy == "switch-1"
    page = policies(caller)
    assert (page["active"], page["previous"]) == ("switch-1", SHIPPED)
    assert {one["version"]: one["active"] for one in page["items"]}["switch-1"] is True
    entry = page["audit"][0]
    assert (entry["version"], entry["previous"], entry["kind"]) == ("switch-1", SHIPPED, "activated")
    assert entry["by"]
    assert "canary" not in entry["why"]
    assert entry["why"].startswith("Call ")
    status, back = switch(caller, rollback=True, expected="switch-1", why="too eager")
    assert (status, back["version"]) == (200, SHIPPED)
    assert caller.turn(f"{session_id}-3", "hello").versions.policy == SHIPPED
    assert policies(caller)["audit"][0]["kind"] == "rolled_back"


def test_policies_can_be_sent_as_yaml_and_read_again(caller: Caller) -> None:
    """Given a policy as YAML text, then it is taken, and its document can be read under its version."""
    text = (
        SHIPPED_POLICY.read_text(encoding="utf-8").replace(SHIPPED, "as-yaml").replace("idle_turns: 2", "idle_turns: 1")
    )
    assert switch(caller, policy=text)[0] == 200
    item = policies(caller, "?version=as-yaml")["items"][0]
    assert item["document"]["thresholds"]["idle_turns"] == 1
    assert ask(caller, "GET", "/v1/policies?version=nobody-knows")[0] == 404


def test_a_stale_view_of_what_is_in_force_is_refused(caller: Caller) -> None:
    """Given two people who switch from the same state, then the second is told, and nothing changes."""
    assert switch(caller, policy=staged("first", "autonomous"), expected=SHIPPED)[0] == 200
    status, problem = switch(caller, policy=staged("second", "autonomous"), expected=SHIPPED)
    assert (status, problem["type"]) == (409, "urn:relief:problem:policy-conflict")
    assert policies(caller)["active"] == "first"


def test_the_same_switch_again_changes_nothing(caller: Caller) -> None:
    """Given a switch whose answer was lost, when it is sent again, then it is answered, and the trail has one entry."""
    body = {"policy": staged("again", "autonomous"), "expected": SHIPPED}
    assert switch(caller, **body)[1]["changed"] is True
    status, repeated = switch(caller, **body)
    assert (status, repeated["changed"]) == (200, False)
    assert [one["version"] for one in policies(caller)["audit"]].count("again") == 1


def test_a_versions_name_stands_for_one_policy_for_ever(caller: Caller) -> None:
    """Given a name that is known, when another policy is sent under it, then it is refused: decisions name it."""
    assert switch(caller, policy=staged("taken", "autonomous"))[0] == 200
    assert switch(caller, version=SHIPPED)[0] == 200
    status, problem = switch(caller, policy=staged("taken", "shadow"))
    assert (status, problem["type"]) == (409, "urn:relief:problem:policy-conflict")
    assert switch(caller, policy=staged(SHIPPED, "shadow"))[0] == 409


@pytest.mark.parametrize(
    ("change", "to", "field", "said"),
    [
        ("idle_turns: 2", "idle_turns: 7", "policy.thresholds.idle_turns", "line "),
        ("version:", "colour: blue\nversion:", "policy.colour", "there is no such field"),
        ("contains(codes, 'LEGAL_PHRASE')", "contains(codes, `7`) && scores", "policy.rules.2.when", "line "),
        ("rules:", "rules: [", "policy.document", "YAML"),
        ("default: {stage: supervised", "default: {stage: brave", "policy.rollout.default.stage", "line "),
    ],
)
def test_a_malformed_policy_is_refused_and_the_last_good_one_stays(
    caller: Caller, session_id: str, change: str, to: str, field: str, said: str
) -> None:
    """Given one fault, then 422 names line and field, and turns are decided by the policy that was in force."""
    text = SHIPPED_POLICY.read_text(encoding="utf-8").replace(SHIPPED, "malformed")
    assert change in text
    status, problem = switch(caller, policy=text.replace(change, to, 1))
    assert status == 422, problem
    assert field in [one["field"] for one in problem["errors"]]
    assert any(said in one["message"] for one in problem["errors"])
    answer = caller.turn(session_id, "hello")
    assert (answer.versions.policy, answer.degraded) == (SHIPPED, caller.turn(session_id, "hello").degraded)


def test_an_unsound_policy_is_refused_with_its_shortest_conversation(caller: Caller) -> None:
    """Given a well-formed policy with a rule that can never fire, then the proof refuses it and says which."""
    rules = document("x")["rules"]
    never = {
        "id": "never-fires",
        "reason": "FRICTION_HIGH",
        "when": "customer.tier == 'vip' && customer.tier == 'plus'",
        "action": "escalate",
        "mode": "human_takeover",
        "because": "This cannot happen.",
    }
    status, problem = switch(caller, policy=document("unsound", rules=[*rules, never]))
    assert status == 422
    assert "never-fires" in problem["errors"][0]["message"]
    assert policies(caller)["active"] == SHIPPED


@pytest.mark.parametrize(
    "body", [{}, {"version": SHIPPED, "rollback": True}, {"policy": "a: &x 1\nb: *x"}, {"vrsion": 1}]
)
def test_a_switch_names_exactly_one_policy(caller: Caller, body: dict[str, Any]) -> None:
    """Given a body that names none, two, or an alias, then it is refused."""
    assert switch(caller, **body)[0] == 422


def test_a_table_that_does_not_answer_leaves_the_last_policy_and_says_so(caller: Caller, session_id: str) -> None:
    """Given a policy that cannot be read, then the turn is decided all the same, and names the part."""
    caller.stack.faults.set_operation("dynamodb", "BatchGetItem", error_code="ThrottlingException")
    answer = caller.turn(session_id, "I want a human")
    assert "policy" in [part.value for part in answer.degraded]
    assert answer.action is Action.escalate
    assert ask(caller, "GET", "/v1/policies")[0] == 503


def test_a_stored_policy_that_is_broken_is_not_used(caller: Caller, session_id: str) -> None:
    """Given an active item that no release can read, then the last good policy decides, and a new one repairs it."""
    assert switch(caller, policy=staged("to-be-broken", "autonomous"))[0] == 200
    key = {"pk": {"S": "POLICY"}, "sk": {"S": "ACTIVE"}}
    client = caller.stack.client("dynamodb")
    item = client.get_item(TableName="relief-local-Table", Key=key)["Item"]
    broken = {**json.loads(item["doc"]["S"]), "document": '{"version": "to-be-broken"}', "content": "other"}
    client.put_item(TableName="relief-local-Table", Item={**item, "doc": {"S": json.dumps(broken)}})
    answer = caller.turn(session_id, "I want a human")
    assert "policy" in [part.value for part in answer.degraded]
    assert answer.versions.policy in {SHIPPED, "to-be-broken"}
    assert switch(caller, policy=staged("repaired", "autonomous"))[0] == 200
    assert caller.turn(f"{session_id}-2", "hello").versions.policy == "repaired"


def test_in_shadow_nothing_is_handed_over(caller: Caller, session_id: str) -> None:
    """Given a journey in shadow, when the customer asks for a person, then the caller is told, and nobody else is."""
    shadow = {"stage": "shadow", "ceiling": 1, "floor": 1}
    assert switch(caller, policy=staged("shadow-1", "autonomous", billing_dispute=shadow))[0] == 200
    with recorded(caller.stack) as recording:
        answer = caller.turn(session_id, "I want to talk to a human, please", journey="billing_dispute")
        caller.stack.drain()
    assert (answer.enforced, answer.action, answer.owner, answer.handoff) == (False, Action.escalate, Owner.bot, None)
    assert answer.next.would_hand_over is not None
    assert caller.handed_over(session_id) == []
    assert not recording.of("deliver")
    assert not recording.of("summarise")
    status, record = ask(caller, "GET", f"/v1/decisions/{answer.decision_id}")
    assert (status, record["rollout"]["stage"], record["response"]["enforced"]) == (200, "shadow", False)
    other = caller.turn(f"{session_id}-2", "I want to talk to a human, please", journey="order_change")
    assert (other.enforced, other.owner) == (True, Owner.queued)


def test_verdicts_make_the_share_fall(caller: Caller, session_id: str) -> None:
    """Given supervision, when reviewers agree, then the lower bound rises and the share of reviews falls with it."""
    assert switch(caller, policy=document("watched-1", **supervised("order_change")))[0] == 200
    chosen = {}
    for number in range(8):
        answer = caller.turn(f"{session_id}-{number}", "Can I change the colour?", journey="order_change")
        chosen[answer.decision_id] = answer.action.value
    waiting = {one["decision_id"]: one for one in reviews(caller, "&journey=order_change")}
    assert set(chosen) <= set(waiting)
    for decision_id, action in chosen.items():
        status, answer = judge(caller, decision_id, agree=True, should_have=action)
        assert status == 200, answer
        assert (answer["counted"], answer["changed"]) == (True, True)
    standing = next(one for one in policies(caller)["rollout"] if one["journey"] == "order_change")
    assert (standing["verdicts"], standing["agreed"]) == (8, 8)
    assert standing["lower_bound"] == pytest.approx(0.6756, abs=1e-3)
    assert standing["share"] == pytest.approx(1 - 0.6756, abs=1e-3)
    assert set(chosen) & {one["decision_id"] for one in reviews(caller, "&journey=order_change")} == set()
    assert set(chosen) <= {one["decision_id"] for one in reviews(caller, "&journey=order_change&state=judged")}
    later = caller.turn(f"{session_id}-x", "Can I change the colour?", journey="order_change")
    _, record = ask(caller, "GET", f"/v1/decisions/{later.decision_id}")
    assert record["rollout"]["share"] == pytest.approx(1 - 0.6756, abs=1e-3)


def supervised(journey: str) -> dict[str, Any]:
    """Return a rollout that supervises one journey, and thresholds whose verdicts no other test shares."""
    watched = {"stage": "supervised", "ceiling": 1, "floor": 0.01}
    thresholds = {**document("x")["thresholds"], "confusion_at": 0.81}
    return {"rollout": {"default": {"stage": "autonomous"}, "journeys": {journey: watched}}, "thresholds": thresholds}


def test_a_verdict_is_idempotent_and_can_be_corrected(caller: Caller, session_id: str) -> None:
    """Given a verdict, then the same again changes nothing; another replaces it and corrects the counters."""
    body = document("watched-2", **supervised("technical_fault"))
    assert switch(caller, policy=body)[0] == 200
    answer = caller.turn(session_id, "The app is slow", journey="technical_fault")
    wrong = {"agree": False, "should_have": "escalate", "queue": "technical", "why": "mail ana.canary@example.com"}
    first = judge(caller, answer.decision_id, **wrong)[1]
    assert "canary" not in first["verdict"]["why"]
    assert judge(caller, answer.decision_id, **wrong)[1] == {**first, "changed": False}
    assert standing_of(caller, "technical_fault") == (1, 0)
    assert judge(caller, answer.decision_id, agree=True)[1]["changed"] is True
    assert standing_of(caller, "technical_fault") == (1, 1)
    stored = json.dumps(caller.stack.items(), default=str)
    assert "ana.canary" not in stored


def standing_of(caller: Caller, journey: str) -> tuple[int, int]:
    """Return verdicts and agreement of a journey."""
    one = next(one for one in policies(caller)["rollout"] if one["journey"] == journey)
    return one["verdicts"], one["agreed"]


def test_whoever_looks_at_any_decision_may_judge_it(caller: Caller, session_id: str) -> None:
    """Given a decision that chance did not choose, then its verdict is kept, and does not bend the agreement."""
    answer = caller.turn(session_id, "Where is my order A-20391?")
    status, recorded_ = judge(caller, answer.decision_id, agree=False, should_have="escalate", why="was upset")
    assert (status, recorded_["counted"]) == (200, False)
    assert answer.decision_id in {one["decision_id"] for one in reviews(caller, "&state=judged")}


@pytest.mark.parametrize(
    ("verdict", "field"),
    [
        ({"agree": False}, "body"),
        ({"agree": True, "should_have": "escalate"}, "should_have"),
        ({"agree": False, "should_have": "hold"}, "should_have"),
        ({"agree": False, "queue": "nowhere"}, "queue"),
        ({"agree": "perhaps"}, "agree"),
        ({"agree": True, "mood": "good"}, "mood"),
        ({"agree": True, "why": "x" * 501}, "why"),
    ],
)
def test_a_verdict_that_cannot_be_meant_is_refused(
    caller: Caller, session_id: str, verdict: dict[str, Any], field: str
) -> None:
    """Given contradictions and unknown names, then the field is named and nothing is recorded."""
    answer = caller.turn(session_id, "Where is my order A-20391?")
    assert answer.action is not Action.escalate
    status, problem = judge(caller, answer.decision_id, **verdict)
    assert status == 422
    assert field in [one["field"] for one in problem["errors"]]
    assert judge(caller, "dec_unknown", agree=True)[0] == 404


def test_reviews_leave_with_the_session(caller: Caller, session_id: str) -> None:
    """Given a judged review, when the session is erased, then it is exported before, and gone afterwards."""
    assert switch(caller, policy=staged("watched-3", "supervised"))[0] == 200
    answer = caller.turn(session_id, "Where is my order A-20391?")
    judge(caller, answer.decision_id, agree=True)
    status, export = ask(caller, "GET", f"/v1/sessions/{session_id}/export")
    assert "review" in {one["kind"] for one in export["records"]}
    status, erased = ask(caller, "DELETE", f"/v1/sessions/{session_id}")
    assert (status, erased["complete"]) == (200, True)
    assert answer.decision_id not in {one["decision_id"] for one in reviews(caller, "&state=judged")}
    assert judge(caller, answer.decision_id, agree=False, should_have="escalate")[0] == 404


def test_the_shipped_policy_stays_what_tests_expect() -> None:
    """Given these tests' name for the shipped policy, then it is still its version."""
    assert load_policy().version == SHIPPED


def test_a_conversation_that_ended_badly_is_offered_for_audit(caller: Caller, session_id: str) -> None:
    """Given audits of every bad ending, when a session is reported abandoned, then all of it waits for a reviewer."""
    plan = {"default": {"stage": "autonomous"}, "audits": {"ended_well": 0, "ended_badly": 1}}
    assert switch(caller, policy=document("audits", rollout=plan))[0] == 200
    said = ("hello", "where is my order A-20391?")
    decisions = [caller.turn(session_id, text, turn_id=text[:5]).decision_id for text in said]
    good = caller.turn(f"{session_id}-good", "hello").decision_id
    for session, outcome in ((session_id, "abandoned"), (f"{session_id}-good", "resolved")):
        assert ask(caller, "POST", f"/v1/sessions/{session}/outcome", {"outcome": outcome})[0] == 200
    waiting = {one["decision_id"]: one for one in reviews(caller)}
    assert good not in waiting
    assert (waiting[decisions[-1]]["cause"], waiting[decisions[-1]]["conversation"]) == ("ended_badly", decisions)
