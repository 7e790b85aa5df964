"""Decide one turn: its facts, the judgement on them, then the words."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from relief.contracts.context import DetectedTurn, SessionContext
from relief.contracts.decision import Reason, Versions
from relief.contracts.incident import Incident, IncidentNotice
from relief.contracts.states import Decided, Proposed
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, EvidenceCode, Owner, Part, ReasonCode
from relief.decide.facts import build_facts
from relief.decide.incidents import match_incident, message_for, settle_priority
from relief.decide.journeys import Journey, choose_journey, load_journeys
from relief.decide.judge import Judgement, complete_facts, evaluate_rules, find_danger, judge, list_fired
from relief.decide.ladder import find_alternative
from relief.decide.next_move import Move, compose, list_do_not_repeat, plan_move
from relief.decide.policy import Policy
from relief.decide.texts import texts_for
from relief.remember.ledger import list_do_not_ask

COMPOSER_VERSION = "composer-2"
_IN_A_HURRY = frozenset({EvidenceCode.URGENT_PHRASE, EvidenceCode.DEADLINE})


def decide_turn(
    context: SessionContext,
    previous: SessionContext | None,
    turn: TurnRequest,
    detected: DetectedTurn,
    incidents: list[Incident],
    policy: Policy,
    degraded: list[Part],
    model: str,
    journeys: Mapping[str, Journey] | None = None,
    *,
    staffed: Callable[[str], bool] | None = None,
    explained: bool = True,
) -> Decided:
    """Return the decision on a turn, with the facts that it rests on.

    ``context`` has the turn absorbed (``relief.remember.absorb``), ``previous`` is what was stored before. ``journeys``
    are the shipped ones unless others are given. ``staffed`` tells whether a queue's team is at its desks; without it
    every team is. What is not ``explained`` lacks the rules with their margins, and is cheaper.
    """
    known = load_journeys() if journeys is None else journeys
    journey = choose_journey(context.journey, context.goal or detected.intent.name, known)
    incident = match_incident(
        incidents,
        intent=context.goal or detected.intent.name,
        journey=context.journey or journey.name,
        products=context.customer.products,
        region=context.customer.region,
        channel=turn.channel,
    )
    alternative = find_alternative(journey, context, turn.bot.step if turn.bot else None)
    there = staffed is None or staffed(journey.queue)
    known_facts = build_facts(context, previous, turn, detected, journey, incident, alternative, staffed=there)
    facts = complete_facts(known_facts, policy)
    fired, evaluated = evaluate_rules(policy, facts) if explained else (list_fired(policy, facts), [])
    judgement = judge(facts, policy, fired)
    if judgement.owned and context.handoff is not None:
        judgement = find_danger(facts, fired, context.handoff.reason) or judgement
    shared: dict[str, Any] = {
        "action": judgement.action,
        "mode": judgement.mode,
        "signals": detected.signals,
        "intent": detected.intent,
        "degraded": degraded,
        "versions": _versions(policy.version, model),
        "evaluated": evaluated,
        "facts": facts,
        "incident": _notice(incident, context),
        "incident_queue": incident.queue if incident else None,
        "journey": context.journey or journey.name,
    }
    shared["reasons"] = _with_incident(judgement.reasons, shared["incident"])
    if judgement.owned:
        return _while_a_person_has_it(judgement, context, shared)
    if judgement.action is Action.escalate:
        return _escalate(judgement, facts, context, policy, shared)
    return _automate(judgement, facts, context, journey, detected, alternative, shared)


@lru_cache(maxsize=64)
def _versions(policy: str, model: str) -> Versions:
    return Versions(policy=policy, model=model, prompt=COMPOSER_VERSION)


def _notice(incident: Incident | None, context: SessionContext) -> IncidentNotice | None:
    if incident is None:
        return None
    return IncidentNotice(incident_id=incident.incident_id, message=message_for(incident, context.locale))


def _with_incident(reasons: list[Reason], incident: IncidentNotice | None) -> list[Reason]:
    if incident is None:
        return reasons
    text = "An incident that touches this conversation is active."
    return [*reasons, Reason(code=ReasonCode.INCIDENT_ACTIVE, rule="incident", text=text, margin=1.0)]


def _while_a_person_has_it(judgement: Judgement, context: SessionContext, shared: dict[str, Any]) -> Decided:
    """Say nothing; confirm a request for a person that is under way."""
    move = compose(do_not_ask=list_do_not_ask(context), do_not_repeat=list_do_not_repeat(context))
    if judgement.action is Action.escalate:
        texts = texts_for(context.locale)
        move = move.model_copy(update={"say": texts.pending_request.format(when=""), "expect": texts.expect_pending})
    return Decided(owner=context.owner, next=move, **shared)


def _can_wait(context: SessionContext) -> bool:
    """Tell whether the customer can wait, by what they last said of it: what is not taken back still holds."""
    for turn in reversed(context.history):
        if _IN_A_HURRY.intersection(turn.codes):
            return False
        if EvidenceCode.CAN_WAIT in turn.codes:
            return True
    return False


def _escalate(
    judgement: Judgement, facts: dict[str, Any], context: SessionContext, policy: Policy, shared: dict[str, Any]
) -> Decided:
    weights = policy.priority
    customer = facts["customer"]
    priority = (
        weights.base
        + weights.urgency * facts["scores"]["urgency"]
        + weights.frustration * facts["scores"]["frustration"]
        + weights.tier.get(customer["tier"], 0)
        + weights.value.get(customer["value"], 0)
        + (weights.incident if shared["incident"] else 0)
        + max((one.rule.priority for one in judgement.escalating), default=0)
    )
    return Decided(
        owner=Owner.queued,
        next=compose(),
        queue=judgement.queue,
        priority=settle_priority(round(priority), (reason.code for reason in shared["reasons"])),
        realtime=not _can_wait(context),
        **shared,
    )


def _automate(
    judgement: Judgement,
    facts: dict[str, Any],
    context: SessionContext,
    journey: Journey,
    detected: DetectedTurn,
    alternative: str | None,
    shared: dict[str, Any],
) -> Decided:
    reason = shared["reasons"][0].code
    if facts["incident"]["untold"] and judgement.action is not Action.hold:
        move = _tell_incident(shared["incident"], context)
    else:
        move = plan_move(judgement.action, reason, facts, context, journey, detected.intent, alternative)
    owner = context.owner if context.owner is Owner.returned else Owner.bot
    return Decided(owner=owner, next=move.next, proposed=move.proposed, **shared)


def _tell_incident(notice: IncidentNotice, context: SessionContext) -> Move:
    texts = texts_for(context.locale)
    return Move(
        compose(
            say=texts.incident.format(message=notice.message),
            expect=texts.expect_incident,
            do_not_ask=list_do_not_ask(context),
            do_not_repeat=list_do_not_repeat(context),
        ),
        Proposed(),
    )
