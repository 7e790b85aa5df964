"""Incident mode without AWS: who goes first, who may confirm, what looks forgotten, and how a preview estimates."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from relief.contracts.incident import Incident, IncidentRecord, IncidentRequest, IncidentScope, TurnMark
from relief.contracts.vocabulary import Channel, IncidentState, ReasonCode
from relief.decide.incidents import match_incident, message_for, settle_priority
from relief.errors import IncidentConflict, RequestInvalid
from relief.incidents import authoring
from relief.incidents.authoring import Actor
from relief.incidents.known import load_known_names
from relief.incidents.preview import count_turns
from relief.incidents.watch import looks_forgotten
from relief.incidents.wording import load_templates, render_template, review_messages
from relief.store.items import dump_mark

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
WORDS = {"en": "We know of a problem and we are on it."}


def declared(second_person: bool = False, **fields: Any) -> IncidentRecord:  # noqa: FBT001, FBT002 - reads well here
    """Return a new incident."""
    request = IncidentRequest.model_validate({"messages": WORDS, **fields})
    return authoring.declare("x", request, (), Actor("one"), load_known_names(), NOW, second_person=second_person)


def test_a_scope_that_matches_everything_waits_for_a_second_person() -> None:
    """Given the parameter, then such a scope is proposed; who proposed it cannot confirm it, somebody else can."""
    proposed = declared(second_person=True)
    assert proposed.state is IncidentState.proposed
    with pytest.raises(IncidentConflict, match="second person"):
        authoring.confirm(proposed, 1, Actor("one"), NOW)
    assert authoring.confirm(proposed, 1, Actor("two"), NOW).state is IncidentState.active
    narrow = declared(second_person=True, scope={"intents": ["billing"]})
    assert narrow.state is IncidentState.active
    widened = IncidentRequest.model_validate({"version": 1, "scope": {}})
    with pytest.raises(IncidentConflict, match="second person"):
        authoring.amend(narrow, widened, Actor("one"), load_known_names(), NOW, second_person=True)


def test_an_end_is_always_set_and_extended_knowingly() -> None:
    """Given no end, then it is four hours away; an amendment that does not name it leaves it alone."""
    record = declared()
    assert record.expires_at == NOW + timedelta(hours=4)
    later = NOW + timedelta(hours=1)
    amend = IncidentRequest.model_validate({"version": 1, "severity": "minor"})
    assert authoring.amend(record, amend, Actor("one"), load_known_names(), later).expires_at == record.expires_at
    with pytest.raises(RequestInvalid, match="expires_at"):
        declared(expires_at=NOW + timedelta(hours=72, seconds=1))
    assert declared(expires_at=NOW + timedelta(hours=72)).expires_at == NOW + timedelta(hours=72)


@pytest.mark.parametrize(
    ("age_hours", "life_hours", "forgotten"),
    [
        (0, 4, False),
        (3.4, 4, False),
        (3.6, 4, True),
        (0.1, 0.4, False),
        (0.3, 0.4, True),
        (11.9, 72, False),
        (12, 72, True),
    ],
)
def test_what_is_about_to_end_or_very_old_looks_forgotten(
    age_hours: float,
    life_hours: float,
    forgotten: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Given an incident's age and life, then it is reported near its end and after half a day, not from the start."""
    record = declared(expires_at=NOW + timedelta(hours=life_hours))
    assert looks_forgotten(record, NOW + timedelta(hours=age_hours)) is forgotten
    proposed = record.model_copy(update={"state": IncidentState.proposed})
    assert looks_forgotten(proposed, NOW + timedelta(minutes=15))


def test_safety_is_ahead_of_whatever_others_add_up_to() -> None:
    """Given the lowest safety case and the highest of the others, then safety is ahead."""
    others = max(settle_priority(points, [ReasonCode.CUSTOMER_REQUEST]) for points in range(-10, 300))
    safety = min(settle_priority(points, [ReasonCode.SAFETY_OR_VULNERABILITY]) for points in range(-10, 300))
    assert safety > others
    assert max(settle_priority(points, [ReasonCode.SAFETY_OR_VULNERABILITY]) for points in range(300)) == 100


