"""Figures: incremental equals brute force, whatever comes late, twice or in another order."""

import itertools
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from relief.contracts.figures import Figure
from relief.contracts.vocabulary import HandoffEventKind, Outcome
from relief.errors import Unavailable
from relief.measure.figures.facts import AnyFact, EventFact, HandoffFact, OutcomeFact, TurnFact
from relief.measure.figures.formulas import FORMULAS, compute_figures
from relief.measure.figures.memory import FiguresInMemory
from relief.measure.figures.record import Change, Recorder
from relief.measure.figures.report import MetricsQuery, report_figures
from relief.measure.figures.sketch import RELATIVE_ERROR, find_bucket, find_percentile, find_value
from tests import month

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """Return so many seconds after now."""
    return NOW + timedelta(seconds=seconds)


def turn(number: int = 1, seconds: float = 0, session: str = "s", **fields: Any) -> TurnFact:
    """Return a turn's fact."""
    defaults: dict[str, Any] = {
        "customer": None,
        "journey": None,
        "intent": "billing",
        "channel": "web_chat",
        "policy": "p",
        "incident": False,
        "frustration": 0.5,
        "asked": False,
        "escalated": False,
        "retried": False,
    }
    moment = at(seconds)
    return TurnFact(
        session=session, recorded_at=moment, at=moment, turn=f"t{number}", number=number, **{**defaults, **fields}
    )


def handoff(seconds: float, queue: str = "billing") -> HandoffFact:
    """Return a hand-over's fact."""
    moment = at(seconds)
    return HandoffFact(
        session="s", recorded_at=moment, handoff="h", queue=queue, at=moment, known=frozenset({"order_number"})
    )


def event(seconds: float, kind: HandoffEventKind, slot: str | None = None) -> EventFact:
    """Return the fact of a desk's event."""
    moment = at(seconds)
    return EventFact(
        session="s", recorded_at=moment, handoff="h", event=f"{kind}{seconds}", kind=kind, at=moment, slot=slot
    )


def outcome(seconds: float, ended: Outcome, score: int | None = None) -> OutcomeFact:
    """Return the fact of a session's end."""
    return OutcomeFact(session="s", recorded_at=at(seconds), outcome=ended, at=at(seconds), effort_score=score)


def figures_of(*facts: AnyFact) -> dict[str, Figure]:
    """Return the figures over all sessions after these facts, one by one."""
    store = FiguresInMemory()
    recorder = Recorder(store)
    for fact in facts:
        recorder.record([fact])
    query = MetricsQuery.model_validate({"from": "2026-11-01", "to": "2026-11-30"})
    return report_figures(query, store, NOW).groups[0].figures


WAITED = (
    turn(1, 0),
    turn(2, 30, asked=True),
    turn(3, 60, escalated=True),
    handoff(60),
    turn(4, 90),
    event(150, HandoffEventKind.accepted),
    event(160, HandoffEventKind.asked, "order_number"),
    turn(5, 170),
    outcome(600, Outcome.resolved, 6),
)


def test_a_wait_begins_with_the_first_signal_and_ends_with_the_persons_first_word() -> None:
    """Given a request after 30 s and an acceptance after 150 s, then the wait is 120 s, with two turns in between."""
    figures = figures_of(*WAITED)
    assert figures["time_to_human_p50_seconds"].value == pytest.approx(120, rel=RELATIVE_ERROR)
    assert figures["turns_after_asking"] == Figure(value=2, count=1)
    assert figures["time_to_resolution_p50_seconds"].value == pytest.approx(600, rel=RELATIVE_ERROR)
    assert figures["reask_rate"] == Figure(value=1, count=1)
    assert figures["resolved_rate"] == Figure(value=1, count=1)
    assert figures["customer_effort_score"] == Figure(value=6, count=1)


@given(st.permutations(range(len(WAITED))), st.lists(st.sampled_from(range(len(WAITED))), max_size=6))
def test_order_and_repetition_do_not_matter(order: list[int], again: list[int]) -> None:
    """Given the same facts in another order, some of them again, then the figures are the same."""
    shuffled = [WAITED[place] for place in [*order, *again]]
    assert figures_of(*shuffled) == figures_of(*WAITED)


