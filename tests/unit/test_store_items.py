"""Items: what is written can be read, and what has expired cannot."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from relief.contracts.context import SessionContext
from relief.contracts.incident import Incident
from relief.contracts.vocabulary import Channel, Owner
from relief.settings import Settings
from relief.store.items import dump_active, dump_context, load_context, load_incidents
from relief.store.keys import INCIDENT_COPIES, decision_id, handoff_id, incidents_partition_for, record_key
from relief.store.writes import put_context

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


@pytest.fixture
def context() -> SessionContext:
    """A context that lives for another hour."""
    return SessionContext(
        session_id="s-1",
        turn=3,
        owner=Owner.queued,
        created_at=NOW,
        updated_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        channel=Channel.sms,
        facts={"order_number": "A-1"},
    )


def test_a_context_survives_the_round_trip(context: SessionContext) -> None:
    """Given a context, when it is written and read, then it is the same."""
    stored = load_context(dump_context(context, 7), NOW)
    assert stored.context == context
    assert stored.version == 7


def test_an_expired_context_is_not_returned_but_its_version_counts(context: SessionContext) -> None:
    """Given an item past its time that is not deleted yet, then its content is gone and the write can still be guarded."""
    stored = load_context(dump_context(context, 7), NOW + timedelta(hours=2))
    assert stored.context is None
    assert stored.version == 7


def test_attributes_win_over_an_older_document(context: SessionContext) -> None:
    """Given an item that the last resort marked, then owner and turn are those of the attributes."""
    item = dump_context(context.model_copy(update={"owner": Owner.bot}), 7)
    item |= {"owner": {"S": "queued"}, "turn": {"N": "4"}, "version": {"N": "8"}}
    stored = load_context(item, NOW)
    assert stored.context is not None
    assert stored.context.owner is Owner.queued
    assert stored.context.turn == 4
    assert stored.context.facts == {"order_number": "A-1"}


def test_memory_that_outlived_its_document_is_dropped(context: SessionContext) -> None:
    """Given an expired document under a prolonged item, then ownership stays and the facts are gone."""
    item = dump_context(context, 7) | {"expires_at": {"N": str(int((NOW + timedelta(days=1)).timestamp()))}}
    stored = load_context(item, NOW + timedelta(hours=2))
    assert stored.context is not None
    assert stored.context.facts == {}
    assert stored.context.owner is Owner.queued


def test_a_damaged_item_is_said_to_be_damaged(context: SessionContext) -> None:
    """Given an item whose document cannot be read, then it counts as absent and is reported."""
    stored = load_context(dump_context(context, 7) | {"doc": {"S": "{"}}, NOW)
    assert stored.context is None
    assert stored.damaged


def test_incidents_that_ended_or_cannot_be_read_are_left_out() -> None:
    """Given expired and unreadable incident items, then none of them is active."""
    past = str(int(NOW.timestamp()) - 1)
    future = str(int(NOW.timestamp()) + 60)
    items = [{"expires_at": {"N": past}, "doc": {"S": "{}"}}, {"expires_at": {"N": future}, "doc": {"S": "nonsense"}}]
    assert load_incidents(items, NOW) == []


def test_every_session_finds_an_active_incident_in_its_copy_and_copies_share_the_reads() -> None:
    """Given an incident as it is written, then each session's copy holds it, and no copy has more than its share."""
    incident = Incident.model_validate(
        {
            "incident_id": "cards",
            "severity": "major",
            "messages": {"en": "We know of it."},
            "queue": "crisis",
            "declared_at": NOW,
            "expires_at": NOW + timedelta(hours=1),
            "version": 1,
        }
    )
    items = {item["pk"]["S"]: item for item in dump_active(incident)}
    read = Counter(incidents_partition_for(f"session-{number}") for number in range(16_000))
    assert read.keys() == items.keys()
    assert len(items) == INCIDENT_COPIES
    assert max(read.values()) < 1.2 * 16_000 / INCIDENT_COPIES
    assert all(load_incidents([item], NOW) == [incident] for item in items.values())


def test_identifiers_lead_to_their_records_and_nothing_else_does() -> None:
    """Given identifiers of ours, then they are keys; given anything else, then there is none."""
    decision = record_key(decision_id("s-1", "t-1"))
    handoff = record_key(handoff_id("s-1", "t-1"))
    assert decision is not None
    assert handoff is not None
    assert decision.pk == handoff.pk
    assert decision.sk.startswith("DECISION#")
    assert handoff.sk.startswith("HANDOFF#")
    for other in ("", "dec_", "SESSION#1", "dec_xyz_123", decision_id("s", "t") + "0"):
        assert record_key(other) is None


def test_a_session_that_starts_again_is_not_taken_for_the_one_that_was_erased(context: SessionContext) -> None:
    """Given a session erased at its first version, when another starts later, then their versions differ."""
    settings = Settings(table_name="table")
    later = context.model_copy(update={"created_at": NOW + timedelta(seconds=1)})
    first, second = (put_context(one, 0, settings)["Put"]["Item"]["version"] for one in (context, later))
    assert first != second
    following = put_context(context, int(first["N"]), settings)["Put"]
    assert following["ExpressionAttributeValues"] == {":seen": first}
    assert int(following["Item"]["version"]["N"]) == int(first["N"]) + 1
