"""What customers are told of the queue they join: open, closed, full or staffed by nobody, and never a dead promise."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.contracts.handoff import SAFETY_PRIORITY, HandoffNotice
from relief.contracts.queues import QueueRecord, QueueStatus, RecentWait
from relief.contracts.vocabulary import ControlOption, Part
from relief.decide.source import load_source
from relief.route import state
from relief.route.outlook import look_out
from relief.route.tables import RoutingTable
from relief.store.items import handoff_rank
from tests.pipeline import Session

OFFICE = load_source(Path(__file__).parent / "cases/routing/office.yaml", RoutingTable)
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
FRIDAY_NIGHT = datetime(2026, 11, 27, 20, tzinfo=UTC)


def waits(*seconds: int, waiting: int | None = None, ago: timedelta = timedelta(minutes=10)) -> QueueRecord:
    taken = [RecentWait(taken_at=MONDAY - ago, seconds=one) for one in seconds]
    return QueueRecord(waits=taken, waiting=waiting)


class Records:
    """The recent past of every queue, as a test wants it."""

    def __init__(self, record: QueueRecord | None) -> None:
        self.record = record

    def read(self, queue: str, capacity: int | None, now: datetime, *, realtime: bool) -> QueueRecord | None:
        return self.record

    def note_wait(self, handoff: HandoffNotice, taken_at: datetime) -> bool:
        return True


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> None:
    """Routing by the office's table."""
    monkeypatch.setattr(state, "load_table", lambda: OFFICE)


def hand_over(text: str, start: datetime, records: Records | None = None, **fields: object) -> Session:
    session = Session(start=start)
    session.queues = records
    session.say(text, **fields)
    return session


def test_the_usual_time_holds_until_there_are_enough_recent_waits() -> None:
    """Given few, old or no recent waits, then the table's time counts; given enough, their median."""
    look = lambda record: look_out("accounts", OFFICE, MONDAY, record, realtime=True).eta_seconds  # noqa: E731 - short for four lines
    assert look(None) == 240
    assert look(waits(900, 900)) == 240
    assert look(waits(900, 600, 30)) == 600
    assert look(waits(900, 600, 30, ago=timedelta(hours=3))) == 240


def test_a_live_request_that_would_be_reached_after_closing_time_is_told_the_next_opening() -> None:
    """Given a team that closes in five minutes and a wait of ten, then nobody is told to wait for them today."""
    late = datetime(2026, 11, 24, 16, 55, tzinfo=UTC)
    long = QueueRecord(waits=[RecentWait(taken_at=late, seconds=600)] * 3)
    outlook = look_out("billing", OFFICE, late, long, realtime=True)
    assert outlook.status is QueueStatus.closed
    assert outlook.opens_at == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert outlook.eta_seconds == (15 * 60 + 5) * 60 + 600
    assert look_out("billing", OFFICE, late, None, realtime=True).status is QueueStatus.open


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("locale", "opening", "window"),
    [
        ("en-GB", "Monday 30 November at 09:00 CET", "Monday 30 November, 09:00 to 11:00 CET"),
        ("de-DE", "Montag, 30. November, um 09:00 Uhr (CET)", "Montag, 30. November, 09:00 bis 11:00 Uhr (CET)"),
        ("es-MX", "lunes 30 de noviembre a las 09:00 (CET)", "lunes 30 de noviembre, de 09:00 a 11:00 (CET)"),
    ],
)
def test_a_closed_team_is_said_to_be_closed_with_its_opening_and_choices(
    locale: str, opening: str, window: str
) -> None:
    """Given a hand-over at night, then the customer hears when the team opens, in their language, and can choose."""
    words = {"en-GB": "I want to talk to a human", "de-DE": "Ich möchte mit einem Menschen sprechen"}
    text = words.get(locale, "quiero hablar con una persona")
    answer = hand_over(text, FRIDAY_NIGHT, locale=locale, journey="billing_dispute").answers[0]
    assert answer.handoff is not None
    assert answer.handoff.queue == "billing"
    assert opening in answer.next.say
    assert answer.handoff.eta_seconds == 60 * 3600 + 240
    assert not answer.handoff.realtime
    assert {ControlOption.leave_a_callback, ControlOption.leave_a_message} <= set(answer.next.options)
    assert ControlOption.talk_to_a_person in answer.next.options
    assert answer.next.callback_windows[0].label == window
    assert answer.next.callback_windows[0].start == datetime(2026, 11, 30, 8, tzinfo=UTC)


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("text", "record"),
    [("cancel my contract, I want a human", waits(waiting=2)), ("I want a human about my order", None)],
)
def test_a_full_or_unstaffed_queue_promises_no_time(text: str, record: QueueRecord | None) -> None:
    """Given a queue that is full, or that nobody staffs, then no time is named, and there are choices."""
    journey = "cancellation" if record else "order_change"
    answer = hand_over(text, MONDAY, Records(record), journey=journey).answers[0]
    assert answer.handoff is not None
    assert answer.handoff.eta_seconds is None
    assert "can't promise" in answer.next.say
    assert ControlOption.leave_a_callback in answer.next.options
    assert answer.next.callback_windows
    assert "minutes" not in answer.next.say + answer.next.expect


