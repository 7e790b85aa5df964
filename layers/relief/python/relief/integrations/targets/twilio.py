"""Twilio: a TaskRouter task, as Flex shows it.

Shape: the Task resource (https://www.twilio.com/docs/taskrouter/api/task): a form with ``Attributes`` (a JSON
document that workflows route by), ``Priority``, ``WorkflowSid``, ``TaskChannel``. No document with a size limit of
the attributes was found; 4 KB are kept to. A second attempt first asks for a task with this hand-over's id
(``EvaluateTaskAttributes``). When the hand-over moves, the task is looked up the same way and updated ("Update a Task
resource": ``Attributes``, ``Priority``); one that is gone by then, since people have dealt with it, is a refusal.

The URL is ``https://taskrouter.twilio.com``.
"""

import json
from collections.abc import Sequence
from urllib.parse import quote

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.calls import Authorization, HttpCall, Move, Probe
from relief.integrations.paths import quoted
from relief.integrations.projection import FlatRules, Projection, list_entries, project_flat

OPTIONS = ("workspace_sid", "workflow_sid")
AUTHORIZATION = Authorization(form="basic")
BUDGET = 4 * 1024
EXPERIMENTAL = True
ONCE = "asks before it repeats"
MOVED = "attributes and priority of the task"

RULES = FlatRules(BUDGET, typed=True, lists=True)


def project(handoff: Handoff) -> Projection:
    """Return the task's attributes."""
    return project_flat(list(list_entries(handoff)), RULES)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[HttpCall]:
    """Return the call that creates the task."""
    form = {**_form(handoff), "WorkflowSid": config.options["workflow_sid"]}
    if "task_channel" in config.options:
        form["TaskChannel"] = config.options["task_channel"]
    return (HttpCall("POST", _tasks(config), form=form, probe=Probe(_search(handoff, config), "tasks[0]")),)


def plan_move(handoff: Handoff, config: TargetConfig, move: Move) -> Sequence[HttpCall]:
    """Return the call that looks up the task, and the one that updates it."""
    _ = move
    return (
        HttpCall("GET", _search(handoff, config), capture={"task": "tasks[0].sid"}),
        HttpCall("POST", f"{_tasks(config)}/{{task}}", form=_form(handoff)),
    )


def _form(handoff: Handoff) -> dict[str, str]:
    attributes = json.dumps(project(handoff).fields, ensure_ascii=False, separators=(",", ":"))
    return {"Attributes": attributes, "Priority": str(handoff.priority)}


def _tasks(config: TargetConfig) -> str:
    return f"/v1/Workspaces/{quoted(config.options['workspace_sid'])}/Tasks"


def _search(handoff: Handoff, config: TargetConfig) -> str:
    asked = quote(f"relief_handoff_id == '{handoff.handoff_id}'", safe="")
    return f"{_tasks(config)}?EvaluateTaskAttributes={asked}"
