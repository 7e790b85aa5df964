"""Every event that the code can put on the bus reaches one team's queue, and no event reaches two."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import jsonschema
import pytest
from moto.events.models import EventPattern

from relief.contracts.events import (
    EVENT_SOURCE,
    HANDOFF_REQUESTED,
    INCIDENT_AMENDED,
    INCIDENT_DECLARED,
    INCIDENT_PROPOSED,
    INCIDENT_RESOLVED,
    BusEnvelope,
    ChangeEnvelope,
    HandoffChanged,
    HandoffRequested,
)
from relief.contracts.incident import IncidentChanged, IncidentRecord, IncidentRequest, IncidentScope, SweepState
from relief.contracts.states import RouteInput
from relief.contracts.vocabulary import (
    FollowupKind,
    HandoffEventKind,
    HandoffState,
    IncidentCause,
    IncidentChange,
    IncidentState,
    Lane,
    Owner,
    Severity,
)
from relief.decide.journeys import load_journeys
from relief.decide.policy import load_policy
from relief.incidents.authoring import Actor
from relief.incidents.office import IncidentOffice
from relief.incidents.services import make_unheard
from relief.incidents.sweep import Sweeper
from relief.incidents.watch import IncidentWatch
from relief.route.assign import assign_queue
from relief.route.tables import load_table
from relief.settings import Settings
from relief.store.bus import Bus
from relief.store.items import load_context
from tests.local.sam import translate
from tests.local.template import project_template

ROOT: Final = Path(__file__).resolve().parents[2]
RESOURCES: Final = translate(project_template(), {})[1]
RULES: Final = {
    name: one["Properties"]
    for name, one in sorted(RESOURCES.items())
    if one["Type"] == "AWS::Events::Rule" and HANDOFF_REQUESTED in one["Properties"]["EventPattern"]["detail-type"]
}
QUEUES: Final = sorted(load_table().queues)


def recorded_events() -> list[HandoffRequested]:
    """Return the two forms of the event, as recorded for deliver: a pointer, and a hand-over that travels whole."""
    batch = json.loads((ROOT / "functions" / "deliver" / "event.json").read_text(encoding="utf-8"))
    return [BusEnvelope.model_validate_json(record["body"]).detail for record in batch["Records"]]


def route_input() -> RouteInput:
    """Return a hand-over that waits for its queue, as recorded for route."""
    return RouteInput.model_validate_json((ROOT / "functions" / "route" / "event.json").read_text(encoding="utf-8"))


def on_the_bus(detail: HandoffRequested) -> dict[str, Any]:
    """Return what EventBridge makes of an entry."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": HANDOFF_REQUESTED,
        "source": EVENT_SOURCE,
        "account": "123456789012",
        "time": datetime(2026, 11, 2, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "eu-west-1",
        "resources": [],
        "detail": json.loads(detail.model_dump_json()),
    }


def for_queue(detail: HandoffRequested, queue: str, lane: Lane) -> dict[str, Any]:
    """Return the event of a hand-over to this queue in this lane."""
    routed = {"queue": queue, "lane": lane}
    handoff = detail.handoff.model_copy(update=routed)
    return on_the_bus(detail.model_copy(update={**routed, "handoff": handoff}))


def matching(event: Any) -> list[str]:
    """Return the names of the rules that take an event."""
    patterns = {name: rule["EventPattern"] for name, rule in RULES.items()}
    return [name for name, one in patterns.items() if EventPattern(json.dumps(one), one).matches_event(event)]


def entries(node: Any) -> Iterator[dict[str, Any]]:
    """Yield every entry that a definition puts on a bus."""
    match node:
        case {"Resource": str(resource), "Parameters": {"Entries": list(found)}} if "putEvents" in resource:
            yield from found
        case dict():
            for value in node.values():
                yield from entries(value)
        case list():
            for value in node:
                yield from entries(value)


