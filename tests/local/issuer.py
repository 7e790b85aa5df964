"""The local issuer of tokens: a key pair, and what an OpenID Connect provider publishes about it."""

import json
import os
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.local.errors import LocalStackError

ALGORITHM: Final = "RS256"
JWKS_PATH: Final = "/.well-known/jwks.json"
CONFIGURATION_PATH: Final = "/.well-known/openid-configuration"

# The name in every token, whatever port the stack of a test has: a token must stay valid from one start to the next.
_ISSUER_URL: Final = "http://127.0.0.1:8000"
_AUDIENCE: Final = "relief"
DEFAULT_FILE: Final = Path(__file__).parents[2] / ".local" / "issuer.json"


@dataclass(frozen=True)
class Issuer:
    """An issuer of tokens."""

    url: str
    audience: str
    key_id: str
    private_key: str
    """PEM."""

    @classmethod
    def load(cls, file: Path | None = None) -> "Issuer":
        """Return the issuer kept in the file, or in .local; the first call makes one that only this user can read.

        Raises:
            LocalStackError: The file is there but holds no issuer.
        """
        file = file or DEFAULT_FILE
        if not file.exists():
            _keep(cls._new(), file)
        try:
            return cls(**json.loads(file.read_text("utf-8")))
        except (ValueError, TypeError) as error:
            message = f"{file} holds no issuer: delete it, and a new one will be made."
            raise LocalStackError(message) from error

    @classmethod
    def _new(cls) -> "Issuer":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return cls(_ISSUER_URL, _AUDIENCE, uuid4().hex, pem.decode())

    @cached_property
    def signing_key(self) -> rsa.RSAPrivateKey:
        """The private key."""
        key = serialization.load_pem_private_key(self.private_key.encode(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            message = "The issuer's key is no RSA key: delete .local/issuer.json."
            raise LocalStackError(message)
        return key

    @property
    def key_set(self) -> dict[str, Any]:
        """The JSON Web Key Set."""
        key = RSAAlgorithm.to_jwk(self.signing_key.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self.key_id, "use": "sig", "alg": ALGORITHM}]}

    @property
    def configuration(self) -> dict[str, Any]:
        """The OpenID Connect discovery document, as far as a verifier of tokens reads it."""
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}{JWKS_PATH}",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        }


def _keep(issuer: Issuer, file: Path) -> None:
    """Write the file in one step: two processes that start at the same time must end up with the same key."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = json.dumps(
        {
            "url": issuer.url,
            "audience": issuer.audience,
            "key_id": issuer.key_id,
            "private_key": issuer.private_key,
        },
        indent=2,
    )
    descriptor, draft = tempfile.mkstemp(dir=file.parent)  # readable for this user alone
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(content + "\n")
    try:
        os.link(draft, file)
    except FileExistsError:
        pass  # the other process was faster: its key is the one
    finally:
        Path(draft).unlink()
