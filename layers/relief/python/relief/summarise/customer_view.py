"""The customer's view: "what we know about this conversation", in plain words, with the way to correct it."""

from relief.contracts.context import SessionContext, StepRecord, StoredValue
from relief.contracts.views import Correction, CustomerView, KnownValue
from relief.decide.journeys import Journey, choose_journey, localise
from relief.decide.texts import texts_for
from relief.summarise.customer_words import CustomerWords, customer_words_for
from relief.summarise.words import words_for

_ONCE = 1
_DAY_SECONDS = 86400


def view_as_customer(context: SessionContext, record_seconds: int) -> CustomerView:
    """Return the customer's view; ``record_seconds`` is how long decisions and hand-overs are kept.

    What the business thinks of the account (tier, value) is not shown here; like everything else it is in the export.
    """
    words = customer_words_for(context.locale)
    journey = choose_journey(context.journey, context.goal)
    topic = texts_for(words.locale).intents.get(context.goal)
    kept = words.kept if context.store_context else words.not_kept
    until = context.expires_at.strftime("%Y-%m-%d %H:%M UTC")
    return CustomerView(
        session_id=context.session_id,
        locale=words.locale,
        title=words.title,
        topic=words.topic.format(topic=topic) if topic else words.topic_unknown,
        who=words.who[context.owner],
        known=_name_values(context.facts, journey, words),
        preferences=_name_values(context.preferences, journey, words),
        attachments=len(context.evidence),
        tried=[_describe_step(name, record, journey, words) for name, record in context.steps.items()],
        identity=words.identity[context.customer.authenticated],
        feeling=words_for(words.feeling, context.last_signals.get("frustration", 0.0)),
        kept=kept.format(until=until, days=max(1, round(record_seconds / _DAY_SECONDS))),
        kept_until=context.expires_at,
        correct=Correction(text=words.correct, path=f"/v1/sessions/{context.session_id}/turns"),
        more=words.more,
    )


def _name_values(values: dict[str, StoredValue], journey: Journey, words: CustomerWords) -> list[KnownValue]:
    return [KnownValue(name=name, label=_label(name, journey, words), value=value) for name, value in values.items()]


def _label(name: str, journey: Journey, words: CustomerWords) -> str:
    slot = journey.slots.get(name)
    return localise(slot.label, words.locale) if slot else _plain(name)


def _describe_step(name: str, record: StepRecord, journey: Journey, words: CustomerWords) -> str:
    """Say what a step was as it was said to the customer; a step of the bot's own goes by its name."""
    step = journey.step(name)
    said = localise(step.say, words.locale) if step else f"{_plain(name)}."
    sentence = words.tried[record.last_outcome].format(step=said)
    times = words.times.format(times=record.attempts) if record.attempts > _ONCE else ""
    return f"{sentence} {times}".rstrip()


def _plain(name: str) -> str:
    return name.replace("_", " ")
