"""A synthetic month of sessions, what is told of them (late, twice, in any order), and their figures by brute force.

    python -m tests.month 200000

records the month of so many sessions incrementally, recomputes every figure from scratch, and compares.
"""

import json
import math
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from relief.contracts.figures import Dimension, MetricsAnswer
from relief.contracts.vocabulary import HandoffEventKind, Outcome, Timing
from relief.measure.figures.facts import AnyFact, EventFact, HandoffFact, OutcomeFact, TurnFact, VerdictFact
from relief.measure.figures.memory import FiguresInMemory
from relief.measure.figures.record import Change, FigureStore, Held, Recorder
from relief.measure.figures.report import CounterReader, MetricsQuery, report_figures
from relief.measure.figures.sketch import RELATIVE_ERROR
from relief.measure.progress import ProgressBar

FIRST: Final = datetime(2026, 11, 1, tzinfo=UTC)
DAYS: Final = 30
BATCH: Final = 50
_SLICE: Final = 90
"""Cells a transaction."""

_JOURNEYS: Final = (None, "billing_dispute", "order_change", "account_recovery", "password_reset")
_INTENTS: Final = ("billing", "refund", "order_tracking", "technical_fault", "password_reset", "out_of_scope")
_CHANNELS: Final = ("web_chat", "in_app", "sms", "email")
_QUEUES: Final = ("billing", "refunds", "orders", "technical", "general")
_POLICIES: Final = ("2026-11.1", "2026-11.2")


@dataclass
class Session:
    """What truly happened in a session."""

    name: str
    customer: str | None
    channel: str
    turns: list[dict[str, Any]] = field(default_factory=list)
    handoffs: list[dict[str, Any]] = field(default_factory=list)
    outcome: dict[str, Any] | None = None

    @property
    def began(self) -> datetime:
        """When the first turn was."""
        return self.turns[0]["at"]

    def last(self, name: str) -> Any:
        """Return the last value of a turn's field that says something."""
        said = [turn[name] for turn in self.turns if turn[name] not in {None, "out_of_scope"}]
        return said[-1] if said else None

    def value(self, dimension: str) -> str:
        """Return the group that the session is in."""
        if dimension == "channel":
            return self.channel
        if dimension == "incident":
            return "yes" if any(turn["incident"] for turn in self.turns) else "no"
        if dimension == "queue":
            return self.handoffs[-1]["queues"][-1] if self.handoffs else "none"
        if dimension in {"journey", "intent", "policy"}:
            return self.last(dimension) or "none"
        return "all"


