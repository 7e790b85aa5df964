"""Decide one turn: rules first, then the ladder, then the words."""

from typing import Any

from relief.contracts.context import DetectedTurn, SessionContext
from relief.contracts.decision import NextMove, Reason, Versions
from relief.contracts.incident import Incident, IncidentNotice
from relief.contracts.states import Decided, FiredRule, Proposed
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, EvidenceCode, Mode, Owner, Part, ReasonCode
from relief.decide.facts import build_facts
from relief.decide.journeys import Journey, choose_journey
from relief.decide.ladder import Rung, climb, find_alternative
from relief.decide.next_move import Move, incident_message, list_do_not_ask, list_do_not_repeat, plan_move
from relief.decide.policy import Policy, Rule
from relief.decide.risk import weigh_risk
from relief.decide.texts import texts_for
from relief.incidents.match import match_incident

COMPOSER_VERSION = "composer-1"
_WAITING = frozenset({Owner.queued, Owner.offered})


def decide_turn(
    context: SessionContext,
    previous: SessionContext | None,
    turn: TurnRequest,
    detected: DetectedTurn,
    incidents: list[Incident],
    policy: Policy,
    degraded: list[Part],
    model: str,
) -> Decided:
    """Return the decision on a turn, with the facts that it rests on.

    ``context`` has the turn absorbed (``relief.remember.absorb``), ``previous`` is what was stored before.
    """
    journey = choose_journey(context.journey, context.goal or detected.intent.name)
    incident = match_incident(
        incidents,
        intent=context.goal or detected.intent.name,
        journey=context.journey or journey.name,
        products=context.customer.products,
        region=context.customer.region,
        channel=turn.channel,
    )
    alternative = find_alternative(journey, context, turn.bot.step if turn.bot else None)
    facts = build_facts(context, previous, turn, detected, journey, incident, alternative)
    facts["risk"] = weigh_risk(facts, policy.costs)
    fired, evaluated = _evaluate(policy, facts)
    shared: dict[str, Any] = {
        "signals": detected.signals,
        "intent": detected.intent,
        "degraded": degraded,
        "versions": Versions(policy=policy.version, model=model, prompt=COMPOSER_VERSION),
        "evaluated": evaluated,
        "facts": facts,
        "incident": _notice(incident, context),
        "incident_queue": incident.queue if incident else None,
    }
    if context.owner is Owner.human or (context.owner in _WAITING and context.handoff is not None):
        return _while_a_person_has_it(context, fired, shared)
    if fired and fired[0][0].action is Action.escalate:
        return _escalate(fired, facts, policy, shared)
    rung = _rung_of(fired[0]) if fired else climb(facts, policy, journey, context, turn, alternative)
    if rung.action is Action.escalate:
        return _escalate([], facts, policy, shared, rung)
    return _automate(rung, fired, facts, context, journey, detected, alternative, incident, shared)


def _evaluate(policy: Policy, facts: dict[str, Any]) -> tuple[list[tuple[Rule, float]], list[FiredRule]]:
    fired, evaluated = [], []
    for rule in policy.rules:
        fires, margin = rule.evaluate(facts)
        evaluated.append(FiredRule(rule=rule.id, fired=fires, margin=margin))
        if fires:
            fired.append((rule, margin))
    return fired, evaluated


def _rung_of(fired: tuple[Rule, float]) -> Rung:
    rule, margin = fired
    return Rung(rule.action, rule.mode, rule.reason, rule.id, rule.because, margin)


def _reason(rule: Rule, margin: float) -> Reason:
    return Reason(code=rule.reason, rule=rule.id, text=rule.because, margin=margin)


def _notice(incident: Incident | None, context: SessionContext) -> IncidentNotice | None:
    if incident is None:
        return None
    return IncidentNotice(incident_id=incident.incident_id, message=incident_message(incident, context.locale))


def _with_incident(reasons: list[Reason], incident: IncidentNotice | None) -> list[Reason]:
    if incident is None:
        return reasons
    text = "An incident that touches this conversation is active."
    return [*reasons, Reason(code=ReasonCode.INCIDENT_ACTIVE, rule="incident", text=text, margin=1.0)]


