"""What a session adds to the counters that figures are made from: whole numbers that can be added and taken back."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from relief.contracts.figures import Dimension
from relief.contracts.vocabulary import HandoffEventKind, HandoffState, Outcome
from relief.measure.figures.ledger import Document, moment
from relief.measure.figures.sketch import find_bucket

ALL: Final = "all"
NONE: Final = "none"
"""Value of a dimension for sessions that have none: no journey named, no hand-over, no known intent."""

_PERSON_SPEAKS: Final = frozenset(
    {
        HandoffEventKind.accepted.value,
        HandoffEventKind.asked.value,
        HandoffEventKind.resolved.value,
        HandoffEventKind.returned.value,
    }
)


class Cell(NamedTuple):
    """Where counters are kept: a dimension, one of its values, and the day on which sessions began (UTC)."""

    dimension: str
    value: str
    day: str


Counts = Counter[str]
Tallies = dict[Cell, Counts]


def list_cells(ledger: Document) -> list[Cell]:
    """Return the cells that a session counts in; none before its first turn is known."""
    if "first" not in ledger:
        return []
    day = moment(ledger["first"][0][0]).date().isoformat()
    last = {name: held[1] for name, held in ledger["last"].items()}
    values = {
        ALL: ALL,
        Dimension.journey.value: last.get("journey", NONE),
        Dimension.intent.value: last.get("intent", NONE),
        Dimension.channel.value: ledger["first"][1],
        Dimension.queue.value: _queue(ledger) or NONE,
        Dimension.policy.value: last.get("policy", NONE),
        Dimension.incident.value: "yes" if ledger.get("incident") else "no",
    }
    return [Cell(dimension, value, day) for dimension, value in values.items()]


def tally_session(ledger: Document) -> Tallies:
    """Return what a session adds to each of its cells."""
    cells = list_cells(ledger)
    counts = count_session(ledger) if cells else Counter()
    return {cell: counts for cell in cells}  # noqa: C420 - one counter for all, nobody changes it


def subtract(after: Tallies, before: Tallies) -> Tallies:
    """Return what must be added to the cells, so that ``before`` becomes ``after``."""
    changes: Tallies = {}
    for cell in {**before, **after}:
        change = Counter(after.get(cell, {}))
        change.subtract(before.get(cell, {}))
        kept = Counter({name: number for name, number in change.items() if number})
        if kept:
            changes[cell] = kept
    return changes


def add(one: Tallies, other: Tallies) -> Tallies:
    """Return the sum of two changes."""
    total = {cell: Counter(counts) for cell, counts in one.items()}
    for cell, counts in other.items():
        total.setdefault(cell, Counter()).update(counts)
    return total


def count_session(ledger: Document) -> Counts:
    """Return a session's counters. ``relief.measure.figures.formulas`` says what each is for."""
    turns = sorted(ledger["turns"].values())
    counts: Counts = Counter(sessions=1, turns=len(turns), retries=sum(turn[4] for turn in turns))
    counts["shift_milli"] = turns[-1][2] - turns[0][2]
    _count_waiting(counts, turns, ledger)
    for handoff in _handoffs(ledger):
        _count_handoff(counts, handoff)
    _count_end(counts, turns[0][0], ledger)
    return Counter({name: number for name, number in counts.items() if number})


def _handoffs(ledger: Document) -> Iterator[Document]:
    """Yield the hand-overs that are known by more than an event that came before them."""
    yield from (handoff for handoff in ledger["handoffs"].values() if handoff["queues"])


def _queue(ledger: Document) -> str | None:
    """Return the queue of the session's last hand-over, or the last one that it moved to."""
    places = [(at, queue) for handoff in _handoffs(ledger) for queue, at in handoff["queues"].items()]
    return max(places)[1] if places else None


def _count_waiting(counts: Counts, turns: list[list[int]], ledger: Document) -> None:
    signal = next((turn for turn in turns if turn[3]), None)
    if signal is None:
        return
    counts["signals"] = 1
    spoke = [
        event[0]
        for handoff in _handoffs(ledger)
        for event in handoff["events"].values()
        if event[1] in _PERSON_SPEAKS and event[0] >= signal[0]
    ]
    if not spoke:
        return
    first = min(spoke)
    counts["waits"] = 1
    counts["turns_after_asking"] = sum(signal < turn and turn[0] < first for turn in turns)
    _bucket(counts, "wait", (first - signal[0]) / 1000)


def _count_handoff(counts: Counts, handoff: Document) -> None:
    counts["handoffs"] += 1
    kinds = {event[1] for event in handoff["events"].values()}
    counts["rerouted"] += len(handoff["queues"]) > 1 or HandoffEventKind.requeued.value in kinds
    asked = [event[2] for event in handoff["events"].values() if event[1] == HandoffEventKind.asked.value]
    verdict = handoff.get("verdict")
    if verdict is not None or asked:
        counts["ask_known"] += 1
        counts["asked_again"] += bool(verdict and verdict[3]) or any(slot in handoff["known"] for slot in asked)
    if verdict is None:
        return
    _, correct, timing, _, seconds = verdict
    if correct is not None:
        counts["summaries"] += 1
        counts["summaries_right"] += correct
    if timing is not None:
        counts[f"timing_{timing}"] += 1
    if seconds is not None:
        counts["reconstructions"] += 1
        _bucket(counts, "reconstruction", seconds)


def _count_end(counts: Counts, began: int, ledger: Document) -> None:
    """Put the session into one class: abandoned, resolved, contained, deflected, unresolved or open."""
    ends = [event for handoff in _handoffs(ledger) for event in handoff["events"].values() if event[1] in _ENDED]
    last = max(ends, key=_moment_and_kind) if ends else None
    outcome = ledger.get("outcome")
    said = outcome[1] if outcome else _ENDED[last[1]] if last else None
    handed_over = any(True for _ in _handoffs(ledger))
    counts[f"end_{_classify(said, handed_over=handed_over)}"] = 1
    if said == Outcome.resolved.value:
        at = outcome[2] if outcome else last[0] if last else began
        counts["resolutions"] = 1
        _bucket(counts, "resolution", max(0, at - began) / 1000)
    if outcome and outcome[3] is not None:
        counts["scores"] = 1
        counts["score_sum"] = outcome[3]


_ENDED: Final[Mapping[str, str]] = {
    HandoffState.resolved.value: Outcome.resolved.value,
    HandoffState.abandoned.value: Outcome.abandoned.value,
}
"""What a desk's last word on a hand-over says of the session, where the caller reports no outcome."""


def _moment_and_kind(event: list[Any]) -> tuple[int, str]:
    return event[0], event[1]


def _classify(said: str | None, *, handed_over: bool) -> str:
    if said is None:
        return "open"
    if said == Outcome.abandoned.value:
        return "abandoned"
    if said == Outcome.resolved.value:
        return "resolved" if handed_over else "contained"
    return "unresolved" if handed_over else "deflected"


def _bucket(counts: Counts, name: str, value: float) -> None:
    counts[f"{name}#{find_bucket(value)}"] += 1
