"""Credentials of desks and of those who call webhooks, from Secrets Manager, kept for a few minutes."""

import base64
import json
import time
from collections.abc import Callable
from typing import Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from relief.contracts.model import LenientContract
from relief.errors import Unavailable
from relief.integrations.calls import Authorization
from relief.observability import logger

_QUICK = Config(connect_timeout=0.5, read_timeout=1.0, retries={"total_max_attempts": 2, "mode": "standard"})
_KEPT_SECONDS: Final = 300
"""So that a rotated credential is used within five minutes, without a new process."""


class Credential(LenientContract):
    """What one desk is called with, or may call with. Every part is optional."""

    signing_key: str = ""
    previous_signing_key: str = ""
    """Still valid for what comes in, while a key is replaced."""

    token: str = ""
    username: str = ""
    password: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that a signature may be made with."""
        return tuple(key for key in (self.signing_key, self.previous_signing_key) if key)

    def header(self, authorization: Authorization) -> dict[str, str]:
        """Return the header that authorises a call; empty where there is nothing to authorise with."""
        if authorization.form == "basic" and self.username:
            pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
            return {authorization.header: f"Basic {pair}"}
        if not self.token:
            return {}
        return {authorization.header: self.token if authorization.form == "plain" else f"Bearer {self.token}"}


class Credentials:
    """One secret that holds the credentials of several desks by their names.

    ``{"signing_key": "for all", "crm": {"token": "...", "signing_key": "its own"}}``
    """

    def __init__(self, secret_id: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Keep the secret's name; it is read at first use. ``clock`` is in seconds."""
        self._secret_id = secret_id
        self._clock = clock
        self._read_at = float("-inf")
        self._document: dict[str, object] = {}

    def of(self, name: str) -> Credential:
        """Return the credential of a desk.

        Raises:
            Unavailable: the secret cannot be read, and was not read before.
        """
        document = self._current()
        own = document.get(name)
        shared = {key: value for key, value in document.items() if isinstance(value, str)}
        try:
            return Credential.model_validate({**shared, **(own if isinstance(own, dict) else {})})
        except ValidationError as error:
            message = f"The credential {name} is not of a known form."
            raise Unavailable(message) from error

    def _current(self) -> dict[str, object]:
        if self._clock() - self._read_at < _KEPT_SECONDS:
            return self._document
        try:
            client = boto3.client("secretsmanager", config=_QUICK)
            document = json.loads(client.get_secret_value(SecretId=self._secret_id)["SecretString"])
        except (BotoCoreError, ClientError, ValueError) as error:
            logger.error("The credentials cannot be read.", error_type=type(error).__name__)
            if self._document:
                return self._document
            message = "The credentials of the desks cannot be read."
            raise Unavailable(message) from error
        self._document = document if isinstance(document, dict) else {}
        self._read_at = self._clock()
        return self._document
