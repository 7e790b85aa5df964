"""Names of the pretended cloud: its account, region, and the ARNs that follow from them."""

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"

# Real credentials must never reach the local stack: a call that slips past it would act on a real account.
CREDENTIALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
)


def function_arn(name: str) -> str:
    """Return the ARN of the function with this physical name."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def state_machine_arn(name: str) -> str:
    """Return the ARN of the state machine with this physical name."""
    return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"


class PretendedEnvironment:
    """Environment variables of this process that hold while a stack runs, put back as they were afterwards."""

    def __init__(self) -> None:
        self._before: dict[str, str | None] = {}

    def apply(self, variables: Mapping[str, str]) -> None:
        """Set the variables and remember what they hid."""
        for name, value in variables.items():
            self._before.setdefault(name, os.environ.get(name))
            os.environ[name] = value

    def restore(self) -> None:
        """Put every variable back as it was before the first :meth:`apply`."""
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        self._before.clear()
