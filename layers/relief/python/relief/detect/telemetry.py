"""What the customer did in the interface: friction that no word tells."""

from collections import Counter, defaultdict
from datetime import datetime

from relief.contracts.context import SessionContext
from relief.contracts.turn import TelemetryItem
from relief.contracts.vocabulary import EvidenceCode, Source, StepOutcome, TelemetryKind
from relief.detect.findings import Finding

_SAME_STEP_TIMES = 3
_RAGE_BURSTS = ((3, 10.0), (5, 60.0))
"""Clicks on one control within seconds."""

_RAGE_CLICKS_UNTIMED = 4
_HELP_SECONDS = 120.0
"""The mission's two minutes between help article and return."""

_WAITS = ((60.0, 0.7), (180.0, 1.2), (600.0, 1.6), (1800.0, 2.0))
"""Seconds waited, and the force of the wait from there on."""

_BACKTRACKS = 2
_MOST_COUNTED = 4
_ONCE = {
    TelemetryKind.typing_abandoned: EvidenceCode.TYPING_ABANDONED,
    TelemetryKind.session_abandoned: EvidenceCode.SESSION_ABANDONED,
    TelemetryKind.channel_switched: EvidenceCode.CHANNEL_SWITCHED,
}


def read_telemetry(items: list[TelemetryItem], context: SessionContext | None) -> list[Finding]:
    """Find the evidence in this turn's telemetry, together with the session's attempts at the same steps."""
    if not items:
        return []
    findings = [
        *_same_steps(items, context),
        *_rage_clicks(items),
        *_help_then_return(items),
        *_waits(items),
    ]
    counts = Counter(item.kind for item in items)
    if counts[TelemetryKind.back_navigated] >= _BACKTRACKS:
        findings.append(_found(EvidenceCode.BACKTRACKING, _growing(counts[TelemetryKind.back_navigated] - 1)))
    findings += [_found(code, _growing(counts[kind])) for kind, code in _ONCE.items() if counts[kind]]
    return findings


def _found(code: EvidenceCode, strength: float = 1.0) -> Finding:
    return Finding(Source.telemetry, code, strength)


def _growing(count: int) -> float:
    """Return a force that grows with a count, ever more slowly."""
    return float(min(count, _MOST_COUNTED) ** 0.5)


def _same_steps(items: list[TelemetryItem], context: SessionContext | None) -> list[Finding]:
    """The same step viewed or failed three times, counting the session's attempts and the views of a silent stretch."""
    viewed = Counter(item.target or "" for item in items if item.kind is TelemetryKind.step_viewed)
    failed = Counter(item.target or "" for item in items if item.kind is TelemetryKind.step_failed)
    findings: list[Finding] = []
    for step in sorted(viewed.keys() | failed.keys()):
        record = context.steps.get(step) if context else None
        attempts = record.attempts if record and record.last_outcome is not StepOutcome.succeeded else 0
        before = context.viewed.get(step, 0) if context and viewed[step] else 0
        times = max(viewed[step] + before, max(viewed[step], failed[step]) + attempts)
        if times >= _SAME_STEP_TIMES:
            findings.append(_found(EvidenceCode.SAME_STEP_AGAIN, _growing(times - _SAME_STEP_TIMES + 1)))
        if failed[step]:
            findings.append(_found(EvidenceCode.STEP_FAILED, _growing(failed[step])))
    return findings


def _rage_clicks(items: list[TelemetryItem]) -> list[Finding]:
    """Bursts of clicks on one control; without times, many clicks on it."""
    timed: dict[str, list[datetime]] = defaultdict(list)
    clicks: Counter[str] = Counter()
    for item in items:
        if item.kind is TelemetryKind.control_clicked:
            clicks[item.target or ""] += 1
            if item.at is not None:
                timed[item.target or ""].append(item.at)
    findings = []
    for control in sorted(clicks):
        untimed = clicks[control] - len(timed[control])
        if _burst(timed[control]) or untimed >= _RAGE_CLICKS_UNTIMED:
            findings.append(_found(EvidenceCode.RAGE_CLICKS, _insisting(clicks[control])))
    return findings


def _insisting(count: int) -> float:
    """Return the force of a burst: three quick clicks may be impatience, ten are none."""
    return 1.0 + min(max(count - _RAGE_BURSTS[0][0], 0) * 0.1, 0.4)


def _burst(moments: list[datetime]) -> bool:
    ordered = sorted(moments)
    return any(
        (ordered[place + count - 1] - ordered[place]).total_seconds() <= seconds
        for count, seconds in _RAGE_BURSTS
        for place in range(len(ordered) - count + 1)
    )


def _help_then_return(items: list[TelemetryItem]) -> list[Finding]:
    """A help article opened and left again within two minutes. Unknown times count as close together."""
    times = 0
    opened: list[TelemetryItem] = []
    for item in items:
        if item.kind is TelemetryKind.help_opened:
            opened.append(item)
        elif item.kind is TelemetryKind.returned and opened and any(_soon_after(help_, item) for help_ in opened):
            times += 1
    return [_found(EvidenceCode.HELP_THEN_RETURN, _growing(times))] if times else []


def _soon_after(opened: TelemetryItem, returned: TelemetryItem) -> bool:
    if opened.at is None or returned.at is None:
        return returned.seconds <= _HELP_SECONDS
    return 0 <= (returned.at - opened.at).total_seconds() <= _HELP_SECONDS


def _waits(items: list[TelemetryItem]) -> list[Finding]:
    longest = max((item.seconds for item in items if item.kind is TelemetryKind.waited), default=0.0)
    force = max((strength for seconds, strength in _WAITS if longest >= seconds), default=0.0)
    return [_found(EvidenceCode.LONG_WAIT, force)] if force else []
