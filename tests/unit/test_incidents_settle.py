"""Where an open hand-over belongs while incidents are active: priorities, who goes first, and the way back."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from relief.contracts.handoff import SAFETY_PRIORITY
from relief.contracts.incident import Incident
from relief.contracts.vocabulary import FollowupKind, HandoffState, Lane, Owner, WaitingNews
from relief.decide.policy import load_policy
from relief.incidents.settle import Move, change_of, followup_of, move_writes, settle_handoff
from relief.store.incident_ports import WaitingHandoff
from relief.store.items import StoredContext, load_context, load_handoff
from tests.pipeline import SETTINGS, Session

NOW: Final = datetime(2026, 11, 2, 9, tzinfo=UTC)
BILL: Final = "There is a mistake in my bill, I want a human"
DANGER: Final = "My father's oxygen machine depends on this and has stopped"


def waiting(text: str, **fields: Any) -> WaitingHandoff:
    """Return a hand-over as a real turn leaves it, and as deliver puts it on the work list."""
    session = Session("s-1", NOW)
    session.say(text, **fields)
    items = [write["Put"]["Item"] for write in session.writes]
    handoff = next(load_handoff(item, NOW) for item in items if item["sk"]["S"].startswith("HANDOFF#"))
    assert handoff is not None
    return WaitingHandoff(handoff.model_copy(update={"state": HandoffState.queued}), load_context(session.item, NOW))


def incident(name: str = "outage", **fields: Any) -> Incident:
    """Return an active incident."""
    words = {"messages": {"en": "We know of a problem and we are on it."}}
    times = {"declared_at": NOW, "expires_at": NOW + timedelta(hours=4)}
    return Incident.model_validate({"incident_id": name, **words, **times, **fields})


def after(move: Move | None, before: WaitingHandoff) -> WaitingHandoff:
    """Return what waits once a move is written."""
    assert move is not None
    context = move.context or before.context.context
    return WaitingHandoff(move.handoff, StoredContext(context, before.context.version + 1))


def test_priorities_are_recomputed_and_the_way_back_restores_everything() -> None:
    """Given somebody who waits, then an incident raises their priority by its points; its end leaves no trace."""
    before = waiting(BILL)
    taken = after(settle_handoff(before, [incident()], NOW), before)
    expected = min(before.handoff.priority + round(load_policy().priority.incident), SAFETY_PRIORITY - 1)
    assert taken.handoff.priority == expected > before.handoff.priority
    assert (taken.handoff.queue, taken.handoff.lane, taken.handoff.incident_id) == ("crisis", Lane.crisis, "outage")
    assert settle_handoff(taken, [incident()], NOW) is None
    home = after(settle_handoff(taken, [], NOW), taken)
    changes = {"eta_seconds": before.handoff.eta_seconds}
    assert home.handoff.model_copy(update=changes) == before.handoff
    assert settle_handoff(home, [], NOW) is None


def test_safety_stays_with_its_own_people_and_ahead_of_whoever_is_moved() -> None:
    """Given a danger and the most important of the others, then the danger is ahead before, during and after."""
    danger = waiting(DANGER)
    angry = "This is URGENT!!! My bill is wrong for the fifth time, I want a human NOW"
    other = waiting(angry, customer={"tier": "vip", "value": "high", "tenure_months": 120})
    for incidents in ([incident()], [incident(severity="critical", queue="technical")]):
        moved, alongside = (after(settle_handoff(one, incidents, NOW), one).handoff for one in (danger, other))
        assert moved.queue == danger.handoff.queue
        assert moved.priority >= SAFETY_PRIORITY > alongside.priority


def test_who_waits_belongs_to_the_most_specific_incident_and_falls_back_to_the_wider_one() -> None:
    """Given two incidents, then the narrower takes who waits; when it ends they go to the wider one, and then home."""
    before = waiting(BILL)
    wide = incident("wide", queue="technical", severity="critical")
    narrow = incident("narrow", scope={"intents": ["billing"]})
    first = after(settle_handoff(before, [wide, narrow], NOW), before)
    assert (first.handoff.incident_id, first.handoff.queue) == ("narrow", "crisis")
    second = after(settle_handoff(first, [wide], NOW), first)
    assert (second.handoff.incident_id, second.handoff.queue) == ("wide", "technical")
    assert second.handoff.priority == first.handoff.priority
    third = after(settle_handoff(second, [], NOW), second)
    assert (third.handoff.queue, third.handoff.origin) == (before.handoff.queue, None)


@pytest.mark.parametrize("incidents", [[incident()], []], ids=["in", "back"])
def test_each_move_is_told_by_one_event_whose_copies_are_known(incidents: list[Incident]) -> None:
    """Given a move, then its event and its entry of the follow-up list say where to, and every copy has one name."""
    before = waiting(BILL)
    if not incidents:
        before = after(settle_handoff(before, [incident()], NOW), before)
    move = settle_handoff(before, incidents, NOW)
    assert move is not None
    followup = followup_of(move, NOW)
    change = change_of(followup)
    assert change == change_of(followup)
    assert change.change_id.startswith("outage:")
    assert (change.lane, change.owner) == (Lane.crisis if incidents else Lane.normal, Owner.queued)
    assert followup.kind is (FollowupKind.rerouted if incidents else FollowupKind.returned)
    assert change.say == move.say != ""


def test_a_message_that_was_read_is_not_repeated_when_the_queue_is_amended() -> None:
    """Given somebody whom an incident has moved, then another queue alone is told of, once a turn has said the rest."""
    before = waiting(BILL)
    first = settle_handoff(before, [incident()], NOW)
    assert first is not None
    assert first.say.startswith("We know of a problem")
    assert first.context is not None
    assert first.context.handoff is not None
    said = first.context.handoff.model_copy(update={"news": None, "told": [WaitingNews.rerouted]})
    for read, news in ((True, WaitingNews.moved), (False, WaitingNews.rerouted)):
        context = first.context.model_copy(update={"handoff": said}) if read else first.context
        taken = WaitingHandoff(first.handoff, StoredContext(context, 2))
        second = settle_handoff(taken, [incident(queue="technical")], NOW)
        assert second is not None
        assert second.context is not None
        assert second.context.handoff is not None
        assert second.say == "Our technical team has your request now; you keep your place in the queue."
        assert second.context.handoff.news is news
        assert second.context.incidents_told == ["outage"]


def test_somebody_who_read_the_message_before_hears_of_the_new_team_alone() -> None:
    """Given a turn that told of the incident before somebody came to wait elsewhere, then only the team is news."""
    before = waiting(BILL)
    context = before.context.context
    assert context is not None
    told = StoredContext(context.model_copy(update={"incidents_told": ["outage"]}), 1)
    move = settle_handoff(WaitingHandoff(before.handoff, told), [incident()], NOW)
    assert move is not None
    assert move.say == "Our incident team has your request now; you keep your place in the queue."


def test_a_hand_over_whose_session_is_gone_moves_by_itself() -> None:
    """Given a session that has expired or has another hand-over by now, then the record moves and no session is written."""
    before = waiting(BILL)
    context = before.context.context
    assert context is not None
    assert context.handoff is not None
    other = context.model_copy(update={"handoff": context.handoff.model_copy(update={"handoff_id": "hnd_other"})})
    for known in (None, other, context.model_copy(update={"handoff": None})):
        alone = WaitingHandoff(before.handoff, StoredContext(known, 3))
        taken = settle_handoff(alone, [incident()], NOW)
        assert taken is not None
        assert taken.context is None
        assert taken.handoff.queue == "crisis"
        assert taken.say.startswith("We know of a problem")
        writes = move_writes(taken, alone, NOW, SETTINGS)
        assert len(writes) == 4
        assert len(move_writes(settle(before), before, NOW, SETTINGS)) == 5
        home = settle_handoff(WaitingHandoff(taken.handoff, StoredContext(known, 3)), [], NOW)
        assert home is not None
        assert (home.context, home.handoff.queue) == (None, before.handoff.queue)
        assert home.say != ""


def settle(before: WaitingHandoff) -> Move:
    """Take a hand-over into an incident."""
    move = settle_handoff(before, [incident()], NOW)
    assert move is not None
    return move
