"""Genesys Cloud: participant data of the customer in a conversation.

Shape: ``PATCH /api/v2/conversations/{conversationId}/participants/{participantId}/attributes`` with
``{"attributes": {name: value}}`` of the Platform API (https://developer.genesys.cloud/devapps/api-explorer, operation
patchConversationParticipantAttributes); names and values are strings. The participant whose purpose is ``customer`` is
looked up first. No document with a limit of the whole was found: the one limit that the vendor states, 256 characters a
value for bot flows (https://help.mypurecloud.com/articles/set-participant-data-action/), is kept, and 50 values.

The session's identifier must be that of the conversation; the URL is ``https://api.{region}``. Setting the same data
again changes nothing.
"""

from collections.abc import Sequence

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.calls import Authorization, HttpCall, Move
from relief.integrations.paths import quoted
from relief.integrations.projection import FlatRules, Projection, list_entries, project_flat

OPTIONS: tuple[str, ...] = ()
AUTHORIZATION = Authorization()
BUDGET = 12 * 1024
EXPERIMENTAL = True
ONCE = "repeating it changes nothing"
MOVED = "the same call, with what holds now"

RULES = FlatRules(BUDGET, longest=256, most=50)


def project(handoff: Handoff) -> Projection:
    """Return the participant data."""
    return project_flat(list(list_entries(handoff)), RULES)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[HttpCall]:
    """Return the call that looks up the customer, and the one that sets the data."""
    _ = config
    conversation = f"/api/v2/conversations/{quoted(handoff.session_id)}"
    return (
        HttpCall("GET", conversation, capture={"participant": "participants[?purpose=='customer'] | [0].id"}),
        HttpCall(
            "PATCH", f"{conversation}/participants/{{participant}}/attributes", {"attributes": project(handoff).fields}
        ),
    )


def plan_move(handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[HttpCall]:
    """Return the same call with what holds now: a participant's data can be set at any time."""
    _ = move
    return plan(handoff, config)