def test_a_late_session_makes_a_later_one_a_repeat() -> None:
    """Given two sessions about the same within 7 days, told of in the wrong order, then the later one is a repeat."""
    earlier = turn(session="early", seconds=-6 * 86_400, customer="c")
    later = turn(session="late", seconds=0, customer="c")
    for order in itertools.permutations((earlier, later)):
        assert figures_of(*order)["repeat_contact_rate"] == Figure(value=0.5, count=2)
    other = turn(session="early", seconds=-8 * 86_400, customer="c")
    assert figures_of(other, later)["repeat_contact_rate"] == Figure(value=0, count=2)


def test_another_customer_or_another_intent_is_no_repeat() -> None:
    """Given contacts of two customers, or about two things, then none is a repeat."""
    first = turn(session="one", customer="c")
    assert figures_of(first, turn(session="two", customer="d"))["repeat_contact_rate"].value == 0
    assert figures_of(first, turn(session="two", customer="c", intent="refund"))["repeat_contact_rate"].value == 0
    assert figures_of(first, turn(session="two", customer="c", intent="out_of_scope"))["repeat_contact_rate"].count == 1


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ([outcome(9, Outcome.resolved)], "contained_rate"),
        ([outcome(9, Outcome.unresolved)], "deflected_rate"),
        ([outcome(9, Outcome.abandoned)], "abandoned_rate"),
        ([handoff(1), outcome(9, Outcome.resolved)], "resolved_rate"),
        ([handoff(1), outcome(9, Outcome.unresolved)], "unresolved_rate"),
        ([handoff(1), event(5, HandoffEventKind.resolved)], "resolved_rate"),
        ([handoff(1), event(5, HandoffEventKind.abandoned)], "abandoned_rate"),
    ],
)
def test_each_end_is_counted_in_one_class(facts: list[AnyFact], name: str) -> None:
    """Given an end, then one of the five rates counts it and no other."""
    figures = figures_of(turn(), *facts)
    ends = ("resolved_rate", "contained_rate", "deflected_rate", "unresolved_rate", "abandoned_rate")
    assert {one: figures[one].value for one in ends} == {one: float(one == name) for one in ends}


def test_a_session_without_an_end_is_in_no_class() -> None:
    """Given a session whose end nobody has told, then no rate counts it."""
    assert figures_of(turn())["deflected_rate"] == Figure(value=None, count=0)


def test_a_later_outcome_replaces_an_earlier_one() -> None:
    """Given 'unresolved' and later 'resolved', then the session is resolved, in whatever order they come."""
    reports = (outcome(5, Outcome.unresolved), outcome(9, Outcome.resolved))
    for order in itertools.permutations(reports):
        assert figures_of(turn(), *order)["contained_rate"] == Figure(value=1, count=1)


def test_a_session_moves_to_the_group_that_it_turns_out_to_belong_to() -> None:
    """Given an intent that changes, then the session counts under the last one alone."""
    store = FiguresInMemory()
    Recorder(store).record([turn(1, intent="billing")])
    Recorder(store).record([turn(2, 10, intent="refund")])
    groups = {group.group: group.sessions for group in month.read(store, "intent").groups}
    assert groups == {"billing": 0, "refund": 1}


