"""The rollout of journeys: what shadow, supervision and autonomy make of the same decision."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from relief.contracts.states import DecisionRecord
from relief.contracts.vocabulary import Action, Owner, ReasonCode, ReviewCause, RolloutStage
from relief.decide.agreement import Agreement, draw, review_share, wilson_lower_bound
from relief.decide.in_force import InForce
from relief.decide.policy import SHIPPED_POLICY, Policy, parse_policy
from relief.errors import DataFileInvalid
from relief.store.keys import decision_id
from relief.store.writes import load_decision
from tests.pipeline import Session

NOBODY: dict[str, Agreement] = {}


def policy_with(rollout: dict[str, Any]) -> Policy:
    """Return the shipped policy with another rollout."""
    document = yaml.safe_load(SHIPPED_POLICY.read_text(encoding="utf-8"))
    return parse_policy(yaml.safe_dump({**document, "rollout": rollout}), "policy.yaml")


def in_force(stage: str, agreements: dict[str, Agreement] = NOBODY, **shares: float) -> InForce:
    """Return a policy with every journey at this stage."""
    policy = policy_with({"default": {"stage": stage, **shares}})
    return InForce(policy, policy.judgement, agreements)


def record_of(session: Session) -> DecisionRecord:
    """Return the decision that the last turn wrote."""
    record = load_decision(session.writes[1]["Put"]["Item"], session.now)
    assert record is not None
    return record


def reviews_of(session: Session) -> list[dict[str, Any]]:
    """Return the reviews that the last turn opened."""
    items = [write["Put"]["Item"] for write in session.writes if "Put" in write]
    return [json.loads(item["doc"]["S"]) for item in items if item["sk"]["S"].startswith("REVIEW#")]


def test_a_request_for_a_person_in_shadow_is_told_and_not_carried_out() -> None:
    """Given shadow, when the customer asks for a person, then nothing is handed over, and the caller reads where to."""
    session = Session(in_force=in_force("shadow"))
    answer = session.say("Can I please talk to a human about my bill?", journey="billing_dispute")
    assert answer.enforced is False
    assert (answer.action, answer.owner, answer.handoff) == (Action.escalate, Owner.bot, None)
    assert answer.reasons[0].code is ReasonCode.CUSTOMER_REQUEST
    assert answer.next.would_hand_over is not None
    assert answer.next.would_hand_over.queue == "billing"
    assert answer.next.say == ""
    assert session.final.announce is False
    assert not [write for write in session.writes if write["Put"]["Item"]["sk"]["S"].startswith("HANDOFF#")]


def test_a_conversation_in_shadow_goes_on_with_the_bot() -> None:
    """Given a shadowed request for a person, when the customer writes again, then the bot still owns the conversation."""
    session = Session(in_force=in_force("shadow"))
    session.say("I want a human")
    again = session.say("I said I want a human!")
    assert (again.action, again.owner, again.enforced) == (Action.escalate, Owner.bot, False)
    plain = session.say(
        "fine. where is my order A-20391?", bot={"intent": {"name": "order_tracking", "confidence": 0.9}}
    )
    assert plain.enforced is False
    assert plain.action is not Action.hold


def test_what_a_person_owns_is_no_matter_of_rollout() -> None:
    """Given a conversation that waits for a person, when its journey is put into shadow, then the bot stays silent."""
    session = Session()
    session.say("I want a human")
    session.in_force = in_force("shadow")
    waiting = session.say("my order number is A-1")
    assert (waiting.owner, waiting.action, waiting.enforced) == (Owner.queued, Action.hold, True)


def test_the_same_turn_decides_the_same_at_every_stage() -> None:
    """Given the stages, then action, mode, reasons and facts of the first turn are the same; only their effect differs."""
    records = []
    for stage in RolloutStage:
        session = Session(in_force=in_force(stage.value))
        session.say("I have written three times about this refund now.")
        records.append(record_of(session))
    assert {one.response.action for one in records} == {Action.escalate}
    assert [one.response.enforced for one in records] == [False, True, True]
    assert all(one.facts == records[0].facts and one.evaluated == records[0].evaluated for one in records)
    assert [one.rollout.stage for one in records if one.rollout] == list(RolloutStage)


@pytest.mark.parametrize(
    ("stage", "shares", "opened"),
    [
        ("shadow", {"ceiling": 1, "floor": 1}, 1),
        ("supervised", {"ceiling": 1, "floor": 1}, 1),
        ("autonomous", {"ceiling": 1, "floor": 1}, 0),
    ],
)
def test_a_share_of_one_reviews_everything_but_autonomous_journeys(
    stage: str, shares: dict[str, float], opened: int
) -> None:
    """Given a share of one, then every decision is put before a reviewer, in shadow and under supervision."""
    session = Session(in_force=in_force(stage, **shares))
    session.say("Where is my order A-20391?")
    assert len(reviews_of(session)) == opened


def test_what_is_sensitive_is_reviewed_whatever_the_share() -> None:
    """Given complete agreement and the smallest share, then a legal phrase goes to review all the same."""
    agreed = {"default": Agreement(100_000, 100_000)}
    causes = set()
    for number in range(20):
        session = Session(f"s-{number}", in_force=in_force("supervised", agreed, ceiling=1, floor=1e-6))
        session.say("I will take this to the ombudsman.")
        causes |= {one["cause"] for one in reviews_of(session)}
        assert len(reviews_of(session)) == 1
    assert causes == {"sensitive"}


def test_the_review_holds_signs_and_nothing_that_was_said() -> None:
    """Given a reviewed turn, then its scores, codes and reasons are with it, its words and facts are not."""
    session = Session(in_force=in_force("supervised", ceiling=1, floor=1))
    session.say("My canaryword bill is wrong, this is the third time I ask!", facts={"order_number": "A-1"})
    review = reviews_of(session)[0]
    assert review["scores"]["frustration"] > 0
    assert review["codes"]
    assert "canaryword" not in json.dumps(session.writes)
    assert "A-1" not in json.dumps(review)


def test_a_review_without_consent_keeps_no_signs() -> None:
    """Given a customer who did not agree to storage, then the review names the decision, and no score or code."""
    session = Session(in_force=in_force("supervised", ceiling=1, floor=1))
    session.say("My bill is wrong, this is the third time I ask!", consent={"store_context": False})
    review = reviews_of(session)[0]
    assert {"scores", "codes", "intent", "say"} & set(review) == set()


def test_the_choice_can_be_drawn_again_from_the_record() -> None:
    """Given recorded decisions, then identifier and recorded share alone tell again which of them chance had chosen."""
    drawn = 0
    for number in range(40):
        session = Session(f"s-{number}", in_force=in_force("supervised", ceiling=0.5, floor=0.02))
        session.say("Where is my order A-20391?")
        rollout = record_of(session).rollout
        assert rollout is not None
        assert rollout.drawn == (draw(decision_id(f"s-{number}", "t1")) < rollout.share)
        assert (rollout.review is ReviewCause.sampled) == rollout.drawn == (len(reviews_of(session)) == 1)
        drawn += rollout.drawn
    assert 8 <= drawn <= 32


def test_the_draw_is_spread_evenly() -> None:
    """Given ten thousand decisions, then each tenth of the line has a tenth of them, within four standard deviations."""
    tenths = [0] * 10
    for number in range(10_000):
        tenths[int(draw(decision_id(f"s-{number}", "t")) * 10)] += 1
    assert all(abs(count - 1000) < 4 * 30 for count in tenths)


@pytest.mark.parametrize(
    ("agreed", "verdicts", "bound"),
    [(0, 0, 0.0), (0, 10, 0.0), (10, 10, 0.7225), (81, 263, 0.2553), (95, 100, 0.8882), (1000, 1000, 0.9962)],
)
def test_the_lower_bound_is_wilsons(agreed: int, verdicts: int, bound: float) -> None:
    """Given counts, then the bound is that of the literature (81 of 263 is the usual worked example)."""
    assert wilson_lower_bound(agreed, verdicts) == pytest.approx(bound, abs=5e-4)


@given(st.integers(1, 5000), st.data())
def test_the_bound_is_a_bound_and_rises_with_agreement(verdicts: int, data: st.DataObject) -> None:
    """Given any counts, then the bound is under the rate, rises with each verdict that agrees, and falls with others."""
    agreed = data.draw(st.integers(0, verdicts))
    bound = wilson_lower_bound(agreed, verdicts)
    assert 0 <= bound <= agreed / verdicts
    assert wilson_lower_bound(agreed + 1, verdicts + 1) >= bound - 1e-12
    assert wilson_lower_bound(agreed, verdicts + 1) <= bound + 1e-12


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.001, 1), st.floats(0, 1))
def test_the_share_falls_and_never_under_the_floor(one: float, other: float, floor: float, more: float) -> None:
    """Given two bounds, then the higher one has no larger share, and both are between floor and ceiling."""
    ceiling = floor + (1 - floor) * more
    low, high = sorted((one, other))
    assert floor <= review_share(high, ceiling, floor) <= review_share(low, ceiling, floor) <= max(ceiling, floor)
    assert review_share(0, ceiling, floor) == ceiling


@pytest.mark.parametrize(
    ("rollout", "field"),
    [
        ({"default": {"stage": "careful"}}, "rollout.default.stage"),
        ({"default": {"stage": "supervised", "floor": 0}}, "rollout.default.floor"),
        ({"default": {"stage": "supervised", "floor": 0.5, "ceiling": 0.1}}, "rollout.default"),
        ({"journeys": {"billing_disputes": {"stage": "shadow"}}}, "rollout.journeys.billing_disputes"),
        ({"always_review": ["WHATEVER"]}, "rollout.always_review.0"),
        ({"colour": "blue"}, "rollout.colour"),
    ],
)
def test_a_faulty_rollout_is_refused_with_line_and_field(rollout: dict[str, Any], field: str) -> None:
    """Given one fault in the rollout, when the policy is loaded, then line and field are named."""
    with pytest.raises(DataFileInvalid, match=r"policy\.yaml, line \d+: ") as caught:
        policy_with(rollout)
    assert [problem.field for problem in caught.value.errors] == [field]
    assert field in str(caught.value)


def test_agreement_belongs_to_what_judges() -> None:
    """Given a policy, then another rollout or version keeps its agreement, and another threshold starts anew."""
    shipped = parse_policy(SHIPPED_POLICY.read_text(encoding="utf-8"), "policy.yaml")
    assert policy_with({"default": {"stage": "shadow"}}).judgement == shipped.judgement
    text = SHIPPED_POLICY.read_text(encoding="utf-8")
    assert parse_policy(text.replace("2026-11.2", "2026-11.9"), "p").judgement == shipped.judgement
    assert parse_policy(text.replace("idle_turns: 2", "idle_turns: 1"), "p").judgement != shipped.judgement
