"""The commands of ``python -m relief.incidents``: options to a request, and what the desk answers to lines."""

import argparse
import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError

from relief.contracts.incident import Followup, IncidentRecord, IncidentRequest, IncidentScope
from relief.contracts.model import format_time
from relief.contracts.problem import FieldProblem
from relief.contracts.vocabulary import Channel, Severity
from relief.errors import NotFound, RequestInvalid
from relief.incidents.authoring import Actor
from relief.incidents.desk import IncidentDesk
from relief.incidents.services import make_desk
from relief.incidents.showing import describe_followups, describe_preview, describe_record
from relief.incidents.wording import load_templates
from relief.privacy.redact import redact
from relief.privacy.secret import load_reference_keys
from relief.settings import Settings

_OPERATOR = "operator"
_MOST_HOURS = 1_000_000.0
_PAGE: Final = 100
_NONE: Final = "There is no incident of this name."
_FORMS: Final = {"set": "NAME=VALUE", "message": "LOCALE=TEXT"}
_SCOPES = ("intents", "journeys", "products", "regions", "channels")


def add_commands(parser: argparse.ArgumentParser, anywhere: argparse.ArgumentParser) -> None:
    """Add the commands with their options; each also takes those that may stand ``anywhere``."""
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, says: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=says, description=f"{says}.", parents=[anywhere])

    declare = command("declare", "declare an incident; with --version, amend it")
    declare.add_argument("incident_id", metavar="NAME")
    declare.add_argument("--version", type=int, help="the version to amend, as `list` shows it")
    declare.add_argument("--confirm", action="store_true", help="confirm a proposal, with --version")
    _add_body(declare)
    amend = command("amend", "change an incident; what is not named stays as it is")
    amend.add_argument("incident_id", metavar="NAME")
    amend.add_argument("--version", type=int, help="the version that you have seen, as `list` shows it")
    _add_body(amend)
    preview = command("preview", "what a declaration would touch; nothing changes")
    preview.add_argument("incident_id", metavar="NAME", nargs="?", help="as for declare, and not looked at")
    _add_body(preview)
    listed = command("list", "every incident, open ones first")
    listed.add_argument("--json", action="store_true", help="a record a line")
    resolve = command("resolve", "end an incident, or withdraw a proposal")
    resolve.add_argument("incident_id", metavar="NAME")
    resolve.add_argument("--version", type=int, help="refuse if it stands at another version")
    resolve.add_argument("--why", default="", help="for the audit trail")
    followups = command("followups", "the customers who were promised something")
    followups.add_argument("incident_id", metavar="NAME")
    followups.add_argument("--json", action="store_true", help="a customer a line")


def _add_body(parser: argparse.ArgumentParser) -> None:
    for name in _SCOPES:
        choices = [one.value for one in Channel] if name == "channels" else None
        parser.add_argument(f"--{name}", nargs="+", default=None, choices=choices, help="if you name none: all of them")
    says = (
        "every conversation, as far as no other option narrows it; an amendment leaves the scope as it was without it"
    )
    parser.add_argument("--everything", action="store_true", help=says)
    parser.add_argument("--severity", choices=[one.value for one in Severity])
    parser.add_argument("--template", help=f"one of {', '.join(load_templates())}")
    parser.add_argument("--set", nargs="+", metavar="NAME=VALUE", help="the template's variables")
    parser.add_argument("--message", nargs="+", metavar="LOCALE=TEXT", help="your own words instead of a template")
    parser.add_argument("--queue", help="who takes people in scope (crisis)")
    parser.add_argument("--staffing", type=int, help="people on that queue")
    parser.add_argument("--hours", type=_hours, help="ends so many hours from now (4, at most 72)")
    parser.add_argument("--why", help="for the audit trail")


def _hours(text: str) -> float:
    """Return a number of hours that a calendar can take; whether an incident may last so long is decided elsewhere."""
    hours = float(text)
    if not abs(hours) <= _MOST_HOURS:
        raise ValueError
    return hours


