"""Write the decision into the session's context: what was proposed, who owns it now, what was promised."""

from relief.contracts.context import MAX_SLOTS, OpenHandoff, Proposal, SessionContext
from relief.contracts.states import Decided
from relief.contracts.vocabulary import Action
from relief.remember.absorb import count_action
from relief.remember.ledger import note_proposal

MAX_INCIDENTS_TOLD = 10


def is_told_now(context: SessionContext, decided: Decided) -> bool:
    """Tell whether this turn is the one that says the incident's message: where nothing is said, it is not told."""
    incident = decided.incident
    return (
        incident is not None
        and decided.action is not Action.hold
        and incident.message in decided.next.say
        and incident.incident_id not in context.incidents_told
    )


def record_decision(context: SessionContext, decided: Decided, handoff: OpenHandoff | None) -> SessionContext:
    """Return the context that the next turn will find."""
    slots = context.slots
    proposed = dict(context.proposed)
    for kind, name in (("step", decided.proposed.step), ("slot", decided.proposed.slot)):
        if name is None:
            continue
        key = f"{kind}:{name}"
        times = proposed.pop(key, Proposal()).times + 1
        proposed[key] = Proposal(times=times, last_turn=context.turn)
    asked = decided.proposed.slot
    if asked is not None:
        slots = note_proposal(slots, asked, context.turn)
    history = list(context.history)
    if history:
        history[-1] = history[-1].model_copy(update={"action": decided.action})
    told = context.incidents_told
    progress = count_action(context.progress, decided.action)
    if is_told_now(context, decided) and decided.incident is not None:
        told = [*told, decided.incident.incident_id][-MAX_INCIDENTS_TOLD:]
        # What failed before is explained now. It stays known, but only what fails from here on counts.
        progress = progress.model_copy(update={"turns_without_progress": 0, "failures": 0, "refusals": 0})
    opened = handoff is not None and (context.handoff is None or context.handoff.handoff_id != handoff.handoff_id)
    return context.model_copy(
        update={
            "owner": decided.owner,
            "slots": slots,
            "proposed": dict(list(proposed.items())[-MAX_SLOTS:]),
            "history": history,
            "progress": progress,
            "incidents_told": told,
            "handoff": handoff or context.handoff,
            "handoffs": context.handoffs + opened,
        }
    )
