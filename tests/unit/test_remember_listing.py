"""A customer's sessions are listed, so that they can be erased; each turn pays for that as little as possible."""

from datetime import timedelta
from typing import Any

from tests.pipeline import Session


def listing_of(session: Session) -> dict[str, Any] | None:
    """Return the listing among the last turn's writes."""
    items = [write["Put"]["Item"] for write in session.writes if "Put" in write]
    return next((item for item in items if item["pk"]["S"].startswith("CUSTOMER#")), None)


def test_a_new_session_is_listed_once() -> None:
    """Given a session of a customer, then its first turn lists it, and the next turn does not."""
    session = Session()
    session.say("hello", customer={"ref": "k1.a"})
    listing = listing_of(session)
    assert listing is not None
    assert set(listing) == {"pk", "sk", "expires_at"}
    assert listing["pk"]["S"] == "CUSTOMER#k1.a"
    assert listing["sk"] == (session.item or {})["pk"]
    session.say("hello again", customer={"ref": "k1.a"})
    assert listing_of(session) is None
    session.say("without any customer")
    assert listing_of(session) is None


def test_the_transaction_begins_with_context_and_decision() -> None:
    """Given a listing and a hand-over, then the writes that the workflow tells races by still come first."""
    session = Session()
    session.say("a human please", customer={"ref": "k1.a"})
    keys = [
        (write.get("Put") or write["Update"]).get("Item", {}).get("sk", {}).get("S", "") for write in session.writes
    ]
    assert [key.partition("#")[0] for key in keys[:5]] == ["CONTEXT", "DECISION", "HANDOFF", "SESSION", "LATEST"]
    assert [write["Put"]["Item"]["pk"]["S"].partition("#")[0] for write in session.writes[5:]] == ["TURNS"]


def test_another_reference_is_listed_anew() -> None:
    """Given another customer, or the same one under a new key, then the session is listed under that reference too."""
    session = Session()
    session.say("hello", customer={"ref": "k1.a"})
    session.say("hello", customer={"ref": "k2.a"})
    listing = listing_of(session)
    assert listing is not None
    assert listing["pk"]["S"] == "CUSTOMER#k2.a"


def test_the_listing_outlives_every_record_of_a_session_that_goes_on() -> None:
    """Given a session of a week, then the listing is renewed once a day, and no record outlives it."""
    session = Session()
    renewals = 0
    until = 0
    for _ in range(7 * 4):
        session.say("hello", customer={"ref": "k1.a"})
        listing = listing_of(session)
        if listing is not None:
            renewals += 1
            until = int(listing["expires_at"]["N"])
        lives = [int(write["Put"]["Item"]["expires_at"]["N"]) for write in session.writes[:2]]
        assert max(lives) <= until
        session.now += timedelta(hours=6)
    assert renewals <= 8


def test_a_session_without_customer_is_not_listed() -> None:
    """Given nobody's session, then there is nothing to list, and no record names a customer."""
    session = Session()
    session.say("hello")
    assert listing_of(session) is None
    assert all("customer" not in write["Put"]["Item"] for write in session.writes)


def test_a_record_names_the_reference_that_it_is_listed_under() -> None:
    """Given a listed session, then context and decision name the reference, so that erasing them erases the entry."""
    session = Session()
    session.say("hello", customer={"ref": "k1.a"})
    assert [write["Put"]["Item"]["customer"]["S"] for write in session.writes[:2]] == ["k1.a", "k1.a"]
