"""Who may see what: scopes and claims of the token, checked before anything is read."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from relief.contracts.vocabulary import View
from relief.errors import ScopeMissing, SessionForbidden

_SCOPE_OF_VIEW = {
    View.supervisor: "relief/context.supervisor",
    View.agent: "relief/context.agent",
    View.customer: "relief/context.customer",
}
"""The view that each scope stands for, the widest first."""

_MAX_SUBJECT = 128
_CUSTOMER = _SCOPE_OF_VIEW[View.customer]
_SUPERVISOR = _SCOPE_OF_VIEW[View.supervisor]
_ERASE = "relief/erase"


class Caller(NamedTuple):
    """What the token says of the caller."""

    scopes: frozenset[str]
    session_id: str | None
    subject: str = ""
    """Who the token was issued to, for audit trails; empty when it does not say."""

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> "Caller":
        """Read the claims that the gateway has verified."""
        session_id = claims.get("session_id")
        subject = str(claims.get("sub") or claims.get("client_id") or "")[:_MAX_SUBJECT]
        return cls(frozenset(str(claims.get("scope", "")).split()), str(session_id) if session_id else None, subject)


def require_scope(caller: Caller, scopes: tuple[str, ...]) -> None:
    """Check the scope again, in case a gateway in front is configured wrongly.

    Raises:
        ScopeMissing: the token has none of the scopes.
    """
    if not caller.scopes & set(scopes):
        message = f"This call needs a token with the scope {' or '.join(scopes)}."
        raise ScopeMissing(message)


def allow_view(caller: Caller, session_id: str, view: View | None) -> View:
    """Return the view that the caller gets: the one asked for, or else the widest that the token allows.

    A supervisor sees every view, any other role its own. A customer sees their own session alone.

    Raises:
        ScopeMissing: the token does not allow this view.
        SessionForbidden: a customer's token is tied to another session, or to none.
    """
    require_scope(caller, tuple(_SCOPE_OF_VIEW.values()))
    wanted = view or next(one for one, scope in _SCOPE_OF_VIEW.items() if scope in caller.scopes)
    if _SUPERVISOR in caller.scopes:
        return wanted
    require_scope(caller, (_SCOPE_OF_VIEW[wanted], _SUPERVISOR))
    if wanted is View.customer:
        _require_own_session(caller, session_id)
    return wanted


def allow_turn(caller: Caller, session_id: str) -> None:
    """Let a token that is tied to a session speak for that session alone; a bot's token is tied to none.

    Raises:
        SessionForbidden: the token is tied to another session.
    """
    if caller.session_id is not None:
        _require_own_session(caller, session_id)


def allow_export(caller: Caller, session_id: str) -> None:
    """Let customers export their own session, and whoever may erase any.

    Raises:
        ScopeMissing, SessionForbidden: as for a view.
    """
    require_scope(caller, (_CUSTOMER, _ERASE))
    if _ERASE not in caller.scopes:
        _require_own_session(caller, session_id)


def _require_own_session(caller: Caller, session_id: str) -> None:
    if caller.session_id is None or caller.session_id != session_id:
        message = "A customer's token needs the claim session_id, and sees that session alone."
        raise SessionForbidden(message)
