"""List a session under its customer, so that everything of a customer can be found and erased."""

from datetime import datetime, timedelta

from relief.contracts.context import Listing, SessionContext
from relief.settings import Settings
from relief.store.writes import Write, put_listing


def list_session(context: SessionContext, now: datetime, settings: Settings) -> tuple[SessionContext, Write | None]:
    """Return the context with its listing noted, and the write that is due, if one is.

    The entry must outlive every record that this turn leaves. It is written when the session is new, when the
    customer's reference is (another customer, or a new key), and once a day while a session goes on.
    """
    reference = context.customer.ref
    if reference is None:
        return context, None
    listed = context.listed
    needed = now + timedelta(seconds=settings.record_seconds)
    if listed is not None and listed.customer == reference and listed.until >= needed:
        return context, None
    listing = Listing(customer=reference, until=now + timedelta(seconds=settings.listing_seconds))
    return context.model_copy(update={"listed": listing}), put_listing(context.session_id, listing, settings)
