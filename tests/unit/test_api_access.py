"""Who may see what, before anything is read."""

import pytest

from relief.api.access import Caller, allow_export, allow_turn, allow_view
from relief.contracts.vocabulary import View
from relief.errors import ReliefError, ScopeMissing, SessionForbidden

AGENT, CUSTOMER, SUPERVISOR = "relief/context.agent", "relief/context.customer", "relief/context.supervisor"


def caller(*scopes: str, session_id: str | None = None) -> Caller:
    """A caller with these scopes, tied to a session or not."""
    claims = {"scope": " ".join(scopes)} | ({"session_id": session_id} if session_id else {})
    return Caller.from_claims(claims)


@pytest.mark.parametrize(
    ("who", "wanted", "got"),
    [
        (caller(AGENT), View.agent, View.agent),
        (caller(AGENT), None, View.agent),
        (caller(SUPERVISOR), None, View.supervisor),
        (caller(SUPERVISOR), View.customer, View.customer),
        (caller(SUPERVISOR), View.agent, View.agent),
        (caller(CUSTOMER, session_id="s-1"), View.customer, View.customer),
        (caller(CUSTOMER, session_id="s-1"), None, View.customer),
        (caller(AGENT, CUSTOMER, session_id="s-1"), None, View.agent),
        (caller(AGENT, CUSTOMER, session_id="s-1"), View.customer, View.customer),
    ],
)
def test_a_role_gets_its_view(who: Caller, wanted: View | None, got: View) -> None:
    """Given a token that allows a view, then that view is shown; without a wish the widest one."""
    assert allow_view(who, "s-1", wanted) is got


@pytest.mark.parametrize(
    ("who", "wanted", "error"),
    [
        (caller(), None, ScopeMissing),
        (caller("relief/turns", "relief/erase"), View.agent, ScopeMissing),
        (caller(AGENT), View.customer, ScopeMissing),
        (caller(AGENT), View.supervisor, ScopeMissing),
        (caller(CUSTOMER, session_id="s-1"), View.agent, ScopeMissing),
        (caller(CUSTOMER, session_id="s-1"), View.supervisor, ScopeMissing),
        (caller(CUSTOMER, session_id="s-2"), View.customer, SessionForbidden),
        (caller(CUSTOMER, session_id="s-2"), None, SessionForbidden),
        (caller(CUSTOMER), View.customer, SessionForbidden),
        (caller(AGENT, CUSTOMER, session_id="s-2"), View.customer, SessionForbidden),
    ],
)
def test_nobody_gets_the_view_of_another(who: Caller, wanted: View | None, error: type[ReliefError]) -> None:
    """Given a token that does not allow a view, or is tied to another session, then it is refused."""
    with pytest.raises(error):
        allow_view(who, "s-1", wanted)


def test_a_token_that_is_tied_to_a_session_posts_to_that_session_alone() -> None:
    """Given a customer's token that may post turns, then it does so in its own session; a bot's token in any."""
    allow_turn(caller("relief/turns", CUSTOMER, session_id="s-1"), "s-1")
    allow_turn(caller("relief/turns"), "s-2")
    with pytest.raises(SessionForbidden):
        allow_turn(caller("relief/turns", CUSTOMER, session_id="s-1"), "s-2")


@pytest.mark.parametrize("who", [caller("relief/erase"), caller(CUSTOMER, session_id="s-1")])
def test_an_export_is_for_its_customer_and_for_whoever_may_erase(who: Caller) -> None:
    """Given the customer's own token or one that may erase, then the export is allowed."""
    allow_export(who, "s-1")


@pytest.mark.parametrize(
    ("who", "error"),
    [
        (caller(SUPERVISOR), ScopeMissing),
        (caller(CUSTOMER), SessionForbidden),
        (caller(CUSTOMER, session_id="s-2"), SessionForbidden),
    ],
)
def test_an_export_is_for_nobody_else(who: Caller, error: type[ReliefError]) -> None:
    """Given any other token, then the export is refused."""
    with pytest.raises(error):
        allow_export(who, "s-1")