@given(st.lists(st.floats(0, 3_000_000), min_size=1, max_size=200), st.sampled_from([0.5, 0.95]))
def test_percentiles_keep_their_error(values: list[float], share: float) -> None:
    """Given any values, then a percentile of the sketch is within the stated error of the exact one."""
    exact = sorted(values)[max(1, -int(-share * len(values) // 1)) - 1]
    found = find_percentile(Counter(find_bucket(value) for value in values), share)
    assert found is not None
    assert abs(found - exact) <= max(1.0, exact * RELATIVE_ERROR * 1.0001)


def test_buckets_are_in_order_and_an_empty_sketch_has_no_percentile() -> None:
    """Given buckets, then their values rise; given none, then there is no percentile."""
    values = [find_value(bucket) for bucket in range(200)]
    assert values == sorted(values)
    assert find_percentile({}, 0.5) is None
    assert find_percentile({3: 0}, 0.5) is None


def test_a_synthetic_month_equals_brute_force() -> None:
    """Given a month with duplicates and late facts, then every figure of every grouping is what brute force makes."""
    sessions = month.make_sessions(400)
    store = FiguresInMemory()
    month.record(month.arrive(sessions), store)
    assert [one for group_by in month.GROUPINGS for one in month.differences(sessions, store, group_by)] == []


def test_brute_force_notices_what_is_wrong() -> None:
    """Given a month of which a tenth was lost, then the comparison says so: it is no formality."""
    sessions = month.make_sessions(200)
    facts = [fact for fact in month.arrive(sessions) if random.Random(fact.session).random() < 0.9]
    store = FiguresInMemory()
    month.record(facts, store)
    assert month.differences(sessions, store, "")


class Rival(FiguresInMemory):
    """A store in which somebody else is first, some times."""

    def __init__(self, losses: int) -> None:
        super().__init__()
        self.losses = losses

    def commit(self, changes: Any) -> bool:
        """Lose the race as often as planned."""
        if self.losses > 0:
            self.losses -= 1
            return False
        return super().commit(changes)


def test_a_lost_race_is_run_again_and_counts_once() -> None:
    """Given rivals, then facts are recorded in the end, once; and if the races never end, the caller is told."""
    store = Rival(5)
    pauses: list[float] = []
    added = Recorder(store, pauses.append).record([turn(), turn(session="other")])
    assert added["sessions"] == 2
    assert len(pauses) == 4
    with pytest.raises(Unavailable):
        Recorder(Rival(1000), pauses.append).record([turn()])


def test_what_was_erased_is_not_counted_again() -> None:
    """Given an erasure, then facts from before it change nothing, and those from after it begin anew."""

    class Erased(FiguresInMemory):
        def read_ledger(self, session: str) -> Any:
            return super().read_ledger(session)[0], at(10)

    store = Erased()
    assert Recorder(store).record([turn(1, 5)]) == Counter()
    assert Recorder(store).record([turn(2, 20)])["sessions"] == 1


def test_no_transaction_grows_too_large() -> None:
    """Given a large batch, then every transaction keeps to DynamoDB's hundred writes."""
    sizes: list[int] = []

    class Counting(FiguresInMemory):
        def commit(self, changes: list[Change]) -> bool:  # type: ignore[override]
            cells = {cell for change in changes for cell in change.tallies}
            sizes.append(sum(2 + len(change.contacts) for change in changes) + len(cells))
            return super().commit(changes)

    sessions = month.make_sessions(300)
    Recorder(Counting()).record(month.arrive(sessions))
    assert max(sizes) <= 100


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-11-30", "to": "2026-11-01"},
        {"from": "2024-01-01", "to": "2026-11-01"},
        {"group_by": "agent"},
        {"group_by": "journey,intent"},
        {"from": "yesterday"},
        {"colour": "blue"},
    ],
)
def test_a_query_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    """Given a range that ends before it begins or is too long, or an unknown group, then it is refused."""
    with pytest.raises(ValidationError):
        MetricsQuery.model_validate(MetricsQuery.from_query(query, NOW))


def test_a_query_without_parameters_is_the_last_thirty_days() -> None:
    """Given nothing, then the last thirty days are read; given a moment, then its day."""
    query = MetricsQuery.model_validate(MetricsQuery.from_query({}, NOW))
    assert (query.first_day, query.last_day) == (date(2026, 10, 12), date(2026, 11, 10))
    moment = MetricsQuery.model_validate(MetricsQuery.from_query({"from": "2026-11-02T10:00:00Z"}, NOW))
    assert moment.first_day == date(2026, 11, 2)


def test_every_formula_is_named_defined_and_computed() -> None:
    """Given the formulas, then names are unique, each says what it means, and nothing measured is no figure."""
    assert len({formula.name for formula in FORMULAS}) == len(FORMULAS)
    assert all(formula.definition.endswith(".") and formula.source for formula in FORMULAS)
    assert all(figure == Figure(value=None, count=0) for figure in compute_figures(Counter()).values())
