"""Dialogflow CX: metadata of a live-agent hand-over, as a webhook response carries it.

Shape: ``ResponseMessage.LiveAgentHandoff.metadata``, "custom metadata for your handoff procedure. Dialogflow doesn't
impose any structure on this"
(https://cloud.google.com/dialogflow/cx/docs/reference/rest/v3/ResponseMessage#LiveAgentHandoff) inside a
``WebhookResponse``. Dialogflow has no interface to push it to: it is posted to a relay of the installation's, which
answers Dialogflow's next webhook request with it; when the hand-over moves, the relay gets the metadata anew. No size
limit is documented; 16 KB are kept to.
"""

from collections.abc import Sequence

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.calls import Authorization, HttpCall, Move
from relief.integrations.projection import FlatRules, Projection, list_entries, project_flat

OPTIONS: tuple[str, ...] = ()
AUTHORIZATION = Authorization()
BUDGET = 16 * 1024
EXPERIMENTAL = True
ONCE = "the receiver, by Idempotency-Key"
MOVED = "the metadata anew, to the relay"

RULES = FlatRules(BUDGET, typed=True, lists=True)


def project(handoff: Handoff) -> Projection:
    """Return the metadata."""
    return project_flat(list(list_entries(handoff)), RULES)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[HttpCall]:
    """Return the call that hands the response to the relay."""
    _ = config
    messages = [{"liveAgentHandoff": {"metadata": project(handoff).fields}}]
    body = {"session": handoff.session_id, "fulfillmentResponse": {"messages": messages}}
    return (HttpCall("POST", "", body),)


def plan_move(handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[HttpCall]:
    """Return the call that hands the relay the metadata anew."""
    _ = move
    return plan(handoff, config)
