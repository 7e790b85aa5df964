"""A decision as a flat map of texts, for flows and bots that branch on values."""

from collections.abc import Iterator

from relief.contracts.decision import TurnResponse
from relief.contracts.vocabulary import Action, Owner, Part
from relief.decide.texts import texts_for
from relief.integrations.projection import Entry, FlatRules, Projection, project_flat


def flatten(response: TurnResponse | None, locale: str, budget: int) -> Projection:
    """Return a decision within a budget in bytes; without one: a person takes over, who knows nothing of it yet."""
    entries = list(_fallback(locale) if response is None else _entries(response))
    return project_flat(entries, FlatRules(budget))


def words_of(response: TurnResponse | None, locale: str) -> str:
    """Return what the customer is told: the question where there is one."""
    if response is None:
        return texts_for(locale).handed_over.failed_open
    asked = response.next.ask
    return asked.question if asked is not None else response.next.say


def _fallback(locale: str) -> Iterator[Entry]:
    yield Entry("action", Action.escalate.value)
    yield Entry("owner", Owner.queued.value)
    yield Entry("say", texts_for(locale).handed_over.failed_open)
    yield Entry("degraded", [Part.workflow.value])


def _entries(response: TurnResponse) -> Iterator[Entry]:
    yield Entry("action", response.action.value)
    yield Entry("owner", response.owner.value)
    yield Entry("mode", response.mode.value)
    yield Entry("reason", response.reasons[0].code.value)
    yield Entry("say", response.next.say)
    if response.next.ask is not None:
        yield Entry("ask", response.next.ask.question)
        yield Entry("ask_slot", response.next.ask.slot)
    yield Entry("expect", response.next.expect)
    yield Entry("step", response.next.step or "")
    yield Entry("session_id", response.session_id)
    yield Entry("decision_id", response.decision_id)
    yield Entry("intent", response.intent.name or "")
    yield Entry("frustration", response.signals.frustration.score)
    yield Entry("urgency", response.signals.urgency.score)
    handoff = response.handoff
    if handoff is not None:
        yield Entry("handoff_id", handoff.handoff_id)
        yield Entry("queue", handoff.queue)
        yield Entry("priority", handoff.priority)
        yield Entry("realtime", handoff.realtime)
        if handoff.eta_seconds is not None:
            yield Entry("eta_seconds", handoff.eta_seconds)
        yield Entry("headline", handoff.summary.headline)
        yield Entry("recommended_next", handoff.summary.recommended_next)
        yield from (Entry(f"fact_{name}", value) for name, value in handoff.summary.facts.items())
    if response.incident is not None:
        yield Entry("incident", response.incident.message)
    yield Entry("reasons", [one.code.value for one in response.reasons])
    yield Entry("do_not_ask", response.next.do_not_ask)
    yield Entry("do_not_repeat", response.next.do_not_repeat)
    yield Entry("degraded", [part.value for part in response.degraded])