@pytest.mark.parametrize("lane", list(Lane))
@pytest.mark.parametrize("queue", QUEUES)
@pytest.mark.parametrize("form", [0, 1], ids=["pointer", "whole"])
def test_every_hand_over_reaches_its_queue_and_no_other(form: int, queue: str, lane: Lane) -> None:
    """Given an event for a queue in a lane, then one rule takes it, and it leads to the queue that settings name.

    Everything in the crisis lane leads through the crisis queue, whichever team it is for.
    """
    event = for_queue(recorded_events()[form], queue, lane)
    taken = matching(event)
    assert len(taken) == 1
    (target,) = RULES[taken[0]]["Targets"]
    through = queue if lane is Lane.normal else "crisis"
    assert target["Arn"] == {"Fn::GetAtt": [queue_named_in_settings(through), "Arn"]}
    assert "Input" not in target
    assert "InputTransformer" not in target
    jsonschema.validate(event["detail"], schema_of("handoff_requested"))
    BusEnvelope.model_validate(event)


def schema_of(event: str) -> Any:
    """Return the committed schema of an event's detail."""
    return json.loads((ROOT / "statemachine" / "schemas" / f"{event}.event.schema.json").read_text(encoding="utf-8"))


def queue_named_in_settings(queue: str) -> str:
    """Return the logical id of the SQS queue that the functions send this queue's hand-overs to directly."""
    urls = RESOURCES["ApiFunction"]["Properties"]["Environment"]["Variables"]["HANDOFF_QUEUE_URLS"]["Fn::Sub"]
    named: dict[str, str] = json.loads(urls)
    return re.fullmatch(r"\$\{(\w+)\}", named[queue])[1]  # type: ignore[index] # a mismatch fails the test


def test_the_template_has_the_queues_of_the_routing_table_and_no_more() -> None:
    """Given rules, routing table and settings, then all three know the same queues."""
    urls = RESOURCES["ApiFunction"]["Properties"]["Environment"]["Variables"]["HANDOFF_QUEUE_URLS"]["Fn::Sub"]
    ruled = sorted(queue for rule in RULES.values() for queue in rule["EventPattern"]["detail"].get("queue", []))
    assert ruled == QUEUES
    assert sorted(json.loads(urls)) == QUEUES


@pytest.mark.parametrize("queue", ["nobody", "", "Billing", "billing "])
def test_an_event_for_an_unknown_queue_reaches_nobody_by_mistake(queue: str) -> None:
    """Given an event for a queue that does not exist, then no rule takes it; the next test says why none is sent."""
    assert matching(for_queue(recorded_events()[0], queue, Lane.normal)) == []


@pytest.mark.parametrize("hint", [{"queue": "nobody"}, {"incident_queue": "nobody"}])
def test_a_hand_over_for_an_unknown_queue_goes_to_the_fallback(hint: dict[str, str]) -> None:
    """Given a policy or an incident that names an unknown queue, then the hand-over goes to the fallback queue."""
    state = route_input()
    context = load_context(state.context.item, state.received_at).context
    assert context is not None
    assignment = assign_queue(context, state.decided.model_copy(update=hint), load_table())
    assert assignment.queue == load_table().fallback == "general"
    assert matching(for_queue(recorded_events()[0], assignment.queue, assignment.lane)) == ["GeneralRule"]


def test_the_shipped_data_names_known_queues_only() -> None:
    """Given policy and journeys, then every queue that they name has a rule: no fallback hides a typing error."""
    named = {rule.queue for rule in load_policy().rules if rule.queue}
    named |= {journey.queue for journey in load_journeys().values()}
    assert named <= set(QUEUES)


def test_what_the_workflow_puts_on_the_bus_is_what_the_rules_wait_for() -> None:
    """Given the workflow's definition, then each entry has the source and the type of the contracts."""
    definition = json.loads((ROOT / "statemachine" / "turn.asl.json").read_text(encoding="utf-8"))
    found = list(entries(definition))
    assert len(found) >= 2
    assert {(entry["Source"], entry["DetailType"]) for entry in found} == {(EVENT_SOURCE, HANDOFF_REQUESTED)}
    assert {entry["EventBusName"] for entry in found} == {"${BusName}"}