@pytest.mark.usefixtures("office")
def test_an_open_queue_tells_who_when_and_that_nothing_is_repeated() -> None:
    """Given an open queue, then the team, the recent wait, that nothing is repeated, and what to do are told, once."""
    session = hand_over("I want to talk to a human", MONDAY, Records(waits(540, 660, 600)), journey="billing_dispute")
    answer = session.answers[0]
    assert "billing team" in answer.next.say
    assert "won't have to repeat" in answer.next.say
    assert "within about 10 minutes" in answer.next.expect
    assert "nothing you need to prepare" in answer.next.expect
    session.say("my order number is A-1")
    assert session.answers[1].next.say == ""


@pytest.mark.usefixtures("office")
def test_a_queue_whose_past_cannot_be_read_is_estimated_and_named() -> None:
    """Given a table that does not answer, then the usual time is told, and the part is named."""
    answer = hand_over("I want to talk to a human", MONDAY, Records(None), journey="password_reset").answers[0]
    assert answer.handoff is not None
    assert answer.handoff.eta_seconds == 240
    assert Part.queues in answer.degraded


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("somebody has hacked my account and is spending my money", "no codes or passwords"),
        ("my oxygen machine stopped and I can't breathe", "emergency number"),
    ],
)
def test_whoever_may_come_to_harm_hears_what_to_do_first(text: str, said: str) -> None:
    """Given a danger, then what the customer does meanwhile is about it."""
    answer = hand_over(text, MONDAY).answers[0]
    assert said in answer.next.expect


def test_another_language_is_a_skill() -> None:
    """Given a customer who writes German, then the hand-over asks for somebody who does."""
    session = hand_over("Ich möchte mit einem Menschen sprechen", MONDAY, locale="de-DE", journey="billing_dispute")
    assert "language_de" in session.final.event
    assert "language_" not in hand_over("I want a human", MONDAY, journey="billing_dispute").final.event


@given(st.integers(1, 100), st.integers(1, 100), st.integers(0, 20000))
def test_waiting_makes_up_for_priority(first: int, second: int, later: int) -> None:
    """Given two hand-overs, then a point of priority is worth two minutes of waiting; safety is ahead of everyone."""

    def rank(priority: int, requested_at: datetime) -> str:
        fields = {"handoff_id": "h", "session_id": "s", "decision_id": "d", "turn": 1, "queue": "billing"}
        notice = {**fields, "priority": priority, "realtime": True, "state": "queued", "reason": "CUSTOMER_REQUEST"}
        return handoff_rank(HandoffNotice.model_validate({**notice, "requested_at": requested_at}))

    earlier, newer = rank(first, MONDAY), rank(second, MONDAY + timedelta(seconds=later))
    safe = [priority >= SAFETY_PRIORITY for priority in (first, second)]
    expected = later > (second - first) * 120 if safe[0] is safe[1] else safe[0]
    assert (earlier < newer) == expected
