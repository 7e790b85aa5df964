"""The capacity model follows from real turns and real keys."""

from typing import Any

import pytest

from tests.capacity.__main__ import describe
from tests.capacity.model import Model, load_assumptions
from tests.capacity.turns import TakenTurn, take_turns


@pytest.fixture(scope="module")
def sessions() -> list[list[TakenTurn]]:
    """The turns of some gold conversations."""
    return take_turns(30)


def model(sessions: list[list[TakenTurn]], rate: float, **traffic: Any) -> Model:
    """Return the model at a rate, with some of its assumptions changed."""
    assumed = load_assumptions()
    assumed["traffic"] |= traffic
    return Model(sessions, rate, assumed)


def test_no_key_is_written_too_often_where_turns_are_counted_by_sample(sessions: list[list[TakenTurn]]) -> None:
    """Given 10,000 turns a second, one in twenty counted, then no key takes 1,000 write units; all counted, one does."""
    assert max(model(sessions, 10_000, counted_turns=20).busiest_keys().values()) < 1000
    every = model(sessions, 10_000, counted_turns=1).busiest_keys()
    assert {kind for kind, units in every.items() if units >= 1000} == {"TURNS"}


def test_no_copy_of_the_incidents_is_read_too_often(
    sessions: list[list[TakenTurn]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given 10,000 turns a second and 8 KB of incidents, then no copy takes 3,000 read units; a single one would."""
    assert 0 < model(sessions, 10_000).busiest_incident_reads() < 3000
    monkeypatch.setattr("relief.store.keys.INCIDENT_COPIES", 1)
    assert model(sessions, 10_000).busiest_incident_reads() == 20_000


def test_the_simulation_replays(sessions: list[list[TakenTurn]]) -> None:
    """Given a seed, then the keys are the same."""
    assert model(sessions, 500).busiest_keys(seed=3) == model(sessions, 500).busiest_keys(seed=3)


def test_needs_grow_with_the_rate_and_costs_do_not(sessions: list[list[TakenTurn]]) -> None:
    """Given twice the turns, then twice the concurrency, and a million turns cost the same."""
    one, two = model(sessions, 1000), model(sessions, 2000)
    assert two.concurrency()["api"] == pytest.approx(2 * one.concurrency()["api"])
    assert one.costs() == two.costs()
    assert one.gives_way()[0]["quota"] == two.gives_way()[0]["quota"]


def test_the_report_names_what_gives_way_first_and_where_prices_and_quotas_are_from() -> None:
    """Given the report, then quotas are in the order in which they are reached; each figure has a source, or says so."""
    report = describe(10_000, conversations=30)
    reached = [row["reached_at"] for row in report["gives_way"]]
    assert reached == sorted(reached)
    assert report["prices_as_of"]
    sources, assumed = report["sources"], load_assumptions()
    sourced = [*sources["aws"], *sources["others"], *sources["unverified"]]
    assert sorted(sourced) == sorted([*assumed["prices"], *assumed["quotas"]])
    assert report["dollars_a_million_turns"]["sum"] > 0
