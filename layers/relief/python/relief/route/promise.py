"""What the customer is told when a person takes over: who, when, nothing to repeat, and what to do meanwhile."""

from typing import Final
from zoneinfo import ZoneInfo

from relief.contracts.decision import NextMove
from relief.contracts.queues import CallbackWindow, QueueStatus
from relief.contracts.vocabulary import ControlOption, ReasonCode
from relief.decide.journeys import localise
from relief.decide.texts import Texts, texts_for
from relief.route.opening_words import OpeningWords, opening_words_for
from relief.route.outlook import Outlook
from relief.route.overflow import Placement
from relief.route.tables import RoutingTable

_MINUTE: Final = 60
_SOON_SECONDS: Final = 120
_LONG_SECONDS: Final = 5400
_UTC: Final = ZoneInfo("UTC")
_ALWAYS: Final = (ControlOption.talk_to_a_person, ControlOption.start_over)


def promise_person(
    placed: Placement, locale: str, table: RoutingTable, reason: ReasonCode, known: NextMove
) -> NextMove:
    """Return what is said with a hand-over, once. ``known`` brings what must not be asked or repeated.

    Nothing is promised that is not known: a closed team is said to be closed, with the time at which it opens; of a
    full one no time is named. Both come with choices that do not need anybody to be there. Where another team
    takes over from such a one, both are named.
    """
    assignment, outlook, instead_of = placed
    texts, words = texts_for(locale), opening_words_for(locale)
    team = localise(table.queues[assignment.queue].team, locale)
    hours = table.hours_of(assignment.queue)
    zone = hours.zone if hours else _UTC
    when = _tell_when(outlook, texts, words, zone)
    options = list(_ALWAYS)
    windows: list[CallbackWindow] = []
    if outlook.status is not QueueStatus.open:
        say = texts.handed_over.closed if outlook.status is QueueStatus.closed else texts.handed_over.no_promise
        say = say.format(team=team, when=when)
        expect = texts.expect_later.format(team=team, when=when) if outlook.opens_at else ""
        options = [ControlOption.leave_a_callback, ControlOption.leave_a_message, *_ALWAYS]
        windows = [
            CallbackWindow(start=one.start, end=one.end, label=words.tell_window(one, zone)) for one in outlook.windows
        ]
        meanwhile = words.meanwhile.choose
    elif assignment.realtime or reason is ReasonCode.AUTOMATION_UNAVAILABLE:
        say = texts.handed_over.realtime.format(team=team)
        expect = texts.expect_person.format(when=_tell_minutes(outlook, texts))
        meanwhile = words.meanwhile.realtime
    else:
        say = texts.handed_over.later.format(team=team, when=when)
        expect = texts.expect_later.format(team=team, when=when)
        options = [ControlOption.leave_a_callback, *_ALWAYS]
        meanwhile = words.meanwhile.later
    if instead_of is not None:
        usual = localise(table.queues[instead_of.queue].team, locale)
        say = f"{words.instead_of.tell(instead_of.status).format(team=usual)} {say}"
    if reason is ReasonCode.AUTOMATION_UNAVAILABLE and outlook.status is QueueStatus.open:
        say, expect = texts.handed_over.failed_open, texts.expect_person.format(when=texts.when.soon)
    careful = tell_care(reason, words)
    expect = " ".join(part for part in (expect, careful or meanwhile) if part)
    return known.model_copy(
        update={"say": say, "expect": expect, "options": options, "callback_windows": windows},
    )


def _tell_when(outlook: Outlook, texts: Texts, words: OpeningWords, zone: ZoneInfo) -> str:
    if outlook.opens_at is not None:
        return texts.when.next_opening.format(opening=words.tell_moment(outlook.opens_at, zone))
    if outlook.eta_seconds is None:
        return texts.when.later_unknown
    if outlook.eta_seconds >= _LONG_SECONDS:
        return words.tell_long_wait(outlook.eta_seconds)
    return texts.when.later_minutes.format(minutes=max(1, round(outlook.eta_seconds / _MINUTE)))


def _tell_minutes(outlook: Outlook, texts: Texts) -> str:
    seconds = outlook.eta_seconds
    if seconds is None:
        return texts.when.unknown
    if seconds <= _SOON_SECONDS:
        return texts.when.soon
    return texts.when.minutes.format(minutes=round(seconds / _MINUTE))


def tell_care(reason: ReasonCode, words: OpeningWords) -> str:
    """Return what matters more than waiting, where somebody may come to harm."""
    if reason is ReasonCode.SAFETY_OR_VULNERABILITY:
        return words.meanwhile.safety
    return words.meanwhile.security if reason is ReasonCode.SECURITY_CONCERN else ""
