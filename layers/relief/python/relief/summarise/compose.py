"""The deterministic composer: context and decision in, structured summary out. Nothing is invented."""

from typing import Any, Final

from relief.contracts.context import SessionContext
from relief.contracts.states import Decided
from relief.contracts.summary import Summary, SummaryAccount, SummaryEmotion, SummaryIdentity, SummaryReason
from relief.contracts.vocabulary import ReasonCode
from relief.decide.journeys import choose_journey
from relief.remember.ledger import list_do_not_ask
from relief.summarise.advice import MAX_ADVICE, give_advice
from relief.summarise.fit import fit_summary
from relief.summarise.goal import word_goal
from relief.summarise.headline import compose_headline
from relief.summarise.naming import label_names
from relief.summarise.progress import list_open_slots, list_tried
from relief.summarise.words import Words, words_for, words_in

_TREND: Final = 0.1
_MAX_REASON_CHARACTERS: Final = 200
_SECONDARY: Final = frozenset({ReasonCode.INCIDENT_ACTIVE})
_NOT_A_REASON_TO_HAND_OVER: Final = frozenset(
    {ReasonCode.HANDOFF_PENDING, ReasonCode.HUMAN_OWNS, ReasonCode.AUTOMATION_UNAVAILABLE, ReasonCode.CUSTOMER_REQUEST}
)


def compose_summary(context: SessionContext, decided: Decided, language: str = "") -> Summary:
    """Return the summary of a session at the moment of its hand-over, within the size budget.

    It is read by whoever takes over, so it is in ``language`` where an installation has set one for its desk, else in
    the conversation's, which that person will have to write in.
    """
    words = words_in(language or context.locale)
    journey = choose_journey(context.journey, context.goal or decided.intent.name)
    reason = _reason(context, decided, words)
    goals = word_goal(context, decided.intent, journey, words)
    tried = list_tried(context)
    open_slots = list_open_slots(journey, context)
    do_not_ask = list_do_not_ask(context)
    slots = dict.fromkeys([*context.facts, *open_slots, *do_not_ask])
    summary = Summary(
        headline=compose_headline(goals, tried, reason.code, context, journey, words),
        goal=goals[0],
        intent=context.goal or decided.intent.name,
        emotion=describe_emotion(decided.signals.frustration.score, context, words),
        urgency=words_for(words.urgency, decided.signals.urgency.score),
        channel=context.channel,
        locale=context.locale,
        language=words.language,
        identity=SummaryIdentity(customer=context.customer.ref, authenticated=context.customer.authenticated),
        account=SummaryAccount.model_validate(context.customer.model_dump()),
        tried=tried,
        facts=context.facts,
        open_questions=open_slots,
        recommended_next=give_advice(decided, reason.code, context, journey, words),
        reason=reason,
        evidence=context.evidence,
        preferences=context.preferences,
        do_not_ask=do_not_ask,
        labels=label_names((one.step for one in tried), slots, journey, words.language),
        confidence=decided.intent.confidence,
    )
    return fit_summary(summary if context.store_context else _withhold(summary, words))


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
    advice = [*summary.recommended_next[: MAX_ADVICE - 1], words.withheld]
    return summary.model_copy(update={**nothing, "dropped": withheld, "recommended_next": advice})


def _reason(context: SessionContext, decided: Decided, words: Words) -> SummaryReason:
    """Return why a person is needed: what the hand-over under way was requested for, else this decision's reason.

    The policy says it in English; in another language it is said in that language's few words.
    """
    under_way = context.handoff
    if under_way is not None and decided.reasons[0].code in _NOT_A_REASON_TO_HAND_OVER:
        code, text = under_way.reason, under_way.reason_text
    else:
        first = next((one for one in decided.reasons if one.code not in _SECONDARY), decided.reasons[0])
        code, text = first.code, first.text
    if words.language != "en" or not text:
        text = words.because[code]
    return SummaryReason(code=code, text=text[:_MAX_REASON_CHARACTERS])


def describe_emotion(score: float, context: SessionContext, words: Words) -> SummaryEmotion:
    """Put a frustration score, and where it came from, into neutral words."""
    change = score - (context.first_frustration if context.first_frustration is not None else score)
    trend = words.trend.rising if change > _TREND else words.trend.easing if change < -_TREND else words.trend.steady
    return SummaryEmotion(words=words_for(words.emotion, score), frustration=score, trend=trend)
