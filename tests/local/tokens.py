"""Access tokens: minting them for the local stack, and verifying them as API Gateway's JWT authorizer does."""

import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import jwt

from tests.local.issuer import ALGORITHM, Issuer

DEFAULT_LIFETIME_SECONDS: Final = 3600

_REMEMBERED_TOKENS: Final = 1000


def mint(
    issuer: Issuer,
    scopes: Iterable[str],
    *,
    session_id: str | None = None,
    subject: str = "local-client",
    lifetime_seconds: int = DEFAULT_LIFETIME_SECONDS,
    **claims: Any,
) -> str:
    """Return a signed access token with the claims that Cognito gives to a client with credentials of its own.

    Args:
        issuer: Who signs.
        scopes: What the token allows.
        session_id: The value of the claim `session_id`, which ties the token to one session.
        subject: Who the token is for: the claims sub and client_id.
        lifetime_seconds: A negative one makes a token that has expired.
        claims: More claims, or other values for the usual ones.
    """
    now = int(time.time())
    payload = {
        "sub": subject,
        "token_use": "access",
        "scope": " ".join(scopes),
        "auth_time": now,
        "iss": issuer.url,
        "aud": issuer.audience,
        "exp": now + lifetime_seconds,
        "iat": now,
        "version": 2,
        "jti": str(uuid4()),
        "client_id": subject,
    }
    if session_id is not None:
        payload["session_id"] = session_id
    return jwt.encode(payload | claims, issuer.signing_key, algorithm=ALGORITHM, headers={"kid": issuer.key_id})


class InvalidTokenError(Exception):
    """The token is no valid one; the text says why."""


@dataclass(frozen=True)
class Verified:
    """What a valid token says."""

    claims: Mapping[str, Any]
    scopes: frozenset[str]


class Verifier:
    """Verifies tokens against an issuer's public key, and remembers those whose signature it has verified."""

    def __init__(self, issuer: Issuer, *, issuer_url: str, audiences: Iterable[str]) -> None:
        self._key = issuer.signing_key.public_key()
        self._key_id = issuer.key_id
        self._issuer_url = issuer_url
        self._audiences = frozenset(audiences)
        self._known: OrderedDict[str, Verified] = OrderedDict()

    def verify(self, token: str) -> Verified:
        """Return what the token says.

        Raises:
            InvalidTokenError: The signature, issuer, audience or a time is wrong, or the text is no token at all.
        """
        verified = self._known.get(token)
        if verified is None:
            verified = self._verify_signature(token)
            self._known[token] = verified
            if len(self._known) > _REMEMBERED_TOKENS:
                self._known.popitem(last=False)
        # Times are compared at every use: what was valid a minute ago may have expired.
        _check_times(verified.claims)
        return verified

    def _verify_signature(self, token: str) -> Verified:
        try:
            if jwt.get_unverified_header(token).get("kid") != self._key_id:
                message = "unknown key"
                raise InvalidTokenError(message)
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=self._issuer_url,
                options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError as error:
            raise InvalidTokenError(str(error)) from error
        self._check_audience(claims)
        # OAuth's name is scope, a text with blanks; some issuers have scp, a list.
        scopes = claims.get("scope", claims.get("scp", ""))
        return Verified(claims, frozenset(scopes.split() if isinstance(scopes, str) else scopes))

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        """Compare aud, or client_id where there is no aud: Cognito's access tokens have only the latter."""
        audience = claims.get("aud", claims.get("client_id"))
        given = set(audience) if isinstance(audience, list) else {audience}
        if not given & self._audiences:
            message = "wrong audience"
            raise InvalidTokenError(message)


def _check_times(claims: Mapping[str, Any]) -> None:
    now = time.time()
    try:
        if now >= float(claims["exp"]):
            message = "the token has expired"
            raise InvalidTokenError(message)
        if float(claims.get("nbf", 0)) > now:
            message = "the token is not valid yet"
            raise InvalidTokenError(message)
        # Clocks differ a little.
        if float(claims.get("iat", 0)) > now + 60:
            message = "the token was issued in the future"
            raise InvalidTokenError(message)
    except (KeyError, TypeError, ValueError) as error:
        message = "a time is missing or no number"
        raise InvalidTokenError(message) from error
