"""A customer who waits reports a danger: their hand-over goes first, with the people whom that concerns."""

from datetime import datetime

from relief.contracts.context import OpenHandoff
from relief.contracts.decision import NextMove
from relief.contracts.states import Decided
from relief.contracts.vocabulary import Action, HandoffState, WaitingNews
from relief.decide.judge import is_more_urgent
from relief.decide.texts import texts_for
from relief.route.opening_words import opening_words_for
from relief.route.overflow import Placement
from relief.route.promise import tell_care
from relief.route.tables import name_team
from relief.route.waiting_words import waiting_words_for


def brings_danger(decided: Decided, under_way: OpenHandoff) -> bool:
    """Tell whether a danger goes before what a hand-over waits for. Urgency only ever rises, so it never moves back."""
    return decided.action is Action.escalate and is_more_urgent(decided.reasons[0].code, under_way.reason)


def raise_waiting(under_way: OpenHandoff, decided: Decided) -> OpenHandoff:
    """Return the hand-over as it waits on for the danger, with those whom that concerns and who have it anyway."""
    reason = decided.reasons[0]
    return under_way.model_copy(
        update={
            "priority": max(under_way.priority, decided.priority or 0),
            "reason": reason.code,
            "reason_text": reason.text,
            "news": None,
            "told": list(dict.fromkeys([*under_way.told, WaitingNews.requested])),
        }
    )


def tell_raised(raised: OpenHandoff, silent: NextMove, locale: str) -> NextMove:
    """Return what the customer is told of it, once: that somebody has it already, and what matters meanwhile."""
    say = texts_for(locale).pending_request.format(when="")
    return silent.model_copy(update={"say": say, "expect": tell_care(raised.reason, opening_words_for(locale))})


def move_waiting(under_way: OpenHandoff, decided: Decided, placed: Placement, now: datetime) -> OpenHandoff:
    """Return the hand-over as it waits in its new queue, for the new reason; an offer of the old team is withdrawn."""
    waited = max(0, round((now - under_way.requested_at).total_seconds()))
    reason = decided.reasons[0]
    assignment, outlook, instead_of = placed
    return under_way.model_copy(
        update={
            "queue": assignment.queue,
            "lane": assignment.lane,
            "skills": assignment.skills,
            "instead_of": instead_of,
            "priority": max(under_way.priority, decided.priority or 0),
            "eta_seconds": None if outlook.eta_seconds is None else waited + outlook.eta_seconds,
            "state": HandoffState.queued,
            "lease_until": None,
            "reason": reason.code,
            "reason_text": reason.text,
            "news": None,
            "told": [*(one for one in under_way.told if one is not WaitingNews.overdue), WaitingNews.requested],
        }
    )


def tell_moved(moved: OpenHandoff, silent: NextMove, locale: str) -> NextMove:
    """Return what the customer is told of it, once: who has their request now, and what matters meanwhile."""
    say = waiting_words_for(locale).rerouted_pushed.format(team=name_team(moved.queue, locale))
    return silent.model_copy(update={"say": say, "expect": tell_care(moved.reason, opening_words_for(locale))})