def _request(options: argparse.Namespace, now: datetime, before: IncidentScope | None = None) -> IncidentRequest:
    """Return the request of a command. ``before``: the scope that is amended; what is not named of it stays."""
    scope = {name: getattr(options, name) for name in _SCOPES if getattr(options, name) is not None}
    if scope and before is not None and not options.everything:
        scope = before.model_dump() | scope
    body: dict[str, Any] = {
        "scope": scope if scope or options.everything else None,
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
            detail = "Check the options."
            message = f"“{one}” has no =; write {_FORMS[option]}, in quotes where there are blanks"
            raise RequestInvalid(detail, (FieldProblem(field=option, message=message),))
        pairs[name] = value
    return pairs


def _actor(options: argparse.Namespace, settings: Settings, why: str) -> Actor:
    keys = load_reference_keys(settings.reference_secret_id) if settings.reference_secret_id else None
    # Without the keys two people can still be told apart, by a hash that holds no name.
    plain = hashlib.sha256(f"{settings.table_name}\n{options.person}".encode()).hexdigest()[:22]
    return Actor(keys.hash(options.person, _OPERATOR) if keys else f"cli.{plain}", redact(why).text)


def _declare(options: argparse.Namespace, settings: Settings) -> str:
    now, desk = datetime.now(UTC), make_desk(settings)
    amended = None if options.version is None else _find(desk, options.incident_id, now)
    request = _request(options, now, amended.scope if amended else None)
    actor = _actor(options, settings, request.why or "")
    with _names_of(desk, options.incident_id, now):
        return describe_record(desk.put(options.incident_id, request, actor, now), now)


def _amend(options: argparse.Namespace, settings: Settings) -> str:
    if options.version is None:
        now, desk = datetime.now(UTC), make_desk(settings)
        version = _find(desk, options.incident_id, now).version
        message = f"is missing; it stands at {version}: if you have seen that one, add --version {version}"
        detail = "Check version."
        raise RequestInvalid(detail, (FieldProblem(field="version", message=message),))
    return _declare(options, settings)


def _preview(options: argparse.Namespace, settings: Settings) -> str:
    now = datetime.now(UTC)
    return describe_preview(make_desk(settings).preview(_request(options, now), now), now)


def _list(options: argparse.Namespace, settings: Settings) -> str:
    now = datetime.now(UTC)
    records = make_desk(settings).list_all(now)
    if options.json:
        return "\n".join(one.model_dump_json(exclude={"request_hash"}) for one in records)
    return "\n\n".join(describe_record(one, now) for one in records) or "There is no incident."


def _resolve(options: argparse.Namespace, settings: Settings) -> str:
    now, desk = datetime.now(UTC), make_desk(settings)
    actor = _actor(options, settings, options.why)
    with _names_of(desk, options.incident_id, now):
        return describe_record(desk.resolve(options.incident_id, options.version, actor, now), now)


def _followups(options: argparse.Namespace, settings: Settings) -> str:
    now, desk = datetime.now(UTC), make_desk(settings)
    found: list[Followup] = []
    following: str | None = None
    with _names_of(desk, options.incident_id, now):
        while True:
            page, following = desk.list_followups(options.incident_id, _PAGE, following, now)
            found += page
            if following is None:
                break
    # Who was promised more while the list was paged comes again: the newer promise stands.
    found = list({one.session_id: one for one in found}.values())
    return "\n".join(one.model_dump_json() for one in found) if options.json else describe_followups(found, now)


def _find(desk: IncidentDesk, incident_id: str, now: datetime) -> IncidentRecord:
    """Return an incident; the version that is sent with a change of it makes sure that it has not moved on since.

    Raises:
        NotFound: there is none of this name.
    """
    with _names_of(desk, incident_id, now):
        for record in desk.list_all(now):
            if record.incident_id == incident_id:
                return record
        raise NotFound(_NONE)


@contextlib.contextmanager
def _names_of(desk: IncidentDesk, given: str, now: datetime) -> Iterator[None]:
    """Tell which incidents there are where one of another name is asked for."""
    try:
        yield
    except NotFound as error:
        names = [one.incident_id for one in desk.list_all(now)]
        meant = get_close_matches(given, names, n=1)
        hint = f" Did you mean {meant[0]}?" if meant else f" There are: {', '.join(names)}." if names else ""
        message = _NONE + hint
        raise NotFound(message) from error


COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], str]] = {
    "declare": _declare,
    "amend": _amend,
    "preview": _preview,
    "list": _list,
    "resolve": _resolve,
    "followups": _followups,
}
"""What each command does; the answer is what is printed."""


def name_option(field: str) -> str:
    """Return how people write on a command line what the API calls by this name."""
    kind, _, rest = field.partition(".")
    if kind == "scope":
        return f"--{rest.partition('[')[0]}"
    if kind in _PAIRED and rest:
        return f"--{_PAIRED[kind]} {rest}=..."
    return _OPTIONS.get(kind, f"--{kind}")


_PAIRED: Final = {"variables": "set", "messages": "message"}
_OPTIONS: Final = {
    "messages": "--template or --message",
    "expires_at": "--hours",
    "incident_id": "NAME",
    "body": "options",
    "options": "options",
}
