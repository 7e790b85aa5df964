"""What a customer hears while a hand-over is under way: what changed, once, and silence otherwise."""

from datetime import datetime, timedelta
from typing import NamedTuple

from relief.contracts.context import OpenHandoff
from relief.contracts.decision import NextMove
from relief.contracts.states import Decided
from relief.contracts.vocabulary import Action, ControlOption, WaitingNews
from relief.route.tables import name_team
from relief.route.waiting_words import waiting_words_for


class Waiting(NamedTuple):
    """The decision on a turn of somebody who waits, and the hand-over that remembers what they were told."""

    decided: Decided
    handoff: OpenHandoff


def answer_waiting(decided: Decided, handoff: OpenHandoff, silent: NextMove, locale: str, now: datetime) -> Waiting:
    """Return what is said to a customer who waits.

    Bad news comes first, because it takes back what was promised. A request that is repeated is confirmed once; from
    then on nothing has changed, and saying so again would be noise. ``silent`` is the move without words.
    """
    news = _find_news(decided, handoff, now)
    remembered = handoff.model_copy(update={"news": None})
    if news is None:
        held = decided.model_copy(update={"action": Action.hold, "next": silent})
        return Waiting(held, remembered)
    remembered = remembered.model_copy(update={"told": [*handoff.told, news]})
    move = decided.next if news is WaitingNews.requested else _tell(news, silent, locale, handoff, decided)
    return Waiting(decided.model_copy(update={"action": Action.escalate, "next": move}), remembered)


def _find_news(decided: Decided, handoff: OpenHandoff, now: datetime) -> WaitingNews | None:
    if handoff.news is not None:
        return handoff.news
    if WaitingNews.overdue not in handoff.told and _is_overdue(handoff, now):
        return WaitingNews.overdue
    if decided.action is Action.escalate and WaitingNews.requested not in handoff.told:
        return WaitingNews.requested
    return None


def _is_overdue(handoff: OpenHandoff, now: datetime) -> bool:
    return handoff.eta_seconds is not None and now > handoff.requested_at + timedelta(seconds=handoff.eta_seconds)


def _tell(news: WaitingNews, silent: NextMove, locale: str, handoff: OpenHandoff, decided: Decided) -> NextMove:
    words = waiting_words_for(locale)
    if news in {WaitingNews.rerouted, WaitingNews.returned_to_team}:
        text = words.rerouted if news is WaitingNews.rerouted else words.returned_to_team
        said = text.format(team=name_team(handoff.queue, locale))
        if news is WaitingNews.rerouted and decided.incident is not None:
            said = f"{decided.incident.message} {said}"
        return silent.model_copy(update={"say": said})
    if news is WaitingNews.moved:
        return silent.model_copy(update={"say": words.rerouted_pushed.format(team=name_team(handoff.queue, locale))})
    if news is WaitingNews.back_in_queue:
        return silent.model_copy(update={"say": words.back_in_queue})
    options = [ControlOption.leave_a_callback, ControlOption.leave_a_message, *silent.options]
    return silent.model_copy(update={"say": words.overdue, "options": options})