@pytest.mark.parametrize("lane", list(Lane))
def test_a_change_of_a_hand_over_keeps_to_its_schema_and_reaches_no_queue(lane: Lane) -> None:
    """Given a change, then what is put on the bus validates against the committed schema, and no team's rule takes it."""
    change = HandoffChanged(
        handoff_id="hnd_1",
        session_id="s-1",
        queue="billing",
        lane=lane,
        cause="lapsed",
        state=HandoffState.queued,
        owner=Owner.queued,
        changed_at=datetime(2026, 11, 2, tzinfo=UTC),
        say="Another colleague will take over.",
    )
    put: list[Any] = []
    bus = Bus(Settings(bus_name="bus"))
    client = SimpleNamespace(put_events=lambda Entries: put.extend(Entries) or {"FailedEntryCount": 0})  # noqa: N803
    bus.__dict__["_events"] = client
    assert bus.publish(change)
    (entry,) = put
    assert (entry["Source"], entry["DetailType"], entry["EventBusName"]) == (EVENT_SOURCE, "HandoffChanged", "bus")
    jsonschema.validate(json.loads(entry["Detail"]), schema_of("handoff_changed"))
    event = on_the_bus(recorded_events()[0]) | {
        "detail-type": entry["DetailType"],
        "detail": json.loads(entry["Detail"]),
    }
    assert matching(event) == []
    assert incident_rules(event) == []


