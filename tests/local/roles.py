"""The role picker: signs people in to the console on this machine, where no identity provider is.

It belongs to the local stack alone. The deployed function has no such endpoint, and a token of this issuer is worth
nothing anywhere else. The front listens on 127.0.0.1; a page of another origin cannot use the endpoint either, because
it takes JSON only, answers without CORS headers, and goes by the name of this machine.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from tests.local import tokens
from tests.local.issuer import Issuer

TOKEN_PATH: Final = "/local/token"
_LIFETIME_SECONDS: Final = 12 * 3600
_LOCAL_NAMES: Final = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
_SESSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@+-]{0,63}")


class Role(NamedTuple):
    """Somebody who uses the console."""

    label: str
    does: str
    view: str
    """The console's view that they begin with."""
    scopes: str


ROLES: Final = {
    "agent": Role("Agent", "takes over conversations", "agent", "relief/handoffs relief/context.agent"),
    "customer": Role("Customer", "sees and corrects what is known", "customer", "relief/context.customer relief/turns"),
    "supervisor": Role(
        "Supervisor",
        "follows decisions, reviews them, tries other policies",
        "supervisor",
        "relief/context.supervisor relief/handoffs relief/reviews relief/policies relief/metrics",
    ),
    "operations": Role(
        "Operations", "declares and ends incidents", "operations", "relief/incidents relief/metrics relief/handoffs"
    ),
    "integrator": Role(
        "Integrator",
        "tries the API as a customer's bot would",
        "playground",
        "relief/turns relief/context.supervisor relief/handoffs",
    ),
    "everything": Role(
        "Everything",
        "all of the above in one window",
        "agent",
        "relief/turns relief/handoffs relief/context.agent relief/context.customer relief/context.supervisor "
        "relief/incidents relief/reviews relief/policies relief/metrics",
    ),
}

Reply = tuple[int, dict[str, Any]]


class RolePicker:
    """Lists the roles, and issues a token for the one that is picked."""

    def __init__(self, issuer: Issuer, sessions: Callable[[], list[str]]) -> None:
        self._issuer = issuer
        self._sessions = sessions

    def answer(self, environ: Mapping[str, Any]) -> Reply:
        """Answer GET with the roles, and POST of ``{"role", "session_id"}`` with a token."""
        if not _LOCAL_NAMES.fullmatch(environ.get("HTTP_HOST", "")):
            return 403, {"message": "The role picker answers on this machine only."}
        if environ["REQUEST_METHOD"] == "GET":
            roles = [{"name": name, **role._asdict()} for name, role in ROLES.items()]
            return 200, {"roles": roles, "sessions": self._sessions()}
        if (
            environ["REQUEST_METHOD"] != "POST"
            or environ.get("CONTENT_TYPE", "").partition(";")[0] != "application/json"
        ):
            return 405, {"message": "GET lists the roles; POST JSON picks one."}
        return self._issue(environ["wsgi.input"].read(4096))

    def _issue(self, body: bytes) -> Reply:
        try:
            asked = json.loads(body)
            role = ROLES[asked["role"]]
            session = asked.get("session_id")
        except (ValueError, KeyError, TypeError, AttributeError):
            return 422, {"message": f"Pick one of {', '.join(ROLES)}."}
        tied = asked["role"] == "customer"
        if tied and not (isinstance(session, str) and _SESSION.fullmatch(session)):
            return 422, {"message": "A customer sees one conversation: say which, by its session_id."}
        token = tokens.mint(
            self._issuer,
            role.scopes.split(),
            session_id=session if tied else None,
            subject=f"local-{asked['role']}",
            lifetime_seconds=_LIFETIME_SECONDS,
        )
        return 200, {"access_token": token, "token_type": "Bearer", "expires_in": _LIFETIME_SECONDS}
