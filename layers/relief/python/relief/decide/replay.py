"""Yesterday's decisions under another policy: what would have changed, counted, with the most telling ones.

A recorded decision holds its facts, so nothing that was said is needed. What follows from the facts and the policy's
own numbers (the cost of automating) is computed anew. The queue is the one that a rule asks for; where none does it
follows from the topic, which no policy changes: the recorded one where that was chosen by topic, else the journey's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any, Final

from relief.contracts.replay import ChangedDecision, RecordedDecision, Replay, Verdict
from relief.contracts.vocabulary import Action, ReasonCode
from relief.decide.journeys import DEFAULT_JOURNEY, Journey, load_journeys
from relief.decide.judge import Judgement, complete_facts, judge
from relief.decide.policy import Policy

TELLING: Final = 10
_NO_QUEUE: Final = "none"
_WEIGHT_OF_LOST_PERSON: Final = 4.0
_WEIGHT_OF_NEW_PERSON: Final = 3.0
_WEIGHT_OF_ACTION: Final = 2.0
_WITHOUT_FACTS: Final = "no facts are recorded"
_OTHER_FACTS: Final = "the facts have another shape"
_OWNED: Final = "a person had the conversation"
_FAILED_OPEN: Final = "a part was down, so that no policy decided"


class _Tally:
    """What has been counted so far."""

    def __init__(self) -> None:
        self.decisions = self.replayed = self.unchanged = self.changed = 0
        self.skipped: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.queues: Counter[str] = Counter()
        self.journeys: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.groups: defaultdict[tuple[str, str, str], list[tuple[float, ChangedDecision]]] = defaultdict(list)


def replay_decisions(
    records: Iterable[RecordedDecision], policy: Policy, journeys: Mapping[str, Journey] | None = None
) -> Replay:
    """Return what ``policy`` would have decided otherwise. ``journeys`` are the shipped ones unless given."""
    known = load_journeys() if journeys is None else journeys
    tally = _Tally()
    for record in records:
        tally.decisions += 1
        why_not = why_left_out(record)
        if why_not is None:
            try:
                facts = complete_facts(copy_facts(record.facts), policy)
                judgement = judge(facts, policy)
            except (KeyError, TypeError, AttributeError):
                why_not = _OTHER_FACTS
        if why_not is not None:
            tally.skipped[why_not] += 1
            continue
        tally.replayed += 1
        _compare(record, judgement, known, tally)
    return Replay(
        policy=policy.version,
        decisions=tally.decisions,
        replayed=tally.replayed,
        skipped=dict(tally.skipped.most_common()),
        unchanged=tally.unchanged,
        changed=tally.changed,
        kinds=dict(tally.kinds.most_common()),
        journeys={name: dict(held.most_common()) for name, held in sorted(tally.journeys.items())},
        reasons=dict(tally.reasons.most_common()),
        queues=dict(tally.queues.most_common()),
        telling=_most_telling(tally),
    )


def why_left_out(record: RecordedDecision) -> str | None:
    """Return why no policy decides this one; ``None`` when one does."""
    if record.response.reasons[0].code is ReasonCode.AUTOMATION_UNAVAILABLE:
        return _FAILED_OPEN
    if not record.facts:
        return _WITHOUT_FACTS
    if record.response.reasons[0].code in {ReasonCode.HANDOFF_PENDING, ReasonCode.HUMAN_OWNS}:
        return _OWNED
    handoff = record.facts.get("handoff")
    waiting = isinstance(handoff, dict) and handoff.get("open") and record.facts.get("owner") in {"queued", "offered"}
    return _OWNED if waiting else None


def copy_facts(facts: dict[str, Any]) -> dict[str, Any]:
    """Copy what is written to; a section of another type is left for the judgement to trip over."""
    return {name: dict(held) if isinstance(held, dict) else deepcopy(held) for name, held in facts.items()}


def _compare(record: RecordedDecision, judgement: Judgement, journeys: Mapping[str, Journey], tally: _Tally) -> None:
    answer, reason = record.response, judgement.reasons[0]
    went = answer.handoff or answer.next.would_hand_over
    queue = went.queue if went and answer.action is Action.escalate else None
    first = answer.reasons[0]
    was = Verdict(action=answer.action, mode=answer.mode, reason=first.code, rule=first.rule, queue=queue)
    becomes = Verdict(
        action=judgement.action,
        mode=judgement.mode,
        reason=reason.code,
        rule=reason.rule,
        queue=_queue_of(record, judgement, queue, journeys),
    )
    kind = _kind_of(was, becomes)
    if kind is None:
        tally.unchanged += 1
        return
    journey = str(record.facts["journey"]["name"])
    tally.changed += was.action is not becomes.action
    tally.kinds[kind] += 1
    tally.journeys[journey][kind] += 1
    tally.reasons[f"{was.reason.value} -> {becomes.reason.value}"] += 1
    if was.queue != becomes.queue:
        tally.queues[f"{was.queue or _NO_QUEUE} -> {becomes.queue or _NO_QUEUE}"] += 1
    one = ChangedDecision(
        decision_id=record.decision_id,
        session_id=record.session_id,
        turn=answer.turn,
        journey=journey,
        was=was,
        becomes=becomes,
        text=f"{reason.text} Was {was.action.value} by {was.rule}, becomes {becomes.action.value} by {becomes.rule}.",
    )
    tally.groups[kind, was.rule, becomes.rule].append((_weigh(was, becomes, record.facts), one))


def _kind_of(was: Verdict, becomes: Verdict) -> str | None:
    if was.action is not becomes.action:
        return f"{was.action.value} -> {becomes.action.value}"
    if was.queue != becomes.queue:
        return "another queue"
    if was.mode is not becomes.mode:
        return "another mode"
    return None if was.rule == becomes.rule else "another reason"


def _queue_of(
    record: RecordedDecision, judgement: Judgement, queue: str | None, journeys: Mapping[str, Journey]
) -> str | None:
    if judgement.action is not Action.escalate:
        return None
    if queue is not None and record.response.incident is not None:
        return queue
    if judgement.queue is not None:
        return judgement.queue
    if queue is not None and record.asked_queue is None:
        return queue
    name = record.facts["journey"]["name"]
    return journeys.get(name, journeys[DEFAULT_JOURNEY]).queue


def _weigh(was: Verdict, becomes: Verdict, facts: dict[str, Any]) -> float:
    """Return how telling a change is: a person lost or won first, then how frustrated and at what risk."""
    if was.action is becomes.action:
        weight = 0.0
    elif was.action is Action.escalate:
        weight = _WEIGHT_OF_LOST_PERSON
    elif becomes.action is Action.escalate:
        weight = _WEIGHT_OF_NEW_PERSON
    else:
        weight = _WEIGHT_OF_ACTION
    return weight + float(facts["scores"]["frustration"]) / 2 + float(facts["journey"]["harm"]) / 2


def _most_telling(tally: _Tally) -> list[ChangedDecision]:
    """Return the most telling ones: the best of every group of like changes, then the second best of each."""
    ranked: list[tuple[int, float, str, ChangedDecision]] = []
    for held in tally.groups.values():
        ordered = sorted(held, key=lambda one: (-one[0], one[1].decision_id))[:TELLING]
        ranked += [(place, -weight, one.decision_id, one) for place, (weight, one) in enumerate(ordered)]
    ranked.sort(key=lambda one: one[:3])
    chosen = sorted(ranked[:TELLING], key=lambda one: one[1:3])
    return [one for _, _, _, one in chosen]
