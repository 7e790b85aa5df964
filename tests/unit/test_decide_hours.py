"""Opening hours in a policy: what it says for outside them is decided outside them alone, and is proved like any rule."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from relief.contracts.vocabulary import Action
from relief.decide.in_force import InForce
from relief.decide.policy import Policy, load_policy
from relief.decide.source import load_source
from relief.route import staffed
from relief.route.tables import RoutingTable
from tests.pipeline import Session

OFFICE = load_source(Path(__file__).parent / "cases/routing/office.yaml", RoutingTable)
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
MONDAY_LUNCH = datetime(2026, 11, 23, 12, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 29, 10, tzinfo=UTC)
CHRISTMAS = datetime(2026, 12, 25, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _office(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the office's table say when teams are there."""
    monkeypatch.setattr(staffed, "load_table", lambda: OFFICE)


@pytest.fixture
def in_force() -> InForce:
    """The shipped policy, which goes another way first while nobody is there for a disputed charge."""
    document = load_policy().model_dump(mode="json")
    rule = {
        "id": "nobody-there-yet",
        "reason": "STEP_FAILED",
        "when": "!(hours.open) && turn.outcome == 'failed' && progress.strategy_changes < `1`",
        "action": "change_strategy",
        "mode": "ai_assisted",
        "priority": 1,
        "because": "Nobody is there yet, so another way is tried first.",
    }
    place = next(number for number, one in enumerate(document["rules"]) if one["id"] == "urgent-and-failing")
    document["rules"].insert(place, rule)
    policy = Policy.model_validate(document)
    return InForce(policy, policy.judgement, {})


@pytest.mark.parametrize(
    ("queue", "now", "there"),
    [
        ("billing", MONDAY, True),
        ("billing", MONDAY_LUNCH, False),
        ("billing", SUNDAY, False),
        ("billing", CHRISTMAS, False),
        ("accounts", SUNDAY, True),
        ("made_up", SUNDAY, True),
    ],
)
def test_a_team_is_there_in_its_hours(queue: str, now: datetime, *, there: bool) -> None:
    """Given opening hours, a holiday or none, then the team is there when they say so."""
    assert staffed.is_staffed(queue, now) is there


@pytest.mark.parametrize(("now", "action"), [(MONDAY, Action.escalate), (SUNDAY, Action.change_strategy)])
def test_a_rule_may_ask_for_opening_hours(in_force: InForce, now: datetime, action: Action) -> None:
    """Given an urgent failed step, when the team is away, then the rule for that decides; otherwise a person does."""
    session = Session(start=now, in_force=in_force)
    session.say("my bill is wrong", journey="billing_dispute")
    failed = {"step": "verify_charge", "outcome": "failed"}
    answer = session.say("No, nothing there. This is urgent, I need this fixed now!", bot=failed)
    assert answer.action is action


def test_hours_never_keep_a_person_away(in_force: InForce) -> None:
    """Given a closed team, when the customer asks for a person, then they are handed over all the same."""
    session = Session(start=SUNDAY, in_force=in_force)
    answer = session.say("I want to talk to a human", journey="billing_dispute")
    assert answer.action is Action.escalate
