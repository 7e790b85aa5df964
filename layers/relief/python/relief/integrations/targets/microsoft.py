"""Microsoft Copilot Studio and Dynamics 365: context variables of a hand-over.

Shape: the ``handoff.initiate`` event activity whose value holds ``va_`` variables, among them ``va_LastTopic``,
``va_Language``, ``va_ConversationId`` and ``va_AgentMessage``, the private message to the agent
(https://learn.microsoft.com/microsoft-copilot-studio/advanced-hand-off and .../configure-generic-handoff). The
hand-over's payload is limited to 28 KB by Omnichannel's messages. The vendor documents the event as what Copilot
Studio sends; that an adapter of one's own takes it over HTTP from Relief is this project's arrangement. The vendor
documents no event that changes a hand-over which was initiated, so nothing is sent when one moves.
"""

from collections.abc import Sequence

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.calls import Authorization, HttpCall, Move
from relief.integrations.projection import Entry, FlatRules, Projection, list_entries, project_flat

OPTIONS: tuple[str, ...] = ()
AUTHORIZATION = Authorization()
BUDGET = 28 * 1024
EXPERIMENTAL = True
ONCE = "the receiver, by Idempotency-Key"
MOVED = "nothing: the vendor has no event for it"

RULES = FlatRules(BUDGET, typed=True, prefix="va_")
_KNOWN = {"headline": "AgentMessage", "intent": "LastTopic", "locale": "Language", "session_id": "ConversationId"}
"""What the vendor has a name for; the rest goes as ``va_relief_...``."""


def project(handoff: Handoff) -> Projection:
    """Return the context variables."""
    entries = [Entry(_KNOWN.get(name, f"relief_{name}"), value) for name, value in list_entries(handoff)]
    return project_flat(entries, RULES)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[HttpCall]:
    """Return the call that sends the event."""
    _ = config
    return (HttpCall("POST", "", {"type": "event", "name": "handoff.initiate", "value": project(handoff).fields}),)


def plan_move(handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[HttpCall]:
    """Return nothing: a second ``handoff.initiate`` would be a second hand-over."""
    _ = handoff, config, move
    return ()
