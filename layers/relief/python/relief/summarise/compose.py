"""The deterministic composer: context and decision in, structured summary out. Nothing is invented."""

from typing import Any

from relief.contracts.context import SessionContext
from relief.contracts.states import Decided
from relief.contracts.summary import (
    MAX_HEADLINE_CHARACTERS,
    Summary,
    SummaryAccount,
    SummaryEmotion,
    SummaryIdentity,
    SummaryReason,
    TriedStep,
)
from relief.contracts.vocabulary import Action, Part, ReasonCode
from relief.decide.journeys import Journey, choose_journey
from relief.remember.ledger import list_do_not_ask
from relief.summarise.fit import fit_summary
from relief.summarise.words import Words, load_words, words_for

_TREND = 0.1
_MAX_RECOMMENDED = 4
_MAX_NOTE_CHARACTERS = 200
_SECONDARY = frozenset({ReasonCode.INCIDENT_ACTIVE})
_NOT_A_REASON_TO_HAND_OVER = frozenset(
    {ReasonCode.HANDOFF_PENDING, ReasonCode.HUMAN_OWNS, ReasonCode.AUTOMATION_UNAVAILABLE, ReasonCode.CUSTOMER_REQUEST}
)


def compose_summary(context: SessionContext, decided: Decided) -> Summary:
    """Return the summary of a session at the moment of its hand-over, within the size budget."""
    words = load_words()
    journey = choose_journey(context.journey, context.goal or decided.intent.name)
    reason = _reason(context, decided)
    intent = context.goal or decided.intent.name
    goal = words.goals.get(intent, words.goals["out_of_scope"])
    tried = list_tried(context)
    open_slots = list_open_slots(journey, context)
    summary = Summary(
        headline=_headline(goal, tried, open_slots, context, reason.text),
        goal=goal,
        intent=intent,
        emotion=describe_emotion(decided.signals.frustration.score, context, words),
        urgency=words_for(words.urgency, decided.signals.urgency.score),
        channel=context.channel,
        locale=context.locale,
        identity=SummaryIdentity(customer=context.customer.ref, authenticated=context.customer.authenticated),
        account=SummaryAccount.model_validate(context.customer.model_dump()),
        tried=tried,
        facts=context.facts,
        open_questions=open_slots,
        recommended_next=_recommend(decided, journey, context, words),
        reason=reason,
        evidence=context.evidence,
        preferences=context.preferences,
        do_not_ask=list_do_not_ask(context),
        confidence=decided.intent.confidence,
    )
    return fit_summary(summary if context.store_context else _withhold(summary, words))


def list_open_slots(journey: Journey, context: SessionContext) -> list[str]:
    """Return what the journey may ask for and nobody has answered."""
    answered = {name for name, record in context.slots.items() if record.answered}
    return [name for name in journey.slots if name not in context.facts and name not in answered]


def _withhold(summary: Summary, words: Words) -> Summary:
    """Leave out what identifies or describes a customer who did not agree to storage, and say so."""
    nothing: dict[str, Any] = {
        "identity": SummaryIdentity(),
        "account": SummaryAccount(),
        "facts": {},
        "preferences": {},
        "evidence": [],
    }
    withheld = [name for name, empty in nothing.items() if getattr(summary, name) != empty]
    advice = [*summary.recommended_next[: _MAX_RECOMMENDED - 1], words.withheld]
    return summary.model_copy(update={**nothing, "dropped": withheld, "recommended_next": advice})


def _reason(context: SessionContext, decided: Decided) -> SummaryReason:
    """Return why a person is needed: what the hand-over under way was requested for, else this decision's reason."""
    under_way = context.handoff
    if under_way is not None and decided.reasons[0].code in _NOT_A_REASON_TO_HAND_OVER:
        return SummaryReason(code=under_way.reason, text=under_way.reason_text)
    first = next((one for one in decided.reasons if one.code not in _SECONDARY), decided.reasons[0])
    return SummaryReason(code=first.code, text=first.text)


def list_tried(context: SessionContext) -> list[TriedStep]:
    """Return the steps that automation took."""
    return [
        TriedStep(step=name, outcome=record.last_outcome, times=record.attempts)
        for name, record in context.steps.items()
        if record.attempts
    ]


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _headline(goal: str, tried: list[TriedStep], open_slots: list[str], context: SessionContext, reason: str) -> str:
    """Return "Customer wants X; bot did Y; Z remains; reason", cut at the budget's end only."""
    if tried:
        did = ", ".join(
            f"{_plain(one.step)} ({one.outcome.value}{f', {one.times} times' if one.times > 1 else ''})"
            for one in tried[-3:]
        )
    else:
        did = "has not tried a step"
    if context.facts and not open_slots:
        remains = "everything asked for is known"
    else:
        remains = f"{_plain(open_slots[0])} is open" if open_slots else "the request is open"
    headline = f"Customer wants {goal}; bot: {did}; {remains}; {reason}"
    return headline if len(headline) <= MAX_HEADLINE_CHARACTERS else headline[: MAX_HEADLINE_CHARACTERS - 1] + "…"


def describe_emotion(score: float, context: SessionContext, words: Words) -> SummaryEmotion:
    """Put a frustration score, and where it came from, into neutral words."""
    change = score - (context.first_frustration if context.first_frustration is not None else score)
    trend = words.trend.rising if change > _TREND else words.trend.easing if change < -_TREND else words.trend.steady
    return SummaryEmotion(words=words_for(words.emotion, score), frustration=score, trend=trend)


def _recommend(decided: Decided, journey: Journey, context: SessionContext, words: Words) -> list[str]:
    advice = [words.reasons[one.code] for one in decided.reasons if one.code in words.reasons]
    before = context.colleague
    if before is not None and before.note and context.store_context:
        note = before.note[:_MAX_NOTE_CHARACTERS]
        advice.insert(0, words.colleague.format(team=_plain(before.queue), ended=before.ended.value, note=note))
    failed = [_plain(name) for name, record in context.steps.items() if record.failures]
    if failed:
        advice.append(f"Already failed, do not repeat: {', '.join(failed)}.")
    untaken = [_plain(step.name) for step in journey.steps if step.name not in context.steps and journey.intents]
    if untaken:
        advice.append(f"Not tried yet: {', '.join(untaken[:3])}.")
    if decided.action is Action.escalate and Part.detect in decided.degraded:
        advice.append("Friction could not be measured on the last turn.")
    return list(dict.fromkeys(advice))[:_MAX_RECOMMENDED]
