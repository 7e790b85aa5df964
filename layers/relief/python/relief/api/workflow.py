"""Start the turn workflow and wait for its answer; and what is left when it gives none."""

import json
from functools import cached_property
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from relief.contracts.events import EVENT_SOURCE, HANDOFF_REQUESTED
from relief.contracts.states import Fallback, TurnExecution, TurnKeys, TurnOutcome
from relief.settings import Settings
from relief.store.dynamodb import QUICK, Table
from relief.store.packed import unpack
from relief.store.ports import WorkflowUnavailable

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

# The machine ends itself after 6 s (TimeoutSeconds in turn.asl.json); what is left of the contact
# centre's 8 s belongs to the last resort. A start is never repeated by the client: the transaction
# would refuse the second run, but the customer would wait for it.
_WAIT = Config(connect_timeout=0.5, read_timeout=6.5, retries={"total_max_attempts": 1}, inject_host_prefix=False)
_ON_AWS = _WAIT.merge(Config(inject_host_prefix=True))


class ExpressWorkflow:
    """The turn workflow as a synchronous Express execution."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._settings = settings

    @cached_property
    def _client(self) -> "SFNClient":
        return boto3.client("stepfunctions", config=_WAIT if self._settings.aws_endpoint_url else _ON_AWS)

    def run(self, execution: TurnExecution) -> TurnOutcome:
        """Return the workflow's outcome.

        Raises:
            WorkflowUnavailable: it could not be started, failed, timed out, or answered nonsense.
        """
        try:
            answer = self._client.start_sync_execution(
                stateMachineArn=self._settings.turn_workflow_arn,
                input=execution.model_dump_json(by_alias=True),
            )
        except (BotoCoreError, ClientError) as error:
            message = "the execution could not be started"
            raise WorkflowUnavailable(message) from error
        if answer["status"] != "SUCCEEDED":
            message = f"the execution ended as {answer['status']}: {answer.get('error', '')}"
            raise WorkflowUnavailable(message)
        try:
            return _read_outcome(answer["output"])
        except (ValidationError, ValueError) as error:
            message = "the execution's output is not an answer"
            raise WorkflowUnavailable(message) from error


def _read_outcome(output: str) -> TurnOutcome:
    outcome = json.loads(output)
    if isinstance(outcome, dict) and isinstance(outcome.get("response"), str):
        # What is recalled comes from the table as it was stored.
        outcome["response"] = unpack(outcome["response"])
    return TurnOutcome.model_validate(outcome)


class DirectLastResort:
    """The last resort without the workflow: table, bus and queue, each by itself."""

    def __init__(self, settings: Settings, table: Table) -> None:
        """Keep the ports; clients are made at first use, which is hopefully never."""
        self._settings = settings
        self._table = table

    @cached_property
    def _events(self) -> "EventBridgeClient":
        return boto3.client("events", config=QUICK)

    @cached_property
    def _queues(self) -> "SQSClient":
        return boto3.client("sqs", config=QUICK)

    def take_ownership(self, keys: TurnKeys, fallback: Fallback) -> int | None:
        """Mark the session as handed over; returns the turn's number, ``None`` when it already was."""
        return self._table.take_ownership(keys, fallback)

    def record(self, fallback: Fallback) -> None:
        """Record decision and hand-over as one transaction."""
        self._table.transact(json.loads(fallback.writes))

    def announce(self, fallback: Fallback) -> None:
        """Tell the bus; when it refuses, put the hand-over on its queue directly."""
        entry: PutEventsRequestEntryTypeDef = {
            "Source": EVENT_SOURCE,
            "DetailType": HANDOFF_REQUESTED,
            "EventBusName": self._settings.bus_name,
            "Detail": fallback.event,
        }
        try:
            if self._events.put_events(Entries=[entry])["FailedEntryCount"] == 0:
                return
        except (BotoCoreError, ClientError):
            pass
        body = {"source": EVENT_SOURCE, "detail-type": HANDOFF_REQUESTED, "detail": json.loads(fallback.event)}
        self._queues.send_message(QueueUrl=fallback.queue_url, MessageBody=json.dumps(body))
