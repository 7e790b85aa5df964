"""Amazon Connect: attributes of the contact that the conversation is already part of.

Shape: ``UpdateContactAttributes`` of the Amazon Connect API reference
(https://docs.aws.amazon.com/connect/latest/APIReference/API_UpdateContactAttributes.html): "up to 32,768 UTF-8 bytes
across all attributes for a contact", keys "only alphanumeric, dash, and underscore characters". The flow's own
attributes count too, so half of it is left to them. Setting the same attributes again changes nothing.

The session's identifier must be the contact's initial one, which is what ``functions/connect`` uses.
"""

from collections.abc import Sequence

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.calls import AwsCall, Move
from relief.integrations.projection import FlatRules, Projection, list_entries, project_flat

OPTIONS = ("instance_id",)
AUTHORIZATION = None
BUDGET = 16_384
EXPERIMENTAL = False
ONCE = "repeating it changes nothing"
MOVED = "the same call, with what holds now"

RULES = FlatRules(BUDGET)


def project(handoff: Handoff) -> Projection:
    """Return the attributes."""
    return project_flat(list(list_entries(handoff)), RULES)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[AwsCall]:
    """Return the call that sets the attributes."""
    arguments = {
        "InstanceId": config.options["instance_id"],
        "InitialContactId": handoff.session_id,
        "Attributes": project(handoff).fields,
    }
    return (AwsCall("connect", "update_contact_attributes", arguments),)


def plan_move(handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[AwsCall]:
    """Return the same call with what holds now: attributes of a contact can be set at any time."""
    _ = move
    return plan(handoff, config)
