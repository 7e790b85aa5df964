"""Declaring, amending, confirming and ending incidents: what is refused, in words that say what to do, and races that are lost."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from pydantic import ValidationError

from relief.contracts.incident import IncidentChanged, IncidentRecord, IncidentRequest, TurnMark
from relief.contracts.vocabulary import Channel, IncidentCause, IncidentChange, IncidentState, Part
from relief.errors import IncidentConflict, ReliefError, RequestInvalid
from relief.incidents import authoring
from relief.incidents.authoring import MAX_ACTIVE, MAX_CHANGES, Actor
from relief.incidents.known import load_known_names
from relief.incidents.office import IncidentOffice
from relief.incidents.preview import preview_incident
from relief.incidents.wording import MessageTemplate, review_messages
from relief.settings import Settings

NOW: Final = datetime(2026, 11, 2, 9, tzinfo=UTC)
WORDS: Final = {"en": "We know of a problem and we are on it."}
ANN: Final = Actor("ann")


def request(**fields: Any) -> IncidentRequest:
    return IncidentRequest.model_validate(fields)


def declared(name: str = "outage", others: Sequence[IncidentRecord] = (), **fields: Any) -> IncidentRecord:
    asked = request(**({"messages": WORDS} | fields))
    return authoring.declare(name, asked, others, ANN, load_known_names(), NOW)


def told(error: ReliefError) -> str:
    """Return everything that an error tells the caller."""
    return " ".join([error.detail, *(one.message for one in error.errors)])


def amended(record: IncidentRecord, **fields: Any) -> IncidentRecord:
    asked = request(**({"version": record.version} | fields))
    return authoring.amend(record, asked, ANN, load_known_names(), NOW)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"messages": WORDS, "template": "outage"}, "send either messages, or template with its variables"),
        ({"messages": WORDS, "variables": {"team": "x"}}, "send either messages, or template with its variables"),
        ({"confirm": True}, "confirm needs version"),
        ({"confirm": True, "version": 1, "severity": "minor"}, "takes nothing but why beside it"),
        ({"messages": WORDS, "expires_at": None}, "an incident always ends"),
    ],
)
def test_a_request_that_says_two_things_is_refused(fields: dict[str, Any], said: str) -> None:
    """Given fields that contradict each other, then the request is refused and told which to leave out."""
    with pytest.raises(ValidationError, match=said):
        request(**fields)
    assert request(confirm=True, version=1, why="Looked at it.").confirm


def test_no_more_incidents_are_declared_than_every_turn_can_read() -> None:
    """Given as many open incidents as may be, then one more is refused, and one that ended makes room."""
    others = [declared(f"outage-{number}") for number in range(MAX_ACTIVE)]
    with pytest.raises(IncidentConflict, match="resolve or amend one of them"):
        declared("one-more", others)
    others[0] = authoring.end(others[0], 1, ANN, NOW)
    assert declared("one-more", others).state is IncidentState.active


@pytest.mark.parametrize(
    ("name", "taken", "said"),
    [
        ("outage", "outage", "It is declared already. Send version 1 to amend it."),
        ("OUTAGE", "outage", "There is an incident outage already, which people would take for this one."),
        ("-outage", "other", "a letter or digit comes first"),
    ],
)
def test_a_name_that_is_taken_or_cannot_be_is_refused(name: str, taken: str, said: str) -> None:
    """Given a name that is in use, looks like one in use or cannot stand in a path, then it is refused."""
    with pytest.raises((IncidentConflict, RequestInvalid)) as caught:
        declared(name, [declared(taken)])
    assert said in told(caught.value)


def test_an_amendment_changes_what_it_names_and_nothing_else() -> None:
    """Given an amendment, then the fields that it names are replaced and listed; none at all is refused."""
    record = declared(severity="minor", staffing=3)
    after = amended(record, severity="critical", messages={"en": "It takes longer. We will tell you by noon."})
    assert (after.severity, after.staffing, after.version) == ("critical", 3, 2)
    assert after.audit[-1].fields == ["messages", "severity"]
    assert after.messages["en"].endswith("by noon.")
    with pytest.raises(RequestInvalid, match="body"):
        amended(record, why="For no reason.")
    with pytest.raises(RequestInvalid, match="variables"):
        amended(record, variables={"team": "x"})


def test_who_has_not_seen_the_last_change_is_told_to_read_it_again() -> None:
    """Given an incident that somebody changed, then an amendment, confirmation or end for the version before is refused."""
    record = amended(declared(), severity="critical")
    for attempt in (
        lambda: amended(record, version=1, severity="minor"),
        lambda: authoring.confirm(record, 1, Actor("bob"), NOW),
        lambda: authoring.end(record, 1, ANN, NOW),
    ):
        with pytest.raises(IncidentConflict, match="it is at version 2 now"):
            attempt()
    assert authoring.end(record, None, ANN, NOW).state is IncidentState.resolved


def test_only_a_proposal_is_confirmed_and_only_what_is_open_is_changed() -> None:
    """Given an active incident, then there is nothing to confirm; given one that ended, then nothing is changed any more."""
    record = declared()
    with pytest.raises(IncidentConflict, match="active already"):
        authoring.confirm(record, 1, Actor("bob"), NOW)
    over = authoring.end(record, 1, ANN, NOW)
    with pytest.raises(IncidentConflict, match="It is over"):
        amended(over, severity="minor")
    assert authoring.end(over, 1, ANN, NOW) == over


def test_an_incident_is_not_amended_without_end_but_can_always_be_ended() -> None:
    """Given an incident that was changed as often as may be, then it is not amended again; it can be ended."""
    record = declared()
    while len(record.audit) < MAX_CHANGES:
        record = amended(record, severity="minor")
    with pytest.raises(IncidentConflict, match="declare a new one"):
        amended(record, severity="major")
    assert authoring.end(record, record.version, ANN, NOW).state is IncidentState.resolved


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("We are on {what}, and will tell you by noon.", "a blank that was not filled in"),
        ("We know of it! More by noon.", "is loud"),
        ("Soon.", "say in a sentence"),
        ("We know of a problem. " * 40, "people read"),
    ],
)
def test_a_message_that_cannot_be_sent_is_refused(message: str, said: str) -> None:
    """Given a message with a blank, a loud one, a short or a long one, then it is refused with what is wrong."""
    with pytest.raises(RequestInvalid) as caught:
        review_messages({"en": message})
    assert said in told(caught.value)


def test_a_template_names_its_blanks_in_every_language() -> None:
    """Given a language whose text lacks a variable, then the template is not taken."""
    document = {
        "name": "late",
        "for": "Something is late.",
        "variables": {"what": {"means": "What is late.", "example": "parcels"}},
        "messages": {"en": "We know that {what} are late.", "de": "Es ist etwas verspätet."},
    }
    with pytest.raises(ValidationError, match="the text in de does not name exactly the variables"):
        MessageTemplate.model_validate(document)


class Records:
    """Incidents in memory, whose writes come too late as often as they are told to."""

    def __init__(self, *records: IncidentRecord, lost: int = 0) -> None:
        self.records = {one.incident_id: one for one in records}
        self.lost = lost

    def list_records(self, now: datetime) -> list[IncidentRecord]:
        return list(self.records.values())

    def find_record(self, incident_id: str, now: datetime) -> IncidentRecord | None:
        return self.records.get(incident_id)

    def save(self, record: IncidentRecord, seen: int) -> bool:
        self.lost -= 1
        if self.lost >= 0:
            return False
        self.records[record.incident_id] = record
        return True

    def list_followups(self, *_: Any) -> Any:
        raise NotImplementedError


class Bus:
    """Notes what it is told; takes nothing while it is down."""

    def __init__(self, *, down: bool = False) -> None:
        self.down = down
        self.told: list[tuple[str, IncidentChanged]] = []

    def announce_incident(self, kind: str, event: IncidentChanged) -> bool:
        self.told.append((kind, event))
        return not self.down


def office(records: Records, bus: Bus | None = None) -> IncidentOffice:
    return IncidentOffice(Settings(), records, bus or Bus())


def test_a_declaration_that_was_overtaken_is_made_again_and_told_once() -> None:
    """Given others who declare at the same moment, then it is tried again; given no end of them, then it says so."""
    records, bus = Records(lost=1), Bus()
    record = office(records, bus).put("outage", request(messages=WORDS), ANN, NOW)
    assert records.records["outage"] == record
    assert [(kind, event.cause) for kind, event in bus.told] == [("IncidentDeclared", IncidentCause.operator)]
    busy, silent = Records(lost=1_000), Bus()
    with pytest.raises(IncidentConflict, match="nothing of your request was done"):
        office(busy, silent).put("outage", request(messages=WORDS), ANN, NOW)
    assert (busy.records, silent.told) == ({}, [])


def test_an_end_that_was_overtaken_is_made_again_and_told_once() -> None:
    """Given others who change the incident at the same moment, then its end is tried again, or said to have failed."""
    records, bus = Records(declared(), lost=1), Bus(down=True)
    ended = office(records, bus).resolve("outage", None, ANN, NOW)
    assert ended.state is IncidentState.resolved
    assert ended.degraded == [Part.announce.value]
    assert len(bus.told) == 1
    with pytest.raises(IncidentConflict, match="Send it again"):
        office(Records(declared(), lost=1_000)).resolve("outage", None, ANN, NOW)


def test_what_a_person_has_ended_an_update_of_aws_health_does_not_propose_again() -> None:
    """Given a proposal of AWS Health that a person withdrew, when its next update comes, then nothing is proposed."""
    records = Records()
    ask = {"cause": IncidentCause.health, "now": NOW, "confirmed": False}
    first = office(records).propose("health-1", request(messages=WORDS), "arn:1", **ask)
    assert first is not None
    assert first.audit[-1].change is IncidentChange.proposed
    assert office(records).propose("health-2", request(messages=WORDS), "arn:1", **ask) is None
    office(records).resolve("health-1", None, ANN, NOW)
    assert office(records).propose("health-3", request(messages=WORDS), "arn:1", **ask) is None
    assert office(records).propose("health-4", request(messages=WORDS), "arn:2", **ask) is not None


class Hour:
    """An hour in which nobody wrote, or somebody did whom a scope does not touch."""

    def __init__(self, marks: list[Any]) -> None:
        self.marks = marks

    def read_marks(self, bucket: int, shard: int, limit: int) -> list[Any]:
        return self.marks

    def list_open(self, *_: Any) -> tuple[list[Any], None]:
        return [], None


def test_a_preview_warns_of_what_nobody_would_notice() -> None:
    """Given a scope that matches nobody, in one language, when it is looked at first, then both are warned of."""
    mark = ("0" * 64, int(NOW.timestamp()) - 60, TurnMark(intent="refund", channel=Channel.sms))
    record = declared(scope={"products": ["crad"]}, messages=WORDS)
    store = Hour([mark])
    preview = preview_incident(store, record, [], NOW, 1, second_person=False)
    assert any("Check the spelling of products" in one for one in preview.warnings)
    assert any("no message in " in one and "de" in one for one in preview.warnings)
