"""What a look at the clock reports and starts, and the alarms that the template makes of it."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

import pytest
from aws_lambda_powertools import Metrics

from relief import observability
from relief.contracts.incident import IncidentRecord, IncidentRequest, SweepState
from relief.incidents import authoring
from relief.incidents.authoring import Actor
from relief.incidents.known import load_known_names
from relief.incidents.office import IncidentOffice
from relief.incidents.sweep import Sweeper
from relief.incidents.unheard import Unheard
from relief.incidents.watch import LOOK_AGAIN_MINUTES, SETTLING_MINUTES, IncidentWatch
from relief.settings import Settings
from tests.local.sam import translate
from tests.local.template import project_template

RESOURCES: Final = translate(project_template(), {})[1]
NOW: Final = datetime(2026, 11, 2, 9, tzinfo=UTC)


class Ports:
    """Every port of incident mode over a list; what is open was settled at ``swept_at``, without a value just now."""

    def __init__(self, *records: IncidentRecord, swept_at: datetime | None = None) -> None:
        self.records = list(records)
        self.swept_at = swept_at
        self.started: list[str] = []

    def list_records(self, now: datetime) -> list[IncidentRecord]:
        return list(self.records)

    def save(self, record: IncidentRecord, seen_version: int) -> bool:
        self.records = [record if one.incident_id == record.incident_id else one for one in self.records]
        return True

    def announce_incident(self, *_: object) -> bool:
        return True

    def is_swept(self, since: datetime) -> bool:
        return self.swept_at is None or self.swept_at >= since

    def start(self, state: SweepState) -> bool:
        self.started.append(state.run)
        return True


def tick(now: datetime, *records: IncidentRecord, swept_at: datetime | None = None) -> Ports:
    """Look at the clock, and return the ports as they are then."""
    ports: Any = Ports(*records, swept_at=swept_at)
    office = IncidentOffice(Settings(), ports, ports)
    IncidentWatch(office, ports, Sweeper(Settings(), ports, ports), ports, Unheard(ports, ports, (), str)).tick(now)
    found: Ports = ports
    return found


def declared(*, propose: bool = False, hours: float = 4) -> IncidentRecord:
    """Return an incident of nine o'clock."""
    words = {"messages": {"en": "We know of a problem and we are on it."}, "expires_at": NOW + timedelta(hours=hours)}
    request = IncidentRequest.model_validate(words)
    return authoring.declare("x", request, (), Actor("one"), load_known_names(), NOW, propose=propose)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    """Return what CloudWatch would read of a look at the clock, by the environment that the template gives."""
    environment = RESOURCES["IncidentFunction"]["Properties"]["Environment"]["Variables"]
    namespace = json.dumps(environment["POWERTOOLS_METRICS_NAMESPACE"])
    monkeypatch.delenv("POWERTOOLS_METRICS_DISABLED", raising=False)
    monkeypatch.setattr(observability, "metrics", Metrics(namespace=namespace, service="any"))
    monkeypatch.setattr(observability, "logger", SimpleNamespace(service=environment["POWERTOOLS_SERVICE_NAME"]))

    def read() -> dict[str, Any]:
        (line,) = [one for one in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in one]
        document: dict[str, Any] = json.loads(line)
        return document

    return read


def goes_off(name: str, document: dict[str, Any]) -> bool:
    """Tell whether an alarm goes off for one datapoint; the datapoint must be in its metric."""
    alarm = RESOURCES[name]["Properties"]
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == json.dumps(alarm["Namespace"])
    assert alarm["MetricName"] in [one["Name"] for one in directive["Metrics"]]
    dimensions = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
    assert directive["Dimensions"] == [list(dimensions)]
    assert {one: document[one] for one in dimensions} == dimensions
    assert (alarm["Statistic"], alarm["EvaluationPeriods"]) == ("Maximum", 1)
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    values = document[alarm["MetricName"]]
    return max(values if isinstance(values, list) else [values]) > alarm["Threshold"]


@pytest.mark.parametrize(
    ("incident", "minutes", "alarm"),
    [
        (None, 0, False),
        (declared(), 5, False),
        (declared(), 215, True),
        (declared(hours=72), 12 * 60, True),
        (declared(propose=True), 14, False),
        (declared(propose=True), 15, True),
    ],
    ids=["none", "new", "about to end", "half a day old", "just proposed", "not looked at"],
)
def test_an_incident_that_is_forgotten_sets_off_the_alarm(
    published: Callable[[], dict[str, Any]],
    incident: IncidentRecord | None,
    minutes: int,
    alarm: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Given an incident of some age, then the metric that its tick publishes crosses the alarm's threshold, or not."""
    tick(NOW + timedelta(minutes=minutes), *([incident] if incident else []))
    assert goes_off("ForgottenIncidentAlarm", published()) is alarm


def test_somebody_is_told_when_nobody_looks_at_the_clock(published: Callable[[], dict[str, Any]]) -> None:
    """Given every tick, then it publishes the metric whose absence is an alarm, with an incident or without."""
    alarm = RESOURCES["IncidentTickMissingAlarm"]["Properties"]
    tick(NOW)
    assert alarm["MetricName"] in published()
    assert (alarm["Statistic"], alarm["TreatMissingData"]) == ("SampleCount", "breaching")
    (schedule,) = [one["Properties"] for one in RESOURCES.values() if one["Type"] == "AWS::Scheduler::Schedule"]
    assert re.fullmatch(r"rate\(1 minute\)", schedule["ScheduleExpression"])


@pytest.mark.parametrize(("minutes", "passes"), [(0, 1), (SETTLING_MINUTES - 1, 1), (SETTLING_MINUTES, 0)])
def test_passes_go_on_for_a_while_after_the_end_for_turns_that_raced_it(minutes: int, passes: int) -> None:
    """Given an incident that ended and was settled, then what a turn still handed over into it is found by a pass."""
    ended = authoring.end(declared(), None, Actor("one"), NOW)
    assert len(tick(NOW + timedelta(minutes=minutes), ended).started) == passes


@pytest.mark.parametrize(("minutes", "passes"), [(LOOK_AGAIN_MINUTES, 0), (LOOK_AGAIN_MINUTES + 1, 1)])
def test_long_after_the_end_a_pass_still_looks_for_what_came_late(minutes: int, passes: int) -> None:
    """Given a last pass some minutes ago, then a new one finds who was put back into an incident that is over."""
    now = NOW + timedelta(hours=30)
    ended = authoring.end(declared(), None, Actor("one"), NOW)
    assert len(tick(now, ended, swept_at=now - timedelta(minutes=minutes)).started) == passes
