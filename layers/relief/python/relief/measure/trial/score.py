"""Score one side of a gold run: which expectations were met, how early and late people came, which promises broke."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from relief.contracts.decision import TurnResponse
from relief.contracts.model import LenientContract
from relief.contracts.vocabulary import Action
from relief.measure.gold import GoldConversation, Kind, check_conversation, first_escalation
from relief.measure.trial.promises import Breach

NO_JOURNEY: Final = "no_journey"
"""The name under which conversations count whose turns name no journey."""

_GRACE_TURNS: Final = 1
"""Turns after ``must_escalate_by`` in which a hand-over is late but not lost."""


class Result(NamedTuple):
    """What came of one conversation."""

    conversation: GoldConversation
    answers: Sequence[TurnResponse]
    failures: list[str]
    breaches: list[Breach]

    @property
    def escalated(self) -> int | None:
        """The turn in which a person was first brought in."""
        return first_escalation(self.answers)


class ResultRow(LenientContract):
    """A line of ``results.jsonl``. ``actions`` and ``queues`` have an entry a turn."""

    session_id: str
    actions: list[Action]
    queues: list[str | None]
    first_escalation: int | None
    passed: bool
    failures: list[str]


class Share(LenientContract):
    """A count out of a number. The share is ``None`` where there is nothing to count."""

    count: int
    of: int
    share: float | None


class Lateness(LenientContract):
    """How hand-overs that had to come lay to the last turn in which they were in time."""

    in_time: int
    one_turn_late: int
    later: int
    never: int
    mean_turns_early: float | None


class KindTotals(LenientContract):
    """One kind of conversation, or one journey. A promise that a conversation breaks counts once for it."""

    conversations_as_expected: Share
    expectations_met: Share
    handed_over_in_time: Share
    needlessly_handed_over: Share
    promises_broken: int


class SideTotals(LenientContract):
    """One side of the comparison."""

    conversations_as_expected: Share
    expectations_met: Share
    must_escalate_recall: Share
    lateness: Lateness
    upset_but_resolvable_wrongly_handed_over: Share
    promises_broken: int
    promises_broken_by_name: dict[str, int]
    by_kind: dict[str, KindTotals]
    by_journey: dict[str, KindTotals]
    failed: list[str]


def conclude(conversation: GoldConversation, answers: Sequence[TurnResponse], breaches: list[Breach]) -> Result:
    """Hold answers against expectations."""
    return Result(conversation, answers, check_conversation(conversation, answers), breaches)


def write_row(result: Result) -> ResultRow:
    """Return a result as it is written down."""
    failures = [*result.failures, *(f"promise {one.promise.value}: {one.what}" for one in result.breaches)]
    return ResultRow(
        session_id=result.conversation.session_id,
        actions=[answer.action for answer in result.answers],
        queues=[answer.handoff.queue if answer.handoff else None for answer in result.answers],
        first_escalation=result.escalated,
        passed=not failures,
        failures=failures,
    )


def total(results: Sequence[Result]) -> SideTotals:
    """Return the totals of one side."""
    must = [one for one in results if one.conversation.must_escalate_by is not None]
    upset = [one for one in results if one.conversation.kind is Kind.upset_but_resolvable and _may_not_escalate(one)]
    broken = Counter(name for one in results for name in _broken(one))
    return SideTotals(
        **_counts(results),
        must_escalate_recall=_share(one.escalated is not None for one in must),
        lateness=_lateness(must),
        upset_but_resolvable_wrongly_handed_over=_share(one.escalated is not None for one in upset),
        promises_broken=broken.total(),
        promises_broken_by_name=dict(sorted(broken.items())),
        by_kind={
            kind.value: total_part(own)
            for kind in Kind
            if (own := [one for one in results if one.conversation.kind is kind])
        },
        by_journey={
            name: total_part([one for one in results if _journey(one) == name])
            for name in sorted({_journey(one) for one in results})
        },
        failed=[one.conversation.session_id for one in results if one.failures or one.breaches],
    )


def total_part(own: Sequence[Result]) -> KindTotals:
    """Return the totals of some conversations."""
    must = [one for one in own if one.conversation.must_escalate_by is not None]
    lateness = _lateness(must)
    return KindTotals(
        **_counts(own),
        handed_over_in_time=_of(lateness.in_time, len(must)),
        needlessly_handed_over=_share(one.escalated is not None for one in own if one.conversation.must_not_escalate),
        promises_broken=sum(len(_broken(one)) for one in own),
    )


def _journey(result: Result) -> str:
    return result.conversation.turns[0].journey or NO_JOURNEY


def _broken(result: Result) -> set[str]:
    """Return the promises that a conversation broke; how often it broke one does not count."""
    return {breach.promise.value for breach in result.breaches}


def _may_not_escalate(result: Result) -> bool:
    return result.conversation.must_escalate_by is None and not any(
        Action.escalate in expected.action for expected in result.conversation.expect
    )


def _counts(results: Sequence[Result]) -> dict[str, Share]:
    wanted = sum(_count_expectations(one.conversation) for one in results)
    missed = sum(len(one.failures) for one in results)
    return {
        "conversations_as_expected": _share(not one.failures for one in results),
        "expectations_met": _of(wanted - missed, wanted),
    }


def _count_expectations(conversation: GoldConversation) -> int:
    """Count what is expected: each listed turn, each known fact, and each of the two rules on handing over."""
    rules = (conversation.must_escalate_by is not None) + conversation.must_not_escalate
    return len(conversation.expect) + len(conversation.facts_known) + rules


def _lateness(must: Sequence[Result]) -> Lateness:
    early = [(one.conversation.must_escalate_by or 0) - one.escalated for one in must if one.escalated is not None]
    return Lateness(
        in_time=sum(turns >= 0 for turns in early),
        one_turn_late=sum(turns == -_GRACE_TURNS for turns in early),
        later=sum(turns < -_GRACE_TURNS for turns in early),
        never=len(must) - len(early),
        mean_turns_early=round(sum(early) / len(early), 3) if early else None,
    )


def _share(hits: Iterable[bool]) -> Share:
    found = list(hits)
    return _of(sum(found), len(found))


def _of(count: int, number: int) -> Share:
    return Share(count=count, of=number, share=round(count / number, 4) if number else None)
