"""The state machine that passes over open hand-overs."""

from functools import cached_property
from typing import TYPE_CHECKING

import boto3

from relief.contracts.incident import SweepState
from relief.settings import Settings
from relief.store.dynamodb import QUICK

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class SweepMachine:
    """Starts executions of the incident workflow."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._settings = settings

    @cached_property
    def _client(self) -> "SFNClient":
        return boto3.client("stepfunctions", config=QUICK)

    def start(self, state: SweepState) -> bool:
        """Start a pass; ``False`` when one of this name was started before, which makes starting idempotent."""
        try:
            self._client.start_execution(
                stateMachineArn=self._settings.incident_workflow_arn, name=state.run, input=state.model_dump_json()
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        return True
