"""A team that is closed or full passes hand-overs on to the one that the table names, and the customer hears the truth."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from relief.api.parachute import pack_parachute
from relief.contracts.decision import TurnResponse
from relief.contracts.handoff import HandoffNotice
from relief.contracts.queues import InsteadOf, QueueRecord, QueueStatus
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Lane, Part
from relief.integrations.card import write_card
from relief.integrations.projection import list_entries
from relief.route import state
from relief.route.assign import Assignment
from relief.route.command import Exit, run_command
from relief.route.outlook import Outlook
from relief.route.overflow import place
from relief.route.tables import MOST_OVERFLOWS, RoutingTable
from relief.store.items import load_context
from tests.pipeline import SETTINGS, Session
from tests.unit.handoff_cases import SAMPLE

OFFICE: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "cases/routing/office.yaml").read_text(encoding="utf-8")
)
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 23, tzinfo=UTC)


def table(**overflows: Any) -> RoutingTable:
    """Return the office's table with these overflows; a name alone is one for all states."""
    queues = {name: dict(queue) for name, queue in OFFICE["queues"].items()}
    for name, overflow in overflows.items():
        queues[name]["overflow"] = {"queue": overflow} if isinstance(overflow, str) else overflow
    return RoutingTable.model_validate({**OFFICE, "queues": queues})


class Waiting:
    """How many wait in each queue; ``None``: it cannot be read."""

    def __init__(self, waiting: Mapping[str, int | None]) -> None:
        self.waiting = waiting
        self.asked: list[str] = []

    def read(self, queue: str, capacity: int | None, now: datetime, *, realtime: bool) -> QueueRecord | None:
        self.asked.append(queue)
        waiting = self.waiting.get(queue, 0)
        return None if waiting is None else QueueRecord(waiting=waiting)

    def note_wait(self, handoff: HandoffNotice, taken_at: datetime) -> bool:
        return True


def hand_over(
    monkeypatch: pytest.MonkeyPatch, routing: RoutingTable, start: datetime, waiting: Waiting, **fields: Any
) -> tuple[Session, TurnResponse]:
    """Ask for a person by this table."""
    monkeypatch.setattr(state, "load_table", lambda: routing)
    session = Session(start=start)
    session.queues = waiting
    answer = session.say("I want to talk to a human", **{"journey": "billing_dispute", **fields})
    return session, answer


def test_a_closed_team_s_hand_over_goes_to_the_team_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given billing at night and an overflow to the general team, then that team has it, live, and both are named."""
    session, answer = hand_over(monkeypatch, table(billing="general"), NIGHT, Waiting({}))
    assert answer.handoff is not None
    assert (answer.handoff.queue, answer.handoff.realtime, answer.handoff.eta_seconds) == ("general", True, 300)
    assert answer.next.say.startswith("Our billing team is not at their desks right now. ")
    assert "our customer service team" in answer.next.say
    assert "won't have to repeat" in answer.next.say
    assert answer.next.callback_windows == []
    context = load_context(session.item, session.now).context
    assert context is not None
    assert context.handoff is not None
    assert context.handoff.instead_of == InsteadOf(queue="billing", status=QueueStatus.closed)


def test_a_full_team_s_hand_over_goes_on_too_and_keeps_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a full team, then its hand-over goes to the overflow and says why, on later turns as well."""
    overflow = {"queue": "general", "when": ["full"]}
    waiting = Waiting({"retention": 2})
    session, answer = hand_over(monkeypatch, table(retention=overflow), MONDAY, waiting, journey="cancellation")
    assert answer.handoff is not None
    assert answer.handoff.queue == "general"
    assert answer.next.say.startswith("Our customer care team can't take any more requests right now. ")
    assert '"instead_of":{"queue":"retention","status":"full"}' in session.final.event
    session.say("my order number is A-1")
    (stored,) = [
        write["Update"] for write in json.loads(session.final.writes) if ":queue_state" in str(write.get("Update"))
    ]
    written = json.loads(stored["ExpressionAttributeValues"][":doc"]["S"])
    assert written["instead_of"] == {"queue": "retention", "status": "full"}


@pytest.mark.parametrize(
    ("locale", "said"), [("de-DE", "Unser Team Abrechnung ist gerade nicht im Dienst."), ("es-ES", "Nuestro equipo de")]
)
def test_it_is_said_in_the_customer_s_language(monkeypatch: pytest.MonkeyPatch, locale: str, said: str) -> None:
    """Given a customer who writes German or Spanish, then they read it in that language, and the skill goes along."""
    session, answer = hand_over(monkeypatch, table(billing="general"), NIGHT, Waiting({}), locale=locale)
    assert answer.next.say.startswith(said)
    assert f'"skills":["language_{locale[:2]}"]' in session.final.event


def test_an_open_team_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given billing by day, then the overflow is not even asked."""
    waiting = Waiting({})
    _, answer = hand_over(monkeypatch, table(billing="general"), MONDAY, waiting)
    assert answer.handoff is not None
    assert answer.handoff.queue == "billing"
    assert waiting.asked == ["billing"]


def test_where_nobody_in_the_row_is_there_the_own_team_keeps_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given billing at night and an overflow that nobody staffs, then billing has it, and its opening is told."""
    _, answer = hand_over(monkeypatch, table(billing="orders"), NIGHT, Waiting({}))
    assert answer.handoff is not None
    assert answer.handoff.queue == "billing"
    assert "Tuesday 24 November at 09:00" in answer.next.say
    assert answer.next.callback_windows


