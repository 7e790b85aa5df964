"""Incidents, previews and follow-ups as lines that people read at night."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from relief.contracts.incident import Followup, IncidentRecord, Preview
from relief.contracts.vocabulary import IncidentState

_CALL: Final = "python -m relief.incidents"
_OPEN: Final = frozenset({IncidentState.proposed, IncidentState.active})


def describe_record(record: IncidentRecord, now: datetime) -> str:
    """Return an incident as lines, with what can be done about it; one that is over in short."""
    scope = {name: value for name, value in record.scope.model_dump(mode="json").items() if value}
    is_open = record.state in _OPEN
    lines = [
        f"{record.incident_id}: {record.state.value}, {record.severity.value}, version {record.version}",
        f"  touches  {json.dumps(scope, ensure_ascii=False) if scope else 'everything'}",
    ]
    if is_open:
        there = "" if record.staffing is None else f", where {record.staffing} work"
        lines += [f"  people   go to {record.queue}{there}", f"  ends     {tell_time(record.expires_at, now)}"]
        lines += [f"  {locale:<8} {text}" for locale, text in record.messages.items()]
    else:
        lines.append(f"  ended    {tell_time(record.ended_at or record.expires_at, now)}")
    sweep = record.sweep
    if sweep.rerouted or sweep.returned:
        lines.append(f"  moved    {sweep.rerouted} in and {sweep.returned} back by the last pass, {sweep.told} told")
    return "\n".join([*lines, *(f"  {one}" for one in _mind(record))])


def _mind(record: IncidentRecord) -> list[str]:
    """Return what somebody who has just woken up should know of it, and how to end it."""
    name, version = record.incident_id, record.version
    lines = []
    if record.state in _OPEN and record.scope.is_everything:
        lines.append(
            f"Mind: everybody is touched. To narrow it: {_CALL} amend {name} --version {version} --intents ..."
        )
    if record.state is IncidentState.proposed:
        lines.append(f"Not active yet. Somebody else confirms it: {_CALL} declare {name} --version {version} --confirm")
    if record.state is IncidentState.active:
        lines.append(f"To end it: {_CALL} resolve {name}")
    if record.degraded:
        lines.append(
            "The bus was not told: check --bus, or BUS_NAME. Turns heed it already; who waits follows in a minute."
        )
    return lines


def describe_preview(preview: Preview, now: datetime) -> str:
    """Return a preview as lines."""
    turns, handoffs = preview.turns, preview.handoffs
    about = "" if turns.exact else f" (estimated from {turns.sampled})"
    more = "" if handoffs.exact else " or more"
    lines = [
        f"turns of the last hour   {turns.matching} of {turns.total}{about}",
        f"open hand-overs          {handoffs.matching} of {handoffs.total}{more}",
        *(f"  leave {queue:<18} {number}" for queue, number in handoffs.leaving.items()),
        *(f"  go to {queue:<18} {number}" for queue, number in preview.gaining.items()),
        f"ends by itself           {tell_time(preview.expires_at, now)}",
        *(f"customers read ({locale})  {text}" for locale, text in preview.messages.items()),
    ]
    if preview.needs_confirmation:
        lines.append("A second person will have to confirm it.")
    if preview.overridden_by:
        lines.append(f"More specific for a part of it: {', '.join(preview.overridden_by)}")
    return "\n".join([*lines, *(f"Mind: {one}" for one in preview.warnings), "Nothing was changed."])


def describe_followups(followups: Sequence[Followup], now: datetime) -> str:
    """Return the customers who were promised something, one a line."""
    lines = [
        f"{tell_time(one.promised_at, now)}  {one.kind.value:<8}  {one.channel.value if one.channel else '-':<8}  "
        f"{one.locale:<5}  {one.session_id}  {one.handoff_id or 'no hand-over'}  {one.customer or 'customer unknown'}"
        for one in followups
    ]
    return "\n".join([*lines, f"{len(lines)} were promised something." if lines else "Nobody was promised anything."])


def tell_time(moment: datetime, now: datetime) -> str:
    """Return a time in UTC, to the second, and how far away it is."""
    away = abs(moment - now)
    if away < timedelta(minutes=1):
        return f"{moment:%Y-%m-%d %H:%M:%S} UTC (now)"
    hours, minutes = divmod(round(away / timedelta(minutes=1)), 60)
    span = f"{hours} h {minutes} min" if hours else f"{minutes} min"
    near = f"in {span}" if moment > now else f"{span} ago"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC ({near})"