@pytest.mark.parametrize(
    ("cause", "owner", "taken"),
    [
        *[(kind.value, Owner.queued, True) for kind in (FollowupKind.rerouted, FollowupKind.returned)],
        ("returned", Owner.returned, False),
        *[(kind.value, Owner.queued, False) for kind in HandoffEventKind if kind is not HandoffEventKind.returned],
        ("lapsed", Owner.queued, False),
    ],
)
def test_moves_by_incidents_reach_deliver_and_what_a_desk_reports_does_not(
    cause: str, owner: Owner, *, taken: bool
) -> None:
    """Given a change, then the rule for moves takes it if an incident moved the hand-over, and deliver reads it."""
    pattern = RESOURCES["MovedRule"]["Properties"]["EventPattern"]
    change = HandoffChanged(
        handoff_id="hnd_1",
        session_id="s-1",
        queue="billing",
        lane=Lane.normal,
        cause=cause,
        state=HandoffState.queued,
        owner=owner,
        changed_at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    event = on_the_bus(recorded_events()[0]) | {
        "detail-type": "HandoffChanged",
        "detail": change.model_dump(mode="json"),
    }
    assert EventPattern.load(json.dumps(pattern)).matches_event(event) is taken
    assert ChangeEnvelope.model_validate(event).detail == change


INCIDENT_RULES: Final = {
    name: one["Properties"]["EventPattern"]
    for name, one in sorted(RESOURCES.items())
    if one["Type"] == "AWS::Events::Rule" and name in {"IncidentRule", "AlarmRule", "HealthRule"}
}
INCIDENT: Final = IncidentChanged(
    incident_id="card-payments",
    incident_version=1,
    state=IncidentState.active,
    cause=IncidentCause.operator,
    severity=Severity.major,
    scope=IncidentScope(intents=["billing"]),
    queue="crisis",
    changed_at=datetime(2026, 11, 2, tzinfo=UTC),
    expires_at=datetime(2026, 11, 2, 4, tzinfo=UTC),
)


def incident_rules(event: Any) -> list[str]:
    """Return the names of incident mode's rules that take an event; the alarms' prefix is the parameter's default."""
    texts = {
        name: json.dumps(one).replace('{"Ref": "AlarmPrefix"}', '"relief-incident-"')
        for name, one in INCIDENT_RULES.items()
    }
    return [name for name, text in texts.items() if EventPattern(text, json.loads(text)).matches_event(event)]


class Nobody:
    """Ports that find nothing, and note which pass is started."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.announced: list[tuple[str, IncidentChanged]] = []
        self.saved: list[IncidentRecord] = []

    def start(self, state: SweepState) -> bool:
        self.started.append(state.run)
        return True

    def announce_incident(self, kind: str, change: IncidentChanged) -> bool:
        self.announced.append((kind, change))
        return True

    def list_records(self, now: datetime) -> list[IncidentRecord]:
        return list({one.incident_id: one for one in self.saved}.values())

    def find_record(self, incident_id: str, now: datetime) -> IncidentRecord | None:
        return next((one for one in reversed(self.saved) if one.incident_id == incident_id), None)

    def save(self, record: IncidentRecord, seen_version: int) -> bool:
        self.saved.append(record)
        return True


def watch(ports: Any) -> IncidentWatch:
    """Return what takes events from the incidents' queue."""
    office = IncidentOffice(Settings(), ports, ports)
    return IncidentWatch(
        office, ports, Sweeper(Settings(), ports, ports), ports, make_unheard(Settings(), Bus(Settings()))
    )


def test_every_change_of_an_incident_that_the_code_can_emit_is_taken_by_its_rule_and_its_consumer() -> None:
    """Given each kind of change, then schema, pattern and consumer agree; a proposal is for subscribers alone."""
    ports: Any = Nobody()
    office = IncidentOffice(Settings(second_person=True), ports, ports)
    now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    words = {"messages": {"en": "We know of a problem and we are on it."}}
    office.put("a", IncidentRequest.model_validate(words), Actor("one"), now)
    office.put("a", IncidentRequest.model_validate({"version": 1, "confirm": True}), Actor("two"), now)
    office.put("a", IncidentRequest.model_validate({"version": 2, "severity": "minor"}), Actor("two"), now)
    office.resolve("a", None, Actor("two"), now)
    office.put("b", IncidentRequest.model_validate(words), Actor("one"), now)
    office.resolve("b", None, Actor("one"), now)
    narrow = words | {"scope": {"intents": ["billing"]}}
    office.put("c", IncidentRequest.model_validate(narrow), Actor("one"), now)
    office.expire(now + timedelta(hours=4))
    for name, confirmed in (("d", False), ("e", True)):
        request = IncidentRequest.model_validate(words)
        office.propose(name, request, f"alarm-{name}", IncidentCause.alarm, now, confirmed=confirmed)
    assert {one.audit[-1].change for one in ports.saved} == set(IncidentChange)
    proposal = [INCIDENT_PROPOSED]
    assert [kind for kind, _ in ports.announced] == [
        *(*proposal, INCIDENT_DECLARED, INCIDENT_AMENDED, INCIDENT_RESOLVED),
        *(*proposal, INCIDENT_RESOLVED),
        *(INCIDENT_DECLARED, INCIDENT_RESOLVED),
        *(*proposal, INCIDENT_DECLARED),
    ]
    for kind, change in ports.announced:
        event = on_the_bus(recorded_events()[0]) | {"detail-type": kind, "detail": json.loads(change.model_dump_json())}
        jsonschema.validate(event["detail"], schema_of("incident_changed"))
        assert matching(event) == []
        assert incident_rules(event) == ([] if kind == INCIDENT_PROPOSED else ["IncidentRule"])
        assert watch(ports).take(json.dumps(event), now) is (kind != INCIDENT_PROPOSED)


def test_incident_events_lead_to_the_incidents_queue_and_no_other_lane() -> None:
    """Given the rules of incident mode, then each has the one queue; in the everyday lane nothing is an incident."""
    for name in INCIDENT_RULES:
        (target,) = RESOURCES[name]["Properties"]["Targets"]
        assert target["Arn"] == {"Fn::GetAtt": ["IncidentQueue", "Arn"]}
    normal = json.loads(INCIDENT.model_copy(update={"lane": "normal"}).model_dump_json())
    assert incident_rules(on_the_bus(recorded_events()[0]) | {"detail-type": INCIDENT_DECLARED, "detail": normal}) == []


def recorded(name: str, **detail: Any) -> dict[str, Any]:
    """Return an event of AWS as it is documented, with some of its detail replaced."""
    event: dict[str, Any] = json.loads((ROOT / "tests" / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return event | {"detail": event["detail"] | detail}


def alarm_event(name: str, value: str = "ALARM", recording: str = "cloudwatch_alarm") -> dict[str, Any]:
    """Return a CloudWatch alarm's change of state."""
    event = recorded(recording, alarmName=name)
    event["detail"]["state"] |= {"value": value}
    return event | {"resources": [f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}"]}


def unsuppressed(event: dict[str, Any]) -> dict[str, Any]:
    """Return a composite alarm's event when nobody suppresses its actions."""
    for name in ("actionsSuppressedBy", "actionsSuppressedReason"):
        del event["detail"]["state"][name]
    return event


def health_event(**detail: Any) -> dict[str, Any]:
    """Return an event of AWS Health."""
    return recorded("aws_health_issue", **detail)


@pytest.mark.parametrize(
    ("event", "rules", "state"),
    [
        (recorded("cloudwatch_alarm"), ["AlarmRule"], "proposed"),
        (alarm_event("relief-incident-auto-payments"), ["AlarmRule"], "active"),
        (alarm_event("relief-incident-payments", "OK"), [], None),
        (alarm_event("relief-incident-payments", "INSUFFICIENT_DATA"), [], None),
        (alarm_event("somebody-elses"), [], None),
        (unsuppressed(recorded("cloudwatch_composite_alarm")), ["AlarmRule"], "proposed"),
        (recorded("cloudwatch_composite_alarm"), ["AlarmRule"], None),
        (health_event(), ["HealthRule"], "proposed"),
        (health_event(statusCode="closed"), ["HealthRule"], None),
        (health_event(eventTypeCategory="accountNotification"), [], None),
        (health_event(eventTypeCategory="scheduledChange"), [], None),
        (health_event() | {"detail-type": "AWS Health Abuse Event"}, [], None),
    ],
)
def test_alarms_and_health_events_propose_and_only_a_policy_confirms_by_itself(
    event: dict[str, Any], rules: list[str], state: str | None
) -> None:
    """Given an event of AWS, then rule and consumer agree on what it proposes, once however often it comes."""
    ports: Any = Nobody()
    assert incident_rules(event) == rules
    now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert watch(ports).take(json.dumps(event), now) is (state is not None)
    assert watch(ports).take(json.dumps(event), now) is False
    assert [one.state.value for one in ports.saved] == ([state] if state else [])
    assert all(one.expires_at > now for one in ports.saved)


def test_an_event_of_health_that_a_person_has_dealt_with_is_not_proposed_with_its_every_update() -> None:
    """Given a proposal that a person withdrew, then AWS's updates of it propose nothing; other events do."""
    ports: Any = Nobody()
    now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert watch(ports).take(json.dumps(health_event()), now)
    update = health_event(page="2") | {"time": "2026-11-02T09:30:00Z"}
    office = IncidentOffice(Settings(), ports, ports)
    office.resolve(ports.saved[0].incident_id, None, Actor("one"), now)
    del ports.saved[0]
    assert watch(ports).take(json.dumps(update), now) is False
    other = health_event(eventArn="arn:aws:health:eu-west-1::event/SQS/AWS_SQS_OPERATIONAL_ISSUE/X") | {
        "time": "2026-11-02T09:31:00Z"
    }
    assert watch(ports).take(json.dumps(other), now)


def test_an_event_of_health_whose_incident_ended_by_itself_is_proposed_again() -> None:
    """Given an incident that nobody ended but the clock, then the next update of what still goes on proposes again."""
    ports: Any = Nobody()
    now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert watch(ports).take(json.dumps(health_event()), now)
    update = health_event() | {"time": "2026-11-02T12:00:00Z"}
    assert watch(ports).take(json.dumps(update), now + timedelta(hours=3))


@pytest.mark.parametrize("change", [{"source": "aws.events"}, {"detail-type": "HandoffAccepted"}])
def test_other_events_are_nobodys_hand_over(change: dict[str, str]) -> None:
    """Given an event of somebody else or of another type, then no rule for hand-overs takes it."""
    assert matching(for_queue(recorded_events()[0], "billing", Lane.normal) | change) == []
