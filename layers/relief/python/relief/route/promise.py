"""What the customer is told when a person takes over: who, when, and that nothing must be repeated."""

from relief.contracts.decision import NextMove
from relief.contracts.vocabulary import ControlOption, ReasonCode
from relief.decide.journeys import localise
from relief.decide.texts import texts_for
from relief.route.assign import Assignment
from relief.route.tables import RoutingTable

_MINUTE = 60
_SOON_SECONDS = 120


def promise_person(
    assignment: Assignment, locale: str, table: RoutingTable, reason: ReasonCode, known: NextMove
) -> NextMove:
    """Return what is said with a hand-over. ``known`` brings what must not be asked or repeated."""
    texts = texts_for(locale)
    team = localise(table.queues[assignment.queue].team, locale)
    minutes = max(1, round(assignment.eta_seconds / _MINUTE))
    options = [ControlOption.talk_to_a_person, ControlOption.start_over]
    if reason is ReasonCode.AUTOMATION_UNAVAILABLE:
        say = texts.handed_over.failed_open
        expect = texts.expect_person.format(when=texts.when.soon)
    elif assignment.realtime:
        say = texts.handed_over.realtime.format(team=team)
        soon = assignment.eta_seconds <= _SOON_SECONDS
        expect = texts.expect_person.format(
            when=texts.when.soon if soon else texts.when.minutes.format(minutes=minutes)
        )
    else:
        say = texts.handed_over.later.format(team=team, when=texts.when.later_unknown)
        expect = texts.expect_later.format(team=team, when=texts.when.later_unknown)
        options = [ControlOption.leave_a_callback, *options]
    return known.model_copy(update={"say": say, "expect": expect, "options": options})
