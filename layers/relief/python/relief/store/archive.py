"""The archive of decisions: a delivery stream that gathers them into files of JSON lines."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import boto3

from relief.contracts.archive import ArchivedDecision
from relief.settings import Settings
from relief.store.dynamodb import QUICK

_AT_ONCE = 500
"""Most records that Firehose takes at a time."""


class DecisionStream:
    """Puts decisions on the delivery stream that the settings name."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._name = settings.archive_stream

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - one call of one service is not worth its stubs
        return boto3.client("firehose", config=QUICK)

    def keep(self, decisions: Sequence[ArchivedDecision]) -> list[bool]:
        """Archive decisions; tell of each whether it was taken.

        Raises:
            ClientError, BotoCoreError: the stream took none of a batch.
        """
        taken: list[bool] = []
        for start in range(0, len(decisions), _AT_ONCE):
            lines = [f"{one.model_dump_json()}\n".encode() for one in decisions[start : start + _AT_ONCE]]
            answer = self._client.put_record_batch(
                DeliveryStreamName=self._name, Records=[{"Data": line} for line in lines]
            )
            taken += ["ErrorCode" not in one for one in answer["RequestResponses"]]
        return taken