def test_the_most_specific_incident_wins_then_the_severer_then_the_older() -> None:
    """Given incidents that all match, then kinds of scope decide, then severity, then age."""

    def one(name: str, severity: str = "major", minutes: int = 0, **scope: Any) -> Incident:
        fields = {"incident_id": name, "severity": severity, "scope": scope, "messages": WORDS}
        at = NOW + timedelta(minutes=minutes)
        return Incident.model_validate({**fields, "declared_at": at, "expires_at": at + timedelta(hours=4)})

    facts: dict[str, Any] = {"intent": "billing", "journey": None, "products": ["card"], "region": "eu"}
    wide, narrow = one("wide", "critical"), one("narrow", "minor", intents=["billing"], products=["card"])
    severe, older = one("severe", "critical", 5, intents=["billing"]), one("older", "major", 1, regions=["eu"])
    younger = one("younger", "major", 2, intents=["billing"])
    matched = [
        match_incident(among, channel=Channel.sms, **facts)
        for among in ([wide, narrow, severe], [wide, older, severe], [younger, older], [one("no", regions=["us"])])
    ]
    assert [found.incident_id if found else None for found in matched] == ["narrow", "severe", "older", None]


@pytest.mark.parametrize(
    ("locale", "expected"), [("de-AT", "de"), ("es", "es-ES"), ("en-GB", "en-US"), ("fr-FR", "en-US"), ("DE_de", "de")]
)
def test_everybody_reads_their_language_or_english(locale: str, expected: str) -> None:
    """Given messages by locale, then the same language is read whatever its region, else English."""
    messages = {"es-ES": "es-ES", "de": "de", "en-US": "en-US"}
    incident = Incident(incident_id="x", messages=messages, declared_at=NOW, expires_at=NOW)
    assert message_for(incident, locale) == expected


def test_every_template_passes_its_own_review() -> None:
    """Given the examples of every template, then every language passes, and all of en, es and de are there."""
    assert len(load_templates()) >= 5
    for template in load_templates().values():
        examples = {name: one.example for name, one in template.variables.items()}
        assert {"en", "es", "de"} <= set(review_messages(render_template(template.name, examples)))


class Marks:
    """Turns of the last hour, as the table keeps them."""

    def __init__(self, count: int, share: float) -> None:
        self.partitions: dict[tuple[int, int], list[tuple[str, int, TurnMark]]] = defaultdict(list)
        numbers = random.Random(7)
        for number in range(count):
            at = NOW - timedelta(seconds=numbers.uniform(1, 3590))
            mark = TurnMark(intent="billing" if numbers.random() < share else "refund", channel=Channel.sms)
            item = dump_mark(mark, sha256(str(number).encode()).hexdigest(), at)
            _, bucket, shard = item["pk"]["S"].split("#")
            self.partitions[int(bucket), int(shard)].append((item["sk"]["S"], int(item["at"]["N"]), mark))

    def read_marks(self, bucket: int, shard: int, limit: int) -> list[tuple[str, int, TurnMark]]:
        return sorted(self.partitions[bucket, shard], key=lambda one: one[0])[:limit]

    def list_open(self, *_: Any) -> Any:
        raise NotImplementedError


@pytest.mark.parametrize(("count", "exact"), [(0, True), (300, True), (20_000, False)])
def test_a_preview_counts_what_is_few_and_estimates_what_is_many(
    count: int,
    exact: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Given the last hour's turns, then few are counted, and of many a bounded sample comes within ten percent."""
    seen = count_turns(Marks(count, 0.25), IncidentScope(intents=["billing"]), NOW, 1)
    assert seen.exact is exact
    assert seen.sampled <= 28 * 400
    assert seen.total == pytest.approx(count, rel=0 if exact else 0.1)
    assert seen.matching == pytest.approx(count * 0.25, rel=0.1 if not exact else 0.3, abs=0)
