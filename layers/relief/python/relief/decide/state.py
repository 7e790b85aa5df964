"""The Decide state: from what the workflow loaded to a decision, finished where no person is needed."""

from collections.abc import Callable
from datetime import datetime

from relief.contracts.context import DetectedTurn, SessionContext
from relief.contracts.rollout import WouldHandOver
from relief.contracts.states import Decided, DecideInput, DecideOutput
from relief.contracts.vocabulary import Owner, Part
from relief.decide.counterfactual import find_counterfactual
from relief.decide.in_force import InForce, shipped_in_force
from relief.decide.judge import is_owned
from relief.decide.rollout import roll_out
from relief.decide.turn import decide_turn
from relief.remember.absorb import absorb_turn
from relief.remember.finish import finish_turn
from relief.settings import Settings
from relief.store.items import load_context, load_incidents
from relief.store.keys import decision_id

_NO_MODEL = "none"
_TO_A_PERSON = frozenset({Owner.queued, Owner.offered})


Proposer = Callable[[SessionContext, Decided], WouldHandOver]
"""Tells where a hand-over would go. Routing comes after this stage, so the stage's caller hands it in."""


Staffed = Callable[[str, datetime], bool]
"""Tells whether a queue's team is at its desks; handed in likewise. Without it every team is."""


def run_decide(
    state: DecideInput,
    settings: Settings,
    propose: Proposer,
    in_force: InForce | None = None,
    staffed: Staffed | None = None,
) -> DecideOutput:
    """Return the decision of a turn, by the policy in force; by the shipped one where none is given.

    Raises:
        DataFileInvalid: the policy or a journey does not validate; the workflow then fails open.
    """
    now = state.received_at
    stored = load_context(state.context.item, now)
    detected = state.detect.detected
    earlier = load_context(state.context.earlier_item, now).context
    context = absorb_turn(stored.context, state.session_id, state.turn, detected, now, settings, earlier)
    degraded = list_degraded(state.detect.degraded, state.failed, unread=state.incidents.unavailable)
    if stored.damaged:
        degraded.append(Part.context)
    incidents = load_incidents(state.incidents.items, now)
    in_force = in_force or shipped_in_force()
    if in_force.degraded:
        degraded.append(Part.policy)
    policy = in_force.policy
    decided = decide_turn(
        context,
        stored.context,
        state.turn,
        detected,
        incidents,
        policy,
        degraded,
        name_model(detected),
        staffed=None if staffed is None else lambda queue: staffed(queue, now),
    )
    counterfactual = find_counterfactual(decided.facts, policy, decided.evaluated)
    decided = decided.model_copy(update={"counterfactual": counterfactual})
    if not is_owned(decided.facts):
        decided = roll_out(
            policy.rollout,
            decided.facts["journey"]["name"],
            decided,
            decision_id(state.session_id, state.turn.turn_id),
            in_force.agreements,
            lambda one: propose(context, one),
            in_force.judgement,
        )
    if decided.owner in _TO_A_PERSON:
        return DecideOutput(path="escalate", decided=decided)
    final = finish_turn(context, stored.version, state.turn.turn_id, state.request_hash, decided, now, settings)
    return DecideOutput(path="automate", final=final)


def name_model(detected: DetectedTurn) -> str:
    """Return the version of the classifier that took part, or ``none``."""
    return detected.model or _NO_MODEL


def list_degraded(found: list[Part], failed: dict[Part, bool], *, unread: bool) -> list[Part]:
    """Return every part that was down, once each."""
    parts = [*found, *(part for part, down in failed.items() if down), *([Part.incidents] if unread else [])]
    return list(dict.fromkeys(parts))
