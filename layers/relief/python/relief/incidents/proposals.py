"""What an alarm or an AWS Health event proposes, by rules that are data. A person confirms, unless a rule says not."""

from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field

from relief.contracts.events import ALARM_CHANGED, HEALTH_EVENT
from relief.contracts.incident import MAX_HOURS, IncidentRequest, ScopeRequest
from relief.contracts.model import Contract, LenientContract, Name, Time
from relief.contracts.vocabulary import IncidentCause, Severity
from relief.data_files import load_data_file


class ProposalRule(Contract):
    """One rule: what it matches, and what is proposed then."""

    id: str
    alarm: str | None = Field(None, description="The beginning of a CloudWatch alarm's name.")
    service: str | None = Field(None, description="An AWS Health event's service; absent: any.")
    category: str | None = Field(None, description="An AWS Health event's eventTypeCategory.")
    template: Name
    variables: dict[Name, str] = {}
    scope: ScopeRequest = ScopeRequest()
    severity: Severity = Severity.major
    queue: Name | None = None
    hours: Annotated[int, Field(ge=1, le=MAX_HOURS)] = 4
    confirm: Literal["person", "policy"] = "person"


class ProposalRules(Contract):
    """All of them, in their order."""

    rules: list[ProposalRule]


class ForeignEvent(LenientContract):
    """The part of AWS's event that is read."""

    source: str
    kind: str = Field(alias="detail-type")
    time: Time
    resources: list[str] = []
    detail: dict[str, Any]


class Proposal(NamedTuple):
    """What is proposed, under a name that the same event always leads to."""

    incident_id: str
    request: IncidentRequest
    origin: str
    cause: IncidentCause
    confirmed: bool


@lru_cache(maxsize=1)
def load_rules() -> ProposalRules:
    """Load the shipped rules.

    Raises:
        DataFileInvalid: the file does not validate.
    """
    return load_data_file(Path(__file__).parent / "proposals.yaml", ProposalRules)


def propose_from(event: ForeignEvent, now: datetime, rules: ProposalRules | None = None) -> Proposal | None:
    """Return what an event of AWS proposes; ``None`` when it proposes nothing.

    Shapes: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html ("Alarm
    State Change Events", single-metric and composite) and
    https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html ("Schema content of the
    'details' parameter"); ``tests/events`` has one of each.
    """
    if event.kind == ALARM_CHANGED:
        return _from_alarm(event, now, rules or load_rules())
    if event.kind == HEALTH_EVENT:
        return _from_health(event, now, rules or load_rules())
    return None


def _from_alarm(event: ForeignEvent, now: datetime, rules: ProposalRules) -> Proposal | None:
    name = str(event.detail.get("alarmName", ""))
    state = event.detail.get("state", {})
    # A composite alarm whose actions are suppressed is one that somebody expects, such as during maintenance.
    if state.get("value") != "ALARM" or state.get("actionsSuppressedBy"):
        return None
    rule = next((one for one in rules.rules if one.alarm is not None and name.startswith(one.alarm)), None)
    if rule is None:
        return None
    origin = event.resources[0] if event.resources else f"alarm:{name}"
    return _propose(rule, "alarm", origin, event, now, IncidentCause.alarm, f"CloudWatch alarm {name}")


def _from_health(event: ForeignEvent, now: datetime, rules: ProposalRules) -> Proposal | None:
    service, category = str(event.detail.get("service", "")), str(event.detail.get("eventTypeCategory", ""))
    # Public events come again with every update; one that is closed proposes nothing.
    if event.detail.get("statusCode") == "closed":
        return None
    rule = next(
        (
            one
            for one in rules.rules
            if one.alarm is None and one.category in {None, category} and one.service in {None, service}
        ),
        None,
    )
    if rule is None:
        return None
    origin = str(event.detail.get("eventArn", f"health:{service}"))
    code = event.detail.get("eventTypeCode", "")
    return _propose(rule, "health", origin, event, now, IncidentCause.health, f"AWS Health {service} {code}")


def _propose(
    rule: ProposalRule, kind: str, origin: str, event: ForeignEvent, now: datetime, cause: IncidentCause, why: str
) -> Proposal:
    mark = sha256(origin.encode()).hexdigest()[:8]
    request = IncidentRequest(
        scope=rule.scope,
        severity=rule.severity,
        template=rule.template,
        variables=rule.variables,
        queue=rule.queue,
        expires_at=now + timedelta(hours=rule.hours),
        why=f"{why} (rule {rule.id})",
    )
    incident_id = f"{kind}-{mark}-{event.time:%Y%m%dT%H%M%S}"
    return Proposal(incident_id, request, origin, cause, rule.confirm == "policy")
