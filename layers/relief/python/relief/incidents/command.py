"""The commands of ``python -m relief.incidents``: options to a request, a record to lines that people read at night."""

import argparse
import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from relief.contracts.incident import IncidentRecord, IncidentRequest, Preview
from relief.contracts.model import format_time
from relief.contracts.problem import FieldProblem
from relief.contracts.vocabulary import Channel, Severity
from relief.errors import RequestInvalid
from relief.incidents.authoring import Actor
from relief.incidents.services import make_desk
from relief.incidents.wording import load_templates
from relief.privacy.redact import redact
from relief.privacy.secret import load_reference_keys
from relief.settings import Settings

_OPERATOR = "operator"
_MOST_HOURS = 1_000_000.0
_SCOPES = ("intents", "journeys", "products", "regions", "channels")


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Add the four commands with their options."""
    commands = parser.add_subparsers(dest="command", required=True)
    declare = commands.add_parser("declare", help="declare an incident; with --version, amend it")
    declare.add_argument("incident_id")
    declare.add_argument("--version", type=int, help="the version to amend, as `list` shows it")
    declare.add_argument("--confirm", action="store_true", help="confirm a proposal, with --version")
    declare.add_argument("--why", help="for the audit trail")
    _add_body(declare)
    preview = commands.add_parser("preview", help="what it would touch; nothing changes")
    _add_body(preview)
    listed = commands.add_parser("list", help="every incident, open ones first")
    listed.add_argument("--json", action="store_true", help="a record a line")
    resolve = commands.add_parser("resolve", help="end an incident, or withdraw a proposal")
    resolve.add_argument("incident_id")
    resolve.add_argument("--version", type=int, help="refuse if it stands at another version")
    resolve.add_argument("--why", default="", help="for the audit trail")


def _add_body(parser: argparse.ArgumentParser) -> None:
    for name in _SCOPES:
        choices = [one.value for one in Channel] if name == "channels" else None
        parser.add_argument(f"--{name}", nargs="+", default=None, choices=choices, help="none: all of them")
    parser.add_argument("--severity", choices=[one.value for one in Severity])
    parser.add_argument("--template", help=f"one of {', '.join(load_templates())}")
    parser.add_argument("--set", nargs="+", metavar="NAME=VALUE", help="the template's variables")
    parser.add_argument("--message", nargs="+", metavar="LOCALE=TEXT", help="your own words instead of a template")
    parser.add_argument("--queue", help="who takes people in scope (crisis)")
    parser.add_argument("--staffing", type=int, help="people on that queue")
    parser.add_argument("--hours", type=_hours, help="ends so many hours from now (4, at most 72)")


def _hours(text: str) -> float:
    """Return a number of hours that a calendar can take; whether an incident may last so long is decided elsewhere."""
    hours = float(text)
    if not abs(hours) <= _MOST_HOURS:
        raise ValueError
    return hours


def _request(options: argparse.Namespace, now: datetime) -> IncidentRequest:
    scope = {name: getattr(options, name) for name in _SCOPES if getattr(options, name) is not None}
    body: dict[str, Any] = {
        "scope": scope or None,
        "severity": options.severity,
        "template": options.template,
        "variables": _pairs("set", options.set),
        "messages": _pairs("message", options.message),
        "queue": options.queue,
        "staffing": options.staffing,
        "expires_at": format_time(now + timedelta(hours=options.hours)) if options.hours is not None else None,
        "version": getattr(options, "version", None),
        "why": getattr(options, "why", None),
        "confirm": getattr(options, "confirm", False) or None,
    }
    try:
        return IncidentRequest.model_validate({name: value for name, value in body.items() if value is not None})
    except ValidationError as error:
        problems = tuple(
            FieldProblem(field=".".join(map(str, one["loc"])) or "options", message=one["msg"])
            for one in error.errors(include_input=False, include_url=False, include_context=False)
        )
        detail = "Check the options."
        raise RequestInvalid(detail, problems) from error


def _pairs(option: str, given: Iterable[str] | None) -> dict[str, str] | None:
    if given is None:
        return None
    pairs = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            detail = f"Write --{option} NAME=VALUE, in quotes where there are blanks."
            raise RequestInvalid(detail, (FieldProblem(field=option, message=f"“{one}” has no ="),))
        pairs[name] = value
    return pairs


def _actor(options: argparse.Namespace, settings: Settings, why: str) -> Actor:
    keys = load_reference_keys(settings.reference_secret_id) if settings.reference_secret_id else None
    # Without the keys two people can still be told apart, by a hash that holds no name.
    plain = hashlib.sha256(f"{settings.table_name}\n{options.person}".encode()).hexdigest()[:22]
    return Actor(keys.hash(options.person, _OPERATOR) if keys else f"cli.{plain}", redact(why).text)


def _declare(options: argparse.Namespace, settings: Settings) -> str:
    now = datetime.now(UTC)
    request = _request(options, now)
    actor = _actor(options, settings, request.why or "")
    return describe_record(make_desk(settings).put(options.incident_id, request, actor, now))


def _preview(options: argparse.Namespace, settings: Settings) -> str:
    now = datetime.now(UTC)
    return describe_preview(make_desk(settings).preview(_request(options, now), now))


def _list(options: argparse.Namespace, settings: Settings) -> str:
    records = make_desk(settings).list_all(datetime.now(UTC))
    if options.json:
        return "\n".join(one.model_dump_json(exclude={"request_hash"}) for one in records)
    return "\n\n".join(describe_record(one) for one in records) or "There is no incident."


def _resolve(options: argparse.Namespace, settings: Settings) -> str:
    actor = _actor(options, settings, options.why)
    record = make_desk(settings).resolve(options.incident_id, options.version, actor, datetime.now(UTC))
    return describe_record(record)


def describe_record(record: IncidentRecord) -> str:
    """Return an incident as lines."""
    scope = {name: value for name, value in record.scope.model_dump(mode="json").items() if value}
    lines = [
        f"{record.incident_id}: {record.state.value}, {record.severity.value}, version {record.version}",
        f"  touches  {json.dumps(scope, ensure_ascii=False) if scope else 'everything'}",
        f"  people   go to {record.queue}",
        f"  ends     {format_time(record.ended_at or record.expires_at)}",
    ]
    lines += [f"  {locale:<8} {text}" for locale, text in record.messages.items()]
    sweep = record.sweep
    if sweep.rerouted or sweep.returned:
        lines.append(f"  moved    {sweep.rerouted} in, {sweep.returned} back; {sweep.told} told")
    if record.degraded:
        lines.append("  The bus is down: turns heed it already; what waits follows a minute after its return.")
    return "\n".join(lines)


def describe_preview(preview: Preview) -> str:
    """Return a preview as lines."""
    turns, handoffs = preview.turns, preview.handoffs
    about = "" if turns.exact else f" (estimated from {turns.sampled})"
    more = "" if handoffs.exact else " or more"
    lines = [
        f"turns of the last hour   {turns.matching} of {turns.total}{about}",
        f"open hand-overs          {handoffs.matching} of {handoffs.total}{more}",
        *(f"  leave {queue:<18} {number}" for queue, number in handoffs.leaving.items()),
        *(f"  go to {queue:<18} {number}" for queue, number in preview.gaining.items()),
        f"ends by itself           {format_time(preview.expires_at)}",
        *(f"customers read ({locale})  {text}" for locale, text in preview.messages.items()),
    ]
    if preview.needs_confirmation:
        lines.append("A second person will have to confirm it.")
    if preview.overridden_by:
        lines.append(f"More specific for a part of it: {', '.join(preview.overridden_by)}")
    return "\n".join([*lines, *(f"Mind: {one}" for one in preview.warnings)])


COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], str]] = {
    "declare": _declare,
    "preview": _preview,
    "list": _list,
    "resolve": _resolve,
}
"""What each command does; the answer is what is printed."""