def make_sessions(number: int, seed: int = 7) -> list[Session]:
    """Return that many sessions, spread over the month; customers come back now and then."""
    dice = random.Random(seed)
    customers = [f"k1.customer{index}" for index in range(max(1, number * 2 // 3))]
    return [_make_session(dice, index, dice.choice(customers)) for index in range(number)]


def _make_session(dice: random.Random, index: int, customer: str) -> Session:
    known = dice.random() < 0.8
    session = Session(f"{index:032x}", customer if known else None, dice.choice(_CHANNELS))
    at = FIRST + timedelta(milliseconds=dice.randrange(DAYS * 86_400_000 - 3_600_000 * 4))
    journey, intent, policy = dice.choice(_JOURNEYS), dice.choice(_INTENTS), dice.choice(_POLICIES)
    incident = dice.random() < 0.05
    for number in range(1, dice.choice((1, 2, 3, 3, 4, 5, 6, 8)) + 1):
        if dice.random() < 0.1:
            intent = dice.choice(_INTENTS)
        session.turns.append(
            {
                "number": number,
                "at": at,
                "frustration": dice.randrange(1001) / 1000,
                "asked": dice.random() < 0.12,
                "escalated": dice.random() < 0.06,
                "retried": dice.random() < 0.1,
                "journey": journey if dice.random() < 0.9 else None,
                "intent": intent,
                "policy": policy,
                "incident": incident and number > 1,
            }
        )
        at += timedelta(milliseconds=dice.randrange(5_000, 240_000))
    if any(turn["asked"] or turn["escalated"] for turn in session.turns):
        _make_handoff(dice, session)
    if dice.random() < 0.7:
        session.outcome = {
            "outcome": dice.choice(list(Outcome)),
            "at": session.turns[-1]["at"] + timedelta(seconds=dice.randrange(1, 90_000)),
            "score": dice.choice((None, *range(1, 8))),
        }
    return session


def _make_handoff(dice: random.Random, session: Session) -> None:
    start = next(turn["at"] for turn in session.turns if turn["asked"] or turn["escalated"])
    events: list[dict[str, Any]] = []
    at = start
    if dice.random() < 0.9:
        for kind in dice.choice(
            (["accepted"], ["accepted", "asked"], ["accepted", "requeued", "accepted", "resolved"])
        ):
            at += timedelta(milliseconds=dice.randrange(500, 900_000))
            events.append({"kind": kind, "at": at, "slot": dice.choice(("order_number", "device"))})
    if dice.random() < 0.4:
        at += timedelta(seconds=dice.randrange(60, 4000))
        events.append({"kind": dice.choice(("resolved", "abandoned", "returned")), "at": at, "slot": None})
    queues = [dice.choice(_QUEUES)]
    if dice.random() < 0.1:
        queues.append(dice.choice([one for one in _QUEUES if one != queues[0]]))
    verdict = None
    if dice.random() < 0.5:
        verdict = {
            "at": at + timedelta(seconds=dice.randrange(10, 5000)),
            "correct": dice.choice((True, True, True, False, None)),
            "timing": dice.choice((None, *Timing)),
            "again": dice.random() < 0.1,
            "seconds": dice.choice((None, dice.randrange(0, 900))),
        }
    session.handoffs.append(
        {"at": start, "queues": queues, "events": events, "verdict": verdict, "known": ["order_number"]}
    )


def tell(session: Session) -> Iterator[AnyFact]:
    """Yield every fact of a session."""
    for turn in session.turns:
        yield TurnFact(
            session=session.name,
            recorded_at=turn["at"],
            turn=f"t{turn['number']}",
            customer=session.customer,
            channel=session.channel,
            **turn,
        )
    for handoff in session.handoffs:
        for moved, queue in enumerate(handoff["queues"]):
            at = handoff["at"] + timedelta(seconds=moved)
            known = frozenset(handoff["known"])
            yield HandoffFact(session=session.name, recorded_at=at, handoff="h", queue=queue, at=at, known=known)
        for number, event in enumerate(handoff["events"]):
            yield EventFact(
                session=session.name,
                recorded_at=event["at"],
                handoff="h",
                event=f"e{number}",
                kind=HandoffEventKind(event["kind"]),
                at=event["at"],
                slot=event["slot"] if event["kind"] == "asked" else None,
            )
        verdict = handoff["verdict"]
        if verdict:
            yield VerdictFact(
                session=session.name,
                recorded_at=verdict["at"],
                handoff="h",
                summary_correct=verdict["correct"],
                timing=verdict["timing"],
                asked_again=verdict["again"],
                reconstruction_seconds=verdict["seconds"],
            )
    if session.outcome:
        at = session.outcome["at"]
        yield OutcomeFact(
            session=session.name,
            recorded_at=at,
            outcome=session.outcome["outcome"],
            at=at,
            effort_score=session.outcome["score"],
        )


def arrive(sessions: Iterable[Session], seed: int = 11) -> list[AnyFact]:
    """Return the facts in the order in which they arrive: 1 in 10 twice or more, 1 in 20 up to 20 days late."""
    dice = random.Random(seed)
    arrivals: list[tuple[datetime, int, AnyFact]] = []
    for session in sessions:
        for fact in tell(session):
            copies = 1 + (dice.random() < 0.1) + (dice.random() < 0.02)
            for _ in range(copies):
                late = dice.randrange(20 * 86_400) if dice.random() < 0.05 else dice.randrange(30)
                arrivals.append((fact.recorded_at + timedelta(seconds=late), len(arrivals), fact))
    return [fact for _, _, fact in sorted(arrivals)]


def record(facts: Sequence[AnyFact], store: FigureStore, advance: Callable[[int], None] = lambda _: None) -> None:
    """Record facts batch by batch, as a stream delivers them."""
    recorder = Recorder(store)
    for start in range(0, len(facts), BATCH):
        batch = facts[start : start + BATCH]
        recorder.record(batch)
        advance(len(batch))


def fill(store: FigureStore, sessions: Sequence[Session], dimensions: Iterable[str] = ("all", "intent")) -> None:
    """Bring the counters of sessions into a store cell by cell: what it would hold had they been recorded there."""
    counted = FiguresInMemory()
    record(arrive(sessions), counted)
    last = (FIRST + timedelta(days=DAYS - 1)).date()
    cells = [one for name in dimensions for one in counted.read_counts(name, FIRST.date(), last)]
    for start in range(0, len(cells), _SLICE):
        change = Change(f"{sessions[0].name}-{start}", Held({}), FIRST, tallies=dict(cells[start : start + _SLICE]))
        assert store.commit([change])


def read(reader: CounterReader, group_by: str) -> MetricsAnswer:
    """Return the month's figures as the API gives them."""
    last = (FIRST + timedelta(days=DAYS - 1)).date()
    query = {"from": FIRST.date(), "to": last, "group_by": [one for one in group_by.split(",") if one]}
    return report_figures(MetricsQuery.model_validate(query), reader, datetime.now(UTC))


def recompute(sessions: Sequence[Session]) -> dict[str, tuple[float | None, int]]:
    """Return every figure of some sessions from scratch, with the number that it rests on. Repeats come apart."""
    handoffs = [handoff for one in sessions for handoff in one.handoffs]
    verdicts = [handoff["verdict"] for handoff in handoffs if handoff["verdict"]]
    waits, after = [], []
    for one in sessions:
        signals = [turn for turn in one.turns if turn["asked"] or turn["escalated"]]
        spoke = [
            event["at"]
            for handoff in one.handoffs
            for event in handoff["events"]
            if event["kind"] in {"accepted", "asked", "resolved", "returned"}
        ]
        if signals and spoke:
            waits.append((min(spoke) - signals[0]["at"]).total_seconds())
            after.append(sum(signals[0]["at"] < turn["at"] < min(spoke) for turn in one.turns))
    ends = [_end(one) for one in sessions]
    known = [end for end in ends if end[0] != "open"]
    times = [(at - one.began).total_seconds() for one, (end, at) in zip(sessions, ends, strict=True) if end in _SOLVED]
    scores = [one.outcome["score"] for one in sessions if one.outcome and one.outcome["score"]]
    asking = [one for one in handoffs if one["verdict"] or any(event["kind"] == "asked" for event in one["events"])]
    correct = [verdict["correct"] for verdict in verdicts if verdict["correct"] is not None]
    timings = [verdict["timing"].value for verdict in verdicts if verdict["timing"]]
    seconds = [float(verdict["seconds"]) for verdict in verdicts if verdict["seconds"] is not None]
    shifts = [one.turns[-1]["frustration"] - one.turns[0]["frustration"] for one in sessions]
    figures = {
        "time_to_human_p50_seconds": _exact(waits, 0.5),
        "time_to_human_p95_seconds": _exact(waits, 0.95),
        "turns_after_asking": _mean(after),
        "same_step_retries": _mean([sum(turn["retried"] for turn in one.turns) for one in sessions]),
        "frustration_shift": _mean(shifts),
        "time_to_resolution_p50_seconds": _exact(times, 0.5),
        "time_to_resolution_p95_seconds": _exact(times, 0.95),
        "customer_effort_score": _mean(scores),
        "handover_rate": _mean([len(one.handoffs) for one in sessions]),
        "reask_rate": _mean([_asked_again(one) for one in asking]),
        "summary_correct_rate": _mean(correct),
        "reroute_rate": _mean(
            [len(one["queues"]) > 1 or any(event["kind"] == "requeued" for event in one["events"]) for one in handoffs]
        ),
        "reconstruction_p50_seconds": _exact(seconds, 0.5),
        "reconstruction_p95_seconds": _exact(seconds, 0.95),
    }
    for timing in ("early", "right", "late"):
        figures[f"handover_{timing}_rate"] = _mean([one == timing for one in timings])
    for end in ("resolved", "contained", "deflected", "unresolved", "abandoned"):
        figures[f"{end}_rate"] = _mean([one == end for one, _ in known])
    return figures


def recompute_repeats(everybody: Sequence[Session], chosen: Sequence[Session]) -> tuple[float | None, int]:
    """Return the share of repeated contacts among the chosen sessions, by looking at every pair of a customer's."""
    of_customer = defaultdict(list)
    for one in everybody:
        if one.customer and one.last("intent"):
            of_customer[one.customer].append(one)
    repeated = [
        any(
            other is not one
            and other.last("intent") == one.last("intent")
            and timedelta() <= one.began - other.began <= timedelta(days=7)
            for other in of_customer[one.customer]
        )
        for one in chosen
        if one.customer and one.last("intent")
    ]
    return _mean(repeated)


_SOLVED: Final = frozenset({"resolved", "contained"})


def _end(session: Session) -> tuple[str, datetime]:
    """Return how a session ended, and when."""
    ends = [
        event
        for handoff in session.handoffs
        for event in handoff["events"]
        if event["kind"] in {"resolved", "abandoned"}
    ]
    if session.outcome:
        said, at = session.outcome["outcome"].value, session.outcome["at"]
    elif ends:
        said, at = ends[-1]["kind"], ends[-1]["at"]
    else:
        return "open", session.began
    if said == "resolved":
        return ("resolved" if session.handoffs else "contained"), at
    if said == "unresolved":
        return ("unresolved" if session.handoffs else "deflected"), at
    return said, at


def _asked_again(handoff: dict[str, Any]) -> bool:
    asked = any(event["kind"] == "asked" and event["slot"] in handoff["known"] for event in handoff["events"])
    return asked or bool(handoff["verdict"] and handoff["verdict"]["again"])


def _mean(values: Sequence[float]) -> tuple[float | None, int]:
    return (sum(values) / len(values) if values else None), len(values)


def _exact(values: Sequence[float], share: float) -> tuple[float | None, int]:
    if not values:
        return None, 0
    return sorted(values)[math.ceil(share * len(values)) - 1], len(values)


def differences(sessions: Sequence[Session], reader: CounterReader, group_by: str) -> list[str]:
    """Return every figure of every group that is not what brute force makes of it."""
    groups: dict[tuple[str, date | None], list[Session]] = defaultdict(list)
    dimension = next((one for one in group_by.split(",") if one not in {"", "day"}), "all")
    for one in sessions:
        groups[one.value(dimension), one.began.date() if "day" in group_by else None].append(one)
    found = {(group.group, group.day): group for group in read(reader, group_by).groups}
    wrong = [f"{group_by}: groups {set(found) ^ set(groups)}"] if set(found) != set(groups) else []
    for key in found.keys() & groups.keys():
        chosen = groups[key]
        expected = recompute(chosen) | {"repeat_contact_rate": recompute_repeats(sessions, chosen)}
        if set(expected) != set(found[key].figures) or found[key].sessions != len(chosen):
            wrong.append(f"{key}: other figures or sessions")
        for name, (value, count) in expected.items():
            figure = found[key].figures[name]
            allowed = (value or 0) * RELATIVE_ERROR + 1 if name.endswith("seconds") else 0.00006
            same = figure.value is None if value is None else abs((figure.value or 0) - value) <= allowed
            if figure.count != count or not same:
                wrong.append(f"{key} {name}: {figure.value} of {figure.count} instead of {value} of {count}")
    return wrong


DIMENSIONS: Final = ("all", *(one.value for one in Dimension))
GROUPINGS: Final = ("", "day", *(one.value for one in Dimension), "journey,day")


def main() -> int:
    """Record a month, recompute it, and print what came of it as one JSON object."""
    sessions = make_sessions(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
    facts = arrive(sessions)
    store = FiguresInMemory()
    bar = ProgressBar("Recording facts", len(facts))
    began = time.perf_counter()
    record(facts, store, bar.advance)
    recorded = time.perf_counter() - began
    wrong = [one for group_by in GROUPINGS for one in differences(sessions, store, group_by)]
    began = time.perf_counter()
    read(store, "intent")
    answer = {
        "sessions": len(sessions),
        "facts": len(facts),
        "facts_a_second": round(len(facts) / recorded),
        "reading_milliseconds": round((time.perf_counter() - began) * 1000, 1),
        "differences": wrong,
    }
    sys.stdout.write(json.dumps(answer, indent=1) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
