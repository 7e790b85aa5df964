"""Call Amazon Connect and Lex, authorised by the function's role."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from relief.errors import DeliveryDelayed, DeliveryRefused
from relief.integrations.calls import AwsCall
from relief.integrations.targets.lex_session import merge_attributes

_QUICK = Config(connect_timeout=1.0, read_timeout=3.0, retries={"total_max_attempts": 1})
_MAY_PASS: Final = frozenset(
    {
        "ThrottlingException",
        "TooManyRequestsException",
        "InternalServiceException",
        "ServiceQuotaExceededException",  # too many open tasks, until people close some
    }
)
_FIRST_SERVER_ERROR: Final = 500

Clients = Callable[[str], Any]


@lru_cache(maxsize=4)
def client_of(service: str) -> Any:  # noqa: ANN401 - one of boto3's clients
    """Return the client of a service, made once a process."""
    return boto3.client(service, config=_QUICK)  # type: ignore[call-overload] # typed services are in the stubs alone


def call_aws(call: AwsCall, clients: Clients = client_of) -> Any:  # noqa: ANN401 - the answer's JSON
    """Make one call and return its answer.

    Raises:
        DeliveryDelayed: it may work the next time.
        DeliveryRefused: it will not.
    """
    client = clients(call.service)
    try:
        if call.operation == "put_session":
            return _put_session(client, call.arguments)
        return getattr(client, call.operation)(**call.arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if code in _MAY_PASS or status >= _FIRST_SERVER_ERROR:
            raise DeliveryDelayed(code) from error
        raise DeliveryRefused(code) from error
    except BotoCoreError as error:
        raise DeliveryDelayed(type(error).__name__) from error


def _put_session(client: Any, arguments: Mapping[str, Any]) -> None:  # noqa: ANN401 - one of boto3's clients
    """Add attributes to a session as it stands: Lex replaces the whole state, so it is read first."""
    session = {name: arguments[name] for name in ("botId", "botAliasId", "localeId", "sessionId")}
    state = client.get_session(**session).get("sessionState", {})
    theirs = state.get("sessionAttributes", {})
    merged = {**state, "sessionAttributes": merge_attributes(theirs, arguments["attributes"])}
    client.put_session(**session, sessionState=merged)
