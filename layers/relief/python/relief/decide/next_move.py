"""Put the decision into words: one specific thing to say or ask, what to expect, what not to repeat."""

from typing import Any, Final, NamedTuple

from relief.contracts.context import SessionContext
from relief.contracts.decision import NextMove, Question
from relief.contracts.signals import Intent
from relief.contracts.states import Proposed
from relief.contracts.vocabulary import Action, EvidenceCode, ReasonCode
from relief.decide.journeys import DEFAULT_JOURNEY, Journey, localise
from relief.decide.ladder import find_next_step
from relief.decide.slots import TOPIC, find_open_slot
from relief.decide.texts import Texts, texts_for
from relief.remember.ledger import list_do_not_ask

_ACKNOWLEDGE_AT = 0.5
_WORDS_OF_A_THANK_YOU = 8
_SILENCE: Final = NextMove()


class Move(NamedTuple):
    """What to say next, and what that adds to the ledger of proposals."""

    next: NextMove
    proposed: Proposed = Proposed()


def compose(**words: Any) -> NextMove:  # noqa: ANN401 - the fields of a move
    """Return a move of these fields, for the shipped texts and the ledger's names: both were validated when read.

    A copy of an empty move costs a seventh of building one, whose defaults are copied deeply each time.
    """
    return _SILENCE.model_copy(update=words)


def list_do_not_repeat(context: SessionContext) -> list[str]:
    """Return the steps that failed, or were proposed twice already."""
    failed = [name for name, record in context.steps.items() if record.failures > 0]
    proposed = [
        key.partition(":")[2]
        for key, proposal in context.proposed.items()
        if key.startswith("step:") and proposal.times > 1
    ]
    return list(dict.fromkeys([*failed, *proposed]))


def plan_move(
    action: Action,
    reason: ReasonCode,
    facts: dict[str, Any],
    context: SessionContext,
    journey: Journey,
    intent: Intent,
    alternative: str | None,
) -> Move:
    """Return what the bot should do for this action. Hand-overs get their words from Route."""
    texts = texts_for(context.locale)
    shared: dict[str, Any] = {"do_not_ask": list_do_not_ask(context), "do_not_repeat": list_do_not_repeat(context)}
    if action is Action.clarify:
        return _clarify(context, journey, intent, texts, shared)
    if action is Action.change_strategy:
        return _change(reason, facts, context, journey, alternative, texts, shared)
    if action is Action.answer:
        return _answer(facts, context, journey, texts, shared)
    return Move(compose(**shared))


def _clarify(context: SessionContext, journey: Journey, intent: Intent, texts: Texts, shared: dict[str, Any]) -> Move:
    slot = find_open_slot(journey, context)
    rivals = [
        name
        for name in (intent.name, *(one.name for one in intent.alternatives))
        if name in texts.intents and name != "out_of_scope"
    ]
    if journey.name == DEFAULT_JOURNEY or slot is None:
        if len(rivals) > 1:
            question = texts.clarify.topic.format(first=texts.intents[rivals[0]], second=texts.intents[rivals[1]])
        else:
            question = texts.clarify.open
        name = TOPIC
    else:
        name = slot[0]
        question = texts.clarify.slot.format(question=localise(slot[1].question, context.locale))
    ask = Question(slot=name, question=question)
    return Move(compose(say=question, ask=ask, expect=texts.expect_clarify, **shared), Proposed(slot=name))


def _change(
    reason: ReasonCode,
    facts: dict[str, Any],
    context: SessionContext,
    journey: Journey,
    alternative: str | None,
    texts: Texts,
    shared: dict[str, Any],
) -> Move:
    step = journey.step(alternative) if alternative else None
    if step is not None:
        say = localise(step.say, context.locale)
        move = compose(say=say, step=step.name, expect=localise(step.expect, context.locale), **shared)
        return Move(move, Proposed(step=step.name))
    if not facts["turn"]["has_text"] and reason is ReasonCode.SILENT_FRICTION:
        return Move(compose(say=texts.silent, expect=texts.expect_silent, **shared))
    slot = find_open_slot(journey, context)
    if slot is not None and journey.name != DEFAULT_JOURNEY:
        question = localise(slot[1].question, context.locale)
        ask = Question(slot=slot[0], question=question)
        say = texts.change.open.format(question=question)
        return Move(compose(say=say, ask=ask, expect=texts.expect_change, **shared), Proposed(slot=slot[0]))
    return Move(compose(say=texts.change.fallback, expect=texts.expect_change, **shared))


def _answer(
    facts: dict[str, Any], context: SessionContext, journey: Journey, texts: Texts, shared: dict[str, Any]
) -> Move:
    """Propose the journey's first step where nothing was tried yet; from then on the bot's own flow goes on."""
    if _is_thanks(facts, context):
        return Move(compose(say=texts.resolved, expect=texts.expect_resolved, **shared))
    soothe = f"{texts.acknowledge} " if facts["scores"]["frustration"] >= _ACKNOWLEDGE_AT else ""
    name = find_next_step(journey, context) if journey.name != DEFAULT_JOURNEY and not context.steps else None
    step = journey.step(name) if name else None
    if step is None or any(slot not in context.facts for slot in step.needs):
        return Move(compose(say=soothe + texts.answer, expect=texts.expect_answer, **shared))
    say = soothe + localise(step.say, context.locale)
    move = compose(say=say, step=step.name, expect=localise(step.expect, context.locale), **shared)
    return Move(move, Proposed(step=step.name))


def _is_thanks(facts: dict[str, Any], context: SessionContext) -> bool:
    """Tell whether the message is a thank-you and little else; a long one has more to say than thanks."""
    words = context.history[-1].words if context.history else 0
    settled = facts["turn"]["outcome"] in {"none", "succeeded"}
    return EvidenceCode.GRATITUDE in facts["codes"] and settled and words <= _WORDS_OF_A_THANK_YOU