def _while_a_person_has_it(context: SessionContext, fired: list[tuple[Rule, float]], shared: dict[str, Any]) -> Decided:
    """Stay silent while a person owns the conversation; confirm a request for one that is under way."""
    asked = any(rule.reason is ReasonCode.CUSTOMER_REQUEST for rule, _ in fired)
    texts = texts_for(context.locale)
    silent = NextMove(do_not_ask=list_do_not_ask(context), do_not_repeat=list_do_not_repeat(context))
    if context.owner is Owner.human:
        reason = Reason(
            code=ReasonCode.HUMAN_OWNS, rule="ownership", text="A person has this conversation.", margin=1.0
        )
        action, move = Action.hold, silent
    elif asked:
        text = "The customer asked for a person, and one has been requested already."
        reason = Reason(code=ReasonCode.CUSTOMER_REQUEST, rule="person-requested", text=text, margin=1.0)
        action = Action.escalate
        move = silent.model_copy(update={"say": texts.pending_request.format(when=""), "expect": texts.expect_pending})
    else:
        text = "The conversation waits for a person; what the customer adds is passed on."
        reason = Reason(code=ReasonCode.HANDOFF_PENDING, rule="ownership", text=text, margin=1.0)
        action, move = Action.hold, silent
    return Decided(
        action=action,
        mode=Mode.human_takeover,
        owner=context.owner,
        reasons=_with_incident([reason], shared["incident"]),
        next=move,
        **shared,
    )


def _escalate(
    fired: list[tuple[Rule, float]],
    facts: dict[str, Any],
    policy: Policy,
    shared: dict[str, Any],
    rung: Rung | None = None,
) -> Decided:
    escalating = [(rule, margin) for rule, margin in fired if rule.action is Action.escalate]
    reasons = [_reason(rule, margin) for rule, margin in escalating]
    if rung is not None:
        reasons.insert(0, Reason(code=rung.reason, rule=rung.rule, text=rung.text, margin=round(rung.margin, 4)))
    weights = policy.priority
    customer = facts["customer"]
    priority = (
        weights.base
        + weights.urgency * facts["scores"]["urgency"]
        + weights.frustration * facts["scores"]["frustration"]
        + weights.tier.get(customer["tier"], 0)
        + weights.value.get(customer["value"], 0)
        + (weights.incident if shared["incident"] else 0)
        + max((rule.priority for rule, _ in escalating), default=0)
    )
    return Decided(
        action=Action.escalate,
        mode=escalating[0][0].mode if escalating else (rung.mode if rung else Mode.human_takeover),
        owner=Owner.queued,
        reasons=_with_incident(reasons, shared["incident"]),
        next=NextMove(),
        queue=next((rule.queue for rule, _ in escalating if rule.queue), None),
        priority=max(1, min(100, round(priority))),
        realtime=EvidenceCode.CAN_WAIT not in facts["codes"],
        **shared,
    )


def _automate(
    rung: Rung,
    fired: list[tuple[Rule, float]],
    facts: dict[str, Any],
    context: SessionContext,
    journey: Journey,
    detected: DetectedTurn,
    alternative: str | None,
    incident: Incident | None,
    shared: dict[str, Any],
) -> Decided:
    reasons = [Reason(code=rung.reason, rule=rung.rule, text=rung.text, margin=round(rung.margin, 4))]
    reasons += [_reason(rule, margin) for rule, margin in fired[1:]]
    untold = incident is not None and incident.incident_id not in context.incidents_told
    action = rung.action
    if untold and action is not Action.hold:
        action = Action.answer
        move = _tell_incident(shared["incident"], context)
    else:
        move = plan_move(action, rung.reason, facts, context, journey, detected.intent, alternative)
    return Decided(
        action=action,
        mode=rung.mode,
        owner=context.owner if context.owner is Owner.returned else Owner.bot,
        reasons=_with_incident(reasons, shared["incident"]),
        next=move.next,
        proposed=move.proposed,
        **shared,
    )


def _tell_incident(notice: IncidentNotice, context: SessionContext) -> Move:
    texts = texts_for(context.locale)
    return Move(
        NextMove(
            say=texts.incident.format(message=notice.message),
            expect=texts.expect_incident,
            do_not_ask=list_do_not_ask(context),
            do_not_repeat=list_do_not_repeat(context),
        ),
        Proposed(),
    )
