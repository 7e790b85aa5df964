"""Where hand-overs are delivered to besides Relief's own work list, and what became of each delivery."""

from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from relief.contracts.model import Contract, LenientContract, Name, Time


class TargetKind(StrEnum):
    """The contact centres that a hand-over can be projected onto."""

    connect_task = "connect_task"
    connect_attributes = "connect_attributes"
    lex_session = "lex_session"
    zendesk = "zendesk"
    genesys = "genesys"
    twilio = "twilio"
    salesforce = "salesforce"
    chatwoot = "chatwoot"
    dialogflow_cx = "dialogflow_cx"
    microsoft = "microsoft"
    webhook = "webhook"


class TargetConfig(Contract):
    """One desk of an installation. Credentials are in the secret, under the same name."""

    name: Name
    kind: TargetKind
    queues: list[Name] = Field([], description="Hand-over queues that go there; all of them when empty.")
    url: Annotated[str, Field(max_length=512)] | None = Field(None, description="Base URL, for all but AWS's own.")
    options: dict[Name, Annotated[str, Field(min_length=1, max_length=512)]] = Field(
        {}, description="What this kind of desk needs besides, such as `account_id`."
    )
    private: bool = Field(False, description="Whether the desk may be at a private address of the network.")

    @model_validator(mode="after")
    def _is_reached_safely(self) -> Self:
        """Refuse everything but https, apart from this machine itself where that is allowed."""
        if self.url is None:
            return self
        parts = urlsplit(self.url)
        local = self.private and _is_loopback(parts.hostname or "")
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            message = "the URL of a target must begin with https://"
            raise ValueError(message)
        if not parts.hostname or parts.username or parts.query or parts.fragment:
            message = "the URL of a target has a host and a path, and no credentials, query or fragment"
            raise ValueError(message)
        return self

    def takes(self, queue: str) -> bool:
        """Tell whether hand-overs of this queue go there."""
        return not self.queues or queue in self.queues


class DeliveryState(StrEnum):
    """The life of one delivery: claimed while it is being made, open again after a failure that may pass."""

    open = "open"
    claimed = "claimed"
    delivered = "delivered"
    refused = "refused"


class DeliveryRecord(LenientContract):
    """What became of one hand-over at one target. It is kept beside the hand-over and erased with it."""

    handoff_id: str
    target: str
    state: DeliveryState
    version: int = Field(description="Counts writes, so that only one delivery at a time can hold it.")
    attempts: int = 0
    steps: int = Field(0, description="How many of the target's writing calls have succeeded.")
    told: str = Field("", description="Queue and lane that the target knows of; empty: it has nothing yet.")
    telling: str = Field("", description="Queue and lane that the steps under way tell of.")
    moves: int = Field(0, description="How often it was told of another queue or lane since it has the hand-over.")
    names: dict[str, str] = Field({}, description="What the target calls its own record of the hand-over.")
    lease_until: Time | None = Field(None, description="Until when nobody else may try.")
    wait_until: Time | None = Field(None, description="Until when the target asked not to be tried.")
    delivered_at: Time | None = None
    reason: str = Field("", description="Why the last attempt failed: a status or the kind of an error, no content.")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