def test_a_state_that_the_overflow_is_not_for_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given an overflow for a full billing team alone, when it is closed, then its own opening is told."""
    _, answer = hand_over(monkeypatch, table(billing={"queue": "general", "when": ["full"]}), NIGHT, Waiting({}))
    assert answer.handoff is not None
    assert answer.handoff.queue == "billing"


def test_an_overflow_whose_past_cannot_be_read_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a table that does not answer for the second team, then it has the hand-over by its usual time, and that is said."""
    waiting = Waiting({"retention": 2, "general": None})
    _, answer = hand_over(monkeypatch, table(retention="general"), MONDAY, waiting, journey="cancellation")
    assert answer.handoff is not None
    assert (answer.handoff.queue, answer.handoff.eta_seconds) == ("general", 300)
    assert Part.queues in answer.degraded


def test_the_last_resort_passes_on_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a workflow that is down at night, then its prepared hand-over waits with the team that is there."""
    monkeypatch.setattr("relief.api.parachute.load_table", lambda: table(billing="general"))
    turn = TurnRequest(turn_id="t1", channel="web_chat", journey="billing_dispute", text="a person please")
    event = pack_parachute("s-1", turn, "", NIGHT, SETTINGS).event
    assert '"queue":"general"' in event
    assert '"instead_of":{"queue":"billing","status":"closed"}' in event


def test_people_at_a_desk_see_which_team_it_was_meant_for() -> None:
    """Given a hand-over that was passed on, then note and fields say so, and others say nothing of it."""
    passed = SAMPLE.model_copy(update={"instead_of": InsteadOf(queue="refunds", status=QueueStatus.full)})
    assert dict(list_entries(passed))["instead_of"] == "refunds: full"
    assert "instead of refunds (full)" in write_card(passed, 5000)[0]
    assert "instead_of" not in dict(list_entries(SAMPLE))


@pytest.mark.parametrize(
    ("overflows", "problem"),
    [
        ({"billing": "nowhere"}, "queue billing overflows to nowhere, which is not defined"),
        ({"billing": "billing"}, "in a circle: billing -> billing"),
        ({"billing": "general", "general": "crisis", "crisis": "billing"}, "in a circle: billing -> general -> crisis"),
        (
            {"retention": "billing", "billing": "general", "general": "crisis"},
            "retention overflows through more than 2",
        ),
        ({"billing": {"queue": "general", "when": ["open"]}}, "Input should be"),
        ({"billing": {"queue": "general", "when": []}}, "at least 1 item"),
    ],
)
def test_a_table_that_passes_on_to_nobody_or_in_a_circle_is_refused(overflows: dict[str, Any], problem: str) -> None:
    """Given an overflow that does not exist or leads back, then the table does not validate."""
    with pytest.raises(ValidationError, match=problem):
        table(**overflows)


@pytest.mark.parametrize(
    ("overflows", "fault"),
    [
        ({"billing": "orders"}, "queue billing overflows to orders, which nobody staffs"),
        ({"accounts": "general"}, "queue accounts overflows to general, but is never closed or full"),
        (
            {"retention": {"queue": "general", "when": ["closed"]}},
            "queue retention overflows to general, but is never closed",
        ),
    ],
)
def test_an_overflow_that_is_of_no_use_is_found(tmp_path: Path, overflows: dict[str, Any], fault: str) -> None:
    """Given an overflow that can never help, then the check names it with its cure; one that can is no fault."""
    path = tmp_path / "table.yaml"
    path.write_text(yaml.safe_dump(table(**overflows).model_dump(mode="json", exclude_none=True)), encoding="utf-8")
    outcome = run_command(["check", str(path)])
    assert outcome.code is Exit.findings
    assert fault in outcome.text


NAMES = ("a", "b", "c")


@given(
    st.fixed_dictionaries({name: st.sampled_from([None, *NAMES]) for name in NAMES}),
    st.fixed_dictionaries({name: st.sampled_from(QueueStatus) for name in NAMES}),
)
def test_whatever_the_table_a_hand_over_has_a_place_and_an_open_one_if_there_is(
    overflows: dict[str, str | None], states: dict[str, QueueStatus]
) -> None:
    """Given any overflows and states, then a table is refused or every hand-over ends in one queue of its row.

    It is open if any of the row is, up to the first that is, and else the one that it was meant for.
    """
    usual = {"team": {"en": "x"}, "skills": [], "realtime_seconds": 1, "reply_seconds": 1}
    queues = {name: {**usual, "overflow": {"queue": to} if to else None} for name, to in overflows.items()}
    document = {"intents": {}, "fallback": "a", "realtime_channels": [], "queues": queues}
    try:
        routing = RoutingTable.model_validate(document)
    except ValidationError:
        return
    for name in NAMES:
        row = [name]
        while (following := overflows[row[-1]]) is not None:
            row.append(following)
        assert len(row) <= MOST_OVERFLOWS + 1
        asked: list[str] = []

        def look(one: Assignment, asked: list[str] = asked) -> Outlook:
            asked.append(one.queue)
            return Outlook(states[one.queue], None)

        placed = place(Assignment(name, Lane.normal, [], realtime=True), routing, look)
        wanted = next((one for one in row if states[one] is QueueStatus.open), name)
        assert placed.assignment.queue == wanted
        assert placed.instead_of == (None if wanted == name else InsteadOf(queue=name, status=states[name]))
        assert asked == row[: len(asked)]
