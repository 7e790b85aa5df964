"""Keyed references: a customer is remembered under a hash that nobody can turn back without the key.

Keys rotate: new references are made with the current key, and those made with a previous one are still found through
``ReferenceKeys.candidates`` until their items expire.
"""

import base64
import binascii
import hmac
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretBytes, SecretStr, model_validator

CUSTOMER = "customer"
"""The purpose under which customer references are hashed. Another purpose gives an unrelated hash."""

_DIGEST = "sha256"
_HASH_BYTES = 16
"""128 bits: RFC 2104 section 5 allows truncation to no less than half of SHA-256's output."""

_SHORTEST_KEY_BYTES = 32
"""RFC 2104 section 3: a key no shorter than the hash's output."""


def hash_reference(reference: str, key: bytes, purpose: str = CUSTOMER, key_id: str = "k1") -> str:
    """Return ``<key id>.<22 url-safe characters>``: HMAC-SHA-256 of the purpose and the reference, cut to 128 bits."""
    message = purpose.encode() + b"\x00" + reference.encode("utf-8", "surrogatepass")
    digest = hmac.digest(key, message, _DIGEST)[:_HASH_BYTES]
    return f"{key_id}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def _decode_key(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value.translate(str.maketrans("-_", "+/")) + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        message = "a key must be base64"
        raise ValueError(message) from None


KeyId = Annotated[str, Field(pattern=r"^[a-z0-9]{1,8}$")]
KeyMaterial = Annotated[SecretBytes, BeforeValidator(_decode_key), Field(min_length=_SHORTEST_KEY_BYTES)]


class ReferenceKeys(BaseModel):
    """The current key and those before it. Its representation never shows key material.

    The secret's JSON is ``{"current": "k2", "keys": {"k1": "<base64>", "k2": "<base64>"}}``, each key at least
    32 bytes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    current: KeyId
    keys: Annotated[dict[KeyId, KeyMaterial], Field(min_length=1, max_length=8)]

    @model_validator(mode="after")
    def _knows_current(self) -> Self:
        if self.current not in self.keys:
            message = "the current key is not among the keys"
            raise ValueError(message)
        return self

    @classmethod
    def from_secret(cls, secret: str | SecretStr) -> Self:
        """Parse the JSON secret string; raises ``pydantic.ValidationError``, which does not show the input."""
        return cls.model_validate_json(secret.get_secret_value() if isinstance(secret, SecretStr) else secret)

    def hash(self, reference: str, purpose: str = CUSTOMER) -> str:
        """Hash with the current key: what new items are stored under."""
        return self._hash_with(self.current, reference, purpose)

    def candidates(self, reference: str, purpose: str = CUSTOMER) -> tuple[str, ...]:
        """Return the hashes under which a reference may be stored, that of the current key first."""
        previous = sorted(key_id for key_id in self.keys if key_id != self.current)
        return tuple(self._hash_with(key_id, reference, purpose) for key_id in (self.current, *previous))

    def _hash_with(self, key_id: str, reference: str, purpose: str) -> str:
        return hash_reference(reference, self.keys[key_id].get_secret_value(), purpose, key_id)
