"""What a game day looks at: events on the bus, and what the table says of every hand-over."""

import json
from collections import Counter
from typing import Any, Final

from tests.local.stack import STACK_NAME, LocalStack

_LISTENER: Final = "drill-listener"


class Listener:
    """A channel that pushes: it reads every change of a hand-over that has something to say, and knows copies."""

    def __init__(self, stack: LocalStack) -> None:
        """Subscribe to the bus."""
        self._stack = stack
        self._queue = f"{STACK_NAME}-{_LISTENER}"
        queues, events = stack.client("sqs"), stack.client("events")
        url = queues.create_queue(QueueName=self._queue)["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = {"source": ["relief"], "detail-type": ["HandoffChanged"]}
        bus = f"{STACK_NAME}-Bus" if not (named := _bus_names(events)) else named[0]
        events.put_rule(Name=_LISTENER, EventBusName=bus, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=_LISTENER, EventBusName=bus, Targets=[{"Id": "listener", "Arn": arn}])

    def told(self, cause: str) -> Counter[str]:
        """Return how often each session was told of a change of this cause, copies of one change counted once."""
        return Counter(session for session, _ in {(one["session_id"], one["change_id"]) for one in self._said(cause)})

    def copies(self, cause: str) -> int:
        """Return how many events were copies of another one."""
        said = self._said(cause)
        return len(said) - len({(one["session_id"], one["change_id"]) for one in said})

    def _said(self, cause: str) -> list[dict[str, Any]]:
        details = [json.loads(body)["detail"] for body in self._stack.messages(self._queue)]
        return [one for one in details if one["say"] and one["cause"] == cause]


def _bus_names(events: Any) -> list[str]:
    return [one["Name"] for one in events.list_event_buses()["EventBuses"] if one["Name"] != "default"]


def moves(stack: LocalStack, kind: str) -> Counter[str]:
    """Return how often each hand-over was moved in this way, by what its history says."""
    events = [json.loads(one["doc"]) for one in stack.items() if one["sk"].startswith("EVENT#")]
    return Counter(one["handoff_id"] for one in events if one["kind"] == kind)


def places(stack: LocalStack) -> Counter[str]:
    """Return how many hand-overs there are by queue and state."""
    return Counter(one["queue_state"] for one in stack.items() if one["sk"].startswith("HANDOFF#"))
