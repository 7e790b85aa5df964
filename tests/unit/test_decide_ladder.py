"""The ladder: which other way is offered, and until when the approach is changed instead of giving up on it."""

from collections.abc import Mapping
from typing import Any

import pytest

from relief.contracts.context import SessionContext
from relief.contracts.vocabulary import Action
from relief.decide.journeys import Journey, load_journeys
from relief.decide.ladder import climb, find_alternative
from relief.decide.policy import load_policy
from relief.store.items import load_context
from relief.store.writes import load_decision
from tests.pipeline import START, Session


def journey_with_alternatives() -> tuple[Journey, str, list[str]]:
    """Return a shipped journey, one of its steps, and two ways around that step."""
    journey = load_journeys()["technical_fault"]
    first, second = (step.name for step in journey.steps[-2:])
    steps = [journey.steps[0].model_copy(update={"alternatives": [first, second]}), *journey.steps[1:]]
    return journey.model_copy(update={"steps": steps}), journey.steps[0].name, [first, second]


def context(**fields: Mapping[str, Any]) -> SessionContext:
    """Return a session's context with these steps and proposals."""
    session = Session()
    session.say("Hello")
    stored = load_context(session.item, START).context
    assert stored is not None
    return SessionContext.model_validate({**stored.model_dump(), **fields})


@pytest.mark.parametrize(
    ("steps", "proposed", "taken"),
    [
        ({}, {}, 0),
        ({0: {"attempts": 0}}, {}, 0),
        ({0: {"attempts": 1}}, {}, 1),
        ({}, {0: {"times": 1}}, 0),
        ({}, {0: {"times": 2}}, 1),
    ],
)
def test_the_first_way_that_was_neither_tried_nor_proposed_twice_is_offered(
    steps: dict[int, Any], proposed: dict[int, Any], taken: int
) -> None:
    """Given a step with ways around it, then the first that is still open is offered."""
    journey, step, ways = journey_with_alternatives()
    known = context(
        steps={ways[number]: one for number, one in steps.items()},
        proposed={f"step:{ways[number]}": one for number, one in proposed.items()},
    )
    assert find_alternative(journey, known, step) == ways[taken]
    assert find_alternative(journey, known, None) is None


def test_there_is_an_end_to_alternatives() -> None:
    """Given that every way around a step was tried, then none is offered."""
    journey, step, ways = journey_with_alternatives()
    assert find_alternative(journey, context(steps={way: {"attempts": 1} for way in ways}), step) is None


@pytest.mark.parametrize(("dimension", "mark"), [("confusion", "confusion_at"), ("frustration", "change_strategy_at")])
def test_the_approach_is_changed_as_often_as_the_policy_allows(dimension: str, mark: str) -> None:
    """Given friction at the threshold, then the approach changes until the policy's number of changes is reached."""
    policy = load_policy()
    most = policy.thresholds.strategy_changes
    actions = []
    for changes in (most - 1, most):
        facts = plain_facts()
        facts["scores"] |= {"confusion": 0.0, "frustration": 0.0, dimension: getattr(policy.thresholds, mark)}
        facts["progress"]["strategy_changes"] = changes
        actions.append(climb(facts, policy).action)
    assert actions[0] is Action.change_strategy
    assert actions[1] is not Action.change_strategy


def plain_facts() -> dict[str, Any]:
    """Return the facts of a plain first message about something clear."""
    session = Session()
    session.say("Where is my order?", bot={"intent": {"name": "order_tracking", "confidence": 0.95}})
    record = load_decision(session.writes[1]["Put"]["Item"], START)
    assert record is not None
    facts: dict[str, Any] = record.facts
    facts["turn"] |= {"answers": False, "expressed": True, "tried": True}
    return facts
