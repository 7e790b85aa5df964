"""Amazon Connect: a task for the people of an instance.

Shape: ``StartTaskContact`` of the Amazon Connect API reference
(https://docs.aws.amazon.com/connect/latest/APIReference/API_StartTaskContact.html). Attributes are flat strings, "up to
32,768 UTF-8 bytes across all key-value pairs per contact", keys "only alphanumeric, dash, and underscore characters";
the name has at most 512 and the description at most 4,096 characters. ``ClientToken`` makes a repetition harmless.
When the hand-over moves, the attributes of the task, which is a contact as well, are set anew by
``UpdateContactAttributes``; name and description stay, and which people see the task is for the flow to decide.
"""

from collections.abc import Sequence

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.calls import AwsCall, Move
from relief.integrations.card import write_card
from relief.integrations.projection import FlatRules, Projection, list_entries, project_flat, shorten

OPTIONS = ("instance_id", "contact_flow_id")
AUTHORIZATION = None
BUDGET = 32_768
EXPERIMENTAL = False
ONCE = "the vendor, by client token"
MOVED = "`UpdateContactAttributes` of the task"

RULES = FlatRules(BUDGET)
_NAME_CHARACTERS = 512
_DESCRIPTION_CHARACTERS = 4096


def project(handoff: Handoff) -> Projection:
    """Return name, description and attributes of the task; ``dropped`` speaks of the attributes, which hold all."""
    attributes = project_flat(list(list_entries(handoff)), RULES)
    description, _ = write_card(handoff, _DESCRIPTION_CHARACTERS)
    fields = {
        "Name": shorten(handoff.summary.headline, _NAME_CHARACTERS) or handoff.handoff_id,
        "Description": description,
        "Attributes": attributes.fields,
    }
    return Projection(fields, attributes.dropped)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[AwsCall]:
    """Return the call that starts the task."""
    arguments = {
        "InstanceId": config.options["instance_id"],
        "ContactFlowId": config.options["contact_flow_id"],
        "ClientToken": handoff.handoff_id,
        **project(handoff).fields,
    }
    return (AwsCall("connect", "start_task_contact", arguments, {"contact": "ContactId"}),)


def plan_move(handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[AwsCall]:
    """Return the call that sets the task's attributes anew."""
    _ = move
    arguments = {
        "InstanceId": config.options["instance_id"],
        "InitialContactId": "{contact}",
        "Attributes": project(handoff).fields["Attributes"],
    }
    return (AwsCall("connect", "update_contact_attributes", arguments),)
