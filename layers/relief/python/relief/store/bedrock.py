"""A model behind Amazon Bedrock's Converse API.

Shapes: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html (the tests hold recorded
answers against the service's own model, as botocore carries it).
"""

from functools import cached_property
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from relief.settings import Settings
from relief.store.ports import ModelUnavailable

# The Summarise state ends after 2 s. Connecting and reading together leave the composer, which is done already, the
# time to answer; a second attempt would not fit.
PATIENCE: Final = Config(connect_timeout=0.3, read_timeout=1.3, retries={"total_max_attempts": 1, "mode": "standard"})
_MAX_TOKENS: Final = 700


class BedrockModel:
    """The model of one installation."""

    def __init__(self, settings: Settings) -> None:
        """Keep the settings; the client is made at first use, once per process."""
        self._settings = settings

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - the stubs of this service are not among the dependencies
        return boto3.client("bedrock-runtime", region_name=self._settings.bedrock_region or None, config=PATIENCE)

    def answer(self, system: str, user: str, tool: str, schema: dict[str, Any]) -> Any:  # noqa: ANN401 - unchecked yet
        """Return what the model calls the tool with; ``None`` when it answers otherwise.

        Raises:
            ModelUnavailable: the service refuses, is down, or is slower than ``PATIENCE``. Named by its code alone.
        """
        request: dict[str, Any] = {
            "modelId": self._settings.bedrock_model_id,
            "system": [{"text": system}],
            "messages": [{"role": "user", "content": [{"text": user}]}],
            "inferenceConfig": {"maxTokens": _MAX_TOKENS, "temperature": 0.0},
            "toolConfig": {
                "tools": [
                    {
                        "toolSpec": {
                            "name": tool,
                            "description": "Hand in the summary.",
                            "inputSchema": {"json": schema},
                        }
                    }
                ],
                "toolChoice": {"tool": {"name": tool}},
            },
        }
        if self._settings.bedrock_guardrail_id:
            request["guardrailConfig"] = {
                "guardrailIdentifier": self._settings.bedrock_guardrail_id,
                "guardrailVersion": self._settings.bedrock_guardrail_version,
            }
        try:
            response = self._client.converse(**request)
        except ClientError as error:
            raise ModelUnavailable(error.response["Error"]["Code"]) from error
        except BotoCoreError as error:
            raise ModelUnavailable(type(error).__name__) from error
        return read_tool_use(response, tool)


def read_tool_use(response: dict[str, Any], tool: str) -> Any:  # noqa: ANN401 - unchecked yet
    """Return what the tool was called with; ``None`` when it was not, or the answer was cut or blocked."""
    if response.get("stopReason") != "tool_use":
        return None
    blocks = response.get("output", {}).get("message", {}).get("content", [])
    used = (block["toolUse"] for block in blocks if "toolUse" in block)
    return next((one.get("input") for one in used if one.get("name") == tool), None)
