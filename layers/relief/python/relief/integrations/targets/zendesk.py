"""Zendesk: control of a Sunshine Conversations conversation is passed to the agents' workspace.

Shape: ``PassControlBody`` of Sunshine Conversations API v2 (https://docs.smooch.io/rest/#operation/passControl and
the vendor's client, zendesk/sunshine-conversations-ruby ``docs/PassControlBody.md``): ``switchboardIntegration`` is
an id, a name, or ``next``; ``metadata`` is a "flat object", "strings, numbers and booleans are the only supported
format", "limited to 4KB in size". Passing control that was passed already changes nothing. When the hand-over moves,
the conversation's metadata are set anew (https://docs.smooch.io/rest/#operation/updateConversation, the client's
``docs/ConversationUpdateBody.md``); fields of a ticket that a trigger of yours has filled from them are that
trigger's.

The session's identifier must be that of the conversation; the URL is ``https://{subdomain}.zendesk.com/sc``.
"""

from collections.abc import Sequence

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.calls import Authorization, HttpCall, Move
from relief.integrations.paths import quoted
from relief.integrations.projection import FlatRules, Projection, list_entries, project_flat

OPTIONS = ("app_id",)
AUTHORIZATION = Authorization(form="basic")
BUDGET = 4 * 1024
EXPERIMENTAL = False
ONCE = "repeating it changes nothing"
MOVED = "metadata of the conversation (`updateConversation`)"

RULES = FlatRules(BUDGET, typed=True)
_NEXT = "next"


def project(handoff: Handoff) -> Projection:
    """Return the metadata."""
    return project_flat(list(list_entries(handoff)), RULES)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[HttpCall]:
    """Return the call that passes control."""
    to = config.options.get("switchboard_integration", _NEXT)
    body = {"switchboardIntegration": to, "metadata": project(handoff).fields}
    return (HttpCall("POST", f"{_conversation(handoff, config)}/passControl", body),)


def plan_move(handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[HttpCall]:
    """Return the call that sets the conversation's metadata."""
    _ = move
    return (HttpCall("PATCH", _conversation(handoff, config), {"metadata": project(handoff).fields}),)


def _conversation(handoff: Handoff, config: TargetConfig) -> str:
    return f"/v2/apps/{quoted(config.options['app_id'])}/conversations/{quoted(handoff.session_id)}"
