"""Twilio: a TaskRouter task, as Flex shows it.

Shape: the Task resource (https://www.twilio.com/docs/taskrouter/api/task): a form with ``Attributes`` (a JSON
document that workflows route by), ``Priority``, ``WorkflowSid``, ``TaskChannel``. No document with a size limit of
the attributes was found; 4 KB are kept to. A second attempt first asks for a task with this hand-over's id
(``EvaluateTaskAttributes``).

The URL is ``https://taskrouter.twilio.com``.
"""

import json
from collections.abc import Sequence
from urllib.parse import quote

from relief.contracts.handoff import Handoff
from relief.contracts.targets import TargetConfig
from relief.integrations.calls import Authorization, HttpCall, Probe
from relief.integrations.paths import quoted
from relief.integrations.projection import FlatRules, Projection, list_entries, project_flat

OPTIONS = ("workspace_sid", "workflow_sid")
AUTHORIZATION = Authorization(form="basic")
BUDGET = 4 * 1024
EXPERIMENTAL = True
ONCE = "asks before it repeats"

RULES = FlatRules(BUDGET, typed=True, lists=True)


def project(handoff: Handoff) -> Projection:
    """Return the task's attributes."""
    return project_flat(list(list_entries(handoff)), RULES)


def plan(handoff: Handoff, config: TargetConfig) -> Sequence[HttpCall]:
    """Return the call that creates the task."""
    tasks = f"/v1/Workspaces/{quoted(config.options['workspace_sid'])}/Tasks"
    form = {
        "Attributes": json.dumps(project(handoff).fields, ensure_ascii=False, separators=(",", ":")),
        "Priority": str(handoff.priority),
        "WorkflowSid": config.options["workflow_sid"],
    }
    if "task_channel" in config.options:
        form["TaskChannel"] = config.options["task_channel"]
    asked = quote(f"relief_handoff_id == '{handoff.handoff_id}'", safe="")
    probe = Probe(f"{tasks}?EvaluateTaskAttributes={asked}", "tasks[0]")
    return (HttpCall("POST", tasks, form=form, probe=probe),)
