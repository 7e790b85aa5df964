"""What the mission asks for, as conversations with the decision that it names, run through the whole pipeline.

The cases are data (``mission.yaml``). Each is told with action, mode, queue and reason, beside what they should be.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from pydantic import Field, field_validator, model_validator

from relief.contracts.decision import TurnResponse
from relief.contracts.model import Contract, LenientContract, Name, Score
from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, Dimension, Mode, ReasonCode
from relief.decide.source import load_source
from relief.measure.gold import first_escalation
from relief.measure.trial.runner import TurnRunner

SHIPPED_CASES: Final = Path(__file__).parent / "mission.yaml"
_NEVER: Final = 1_000
_COLUMNS: Final = ("case", "section", "turn", "action", "mode", "queue", "reason", "as it should be")


class Expected(Contract):
    """What one decision should be. Of a list, any will do; what is left out may be anything."""

    turn: Annotated[int, Field(ge=1)] | None = Field(None, description="The turn, from 1; the last one when absent.")
    action: Annotated[list[Action], Field(min_length=1)]
    mode: list[Mode] = []
    reason: list[ReasonCode] = []
    queue: Name | None = None
    realtime: bool | None = None
    above: dict[Dimension, Score] = Field({}, description="Scores that must be at least this.")
    below: dict[Dimension, Score] = Field({}, description="Scores that must be under this.")

    @field_validator("action", "mode", "reason", mode="before")
    @classmethod
    def _take_one_for_a_list(cls, value: Any) -> Any:  # noqa: ANN401 - raw input before validation
        return [value] if isinstance(value, str) else value


class Case(Contract):
    """One conversation."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{2,63}$")]
    section: Annotated[int, Field(ge=1, le=12, description="Of the mission.")]
    about: Annotated[str, Field(min_length=5, max_length=100)]
    turns: Annotated[list[TurnRequest], Field(min_length=1)]
    expect: Expected
    sooner_than: str | None = Field(None, description="The case whose hand-over comes in a later turn, or never.")
    ahead_of: str | None = Field(None, description="The case whose hand-over has a lower priority.")

    @field_validator("turns", mode="before")
    @classmethod
    def _number_the_turns(cls, value: Any) -> Any:  # noqa: ANN401 - as above
        if not isinstance(value, list):
            return value
        return [
            {"turn_id": f"t{number}", "channel": "web_chat"} | turn if isinstance(turn, dict) else turn
            for number, turn in enumerate(value, 1)
        ]

    @model_validator(mode="after")
    def _expects_an_existing_turn(self) -> "Case":
        if self.turn > len(self.turns):
            message = f"expects something in turn {self.turn}, but there are {len(self.turns)}"
            raise ValueError(message)
        return self

    @property
    def turn(self) -> int:
        """The turn that is looked at."""
        return self.expect.turn or len(self.turns)


class Cases(Contract):
    """All of them."""

    cases: Annotated[list[Case], Field(min_length=1)]

    @model_validator(mode="after")
    def _names_cases_that_exist(self) -> "Cases":
        names = [one.id for one in self.cases]
        if len(set(names)) != len(names):
            message = "two cases have the same id"
            raise ValueError(message)
        for one in self.cases:
            for other in (one.sooner_than, one.ahead_of):
                if other is not None and other not in names:
                    message = f"case {one.id} is compared with {other}, which is no case"
                    raise ValueError(message)
        return self


class Row(LenientContract):
    """One line of the table: what was decided, and how that differs from what should have been."""

    case: str
    section: int
    about: str
    turn: int
    action: Action
    mode: Mode
    queue: str | None
    reason: ReasonCode
    rule: str
    priority: int | None
    realtime: bool | None
    deviations: list[str]


class Played(NamedTuple):
    """A case with its answers."""

    case: Case
    answers: Sequence[TurnResponse]

    @property
    def answer(self) -> TurnResponse:
        """The decision that is looked at."""
        return self.answers[self.case.turn - 1]

    @property
    def handed_over(self) -> int:
        """The turn of the first hand-over; one that never comes counts as later than all."""
        return first_escalation(self.answers) or _NEVER

    @property
    def priority(self) -> int:
        """The priority of the hand-over; 0 without one."""
        return self.answer.handoff.priority if self.answer.handoff else 0


class MissionTable(LenientContract):
    """The whole table."""

    rows: list[Row]

    @cached_property
    def deviating(self) -> int:
        """How many cases came out otherwise than they should."""
        return sum(bool(row.deviations) for row in self.rows)

    def tell(self) -> str:
        """Return the table as text for a person."""
        lines: list[tuple[str, ...]] = [_COLUMNS]
        for row in self.rows:
            verdict = "; ".join(row.deviations) if row.deviations else "yes"
            decided = (row.action.value, row.mode.value, row.queue or "-", row.reason.value)
            lines.append((row.about, f"§{row.section}", str(row.turn), *decided, verdict))
        widths = [max(len(line[place]) for line in lines) for place in range(len(_COLUMNS) - 1)]
        told = ["  ".join([*map(str.ljust, line, widths), line[-1]]) for line in lines]
        return "\n".join([*told, "", f"{len(self.rows)} cases, {self.deviating} otherwise than they should be"]) + "\n"


def load_cases(path: Path = SHIPPED_CASES) -> list[Case]:
    """Load the cases.

    Raises:
        DataFileInvalid: the file does not validate; names file, line and what to do.
    """
    return load_source(path, Cases).cases


def run_mission(cases: Sequence[Case], runner: TurnRunner) -> MissionTable:
    """Run every case and hold it against what the mission says.

    Raises:
        TurnRefused: a turn got no answer.
    """
    played = {}
    for case in cases:
        runner.begin(case.id)
        played[case.id] = Played(case, [runner.take(turn) for turn in case.turns])
    return MissionTable(rows=[_row(one, played) for one in played.values()])


def _row(one: Played, played: Mapping[str, Played]) -> Row:
    answer, reason = one.answer, one.answer.reasons[0]
    return Row(
        case=one.case.id,
        section=one.case.section,
        about=one.case.about,
        turn=one.case.turn,
        action=answer.action,
        mode=answer.mode,
        queue=answer.handoff.queue if answer.handoff else None,
        reason=reason.code,
        rule=reason.rule,
        priority=answer.handoff.priority if answer.handoff else None,
        realtime=answer.handoff.realtime if answer.handoff else None,
        deviations=[*_deviations(one), *_comparisons(one, played)],
    )


def _deviations(one: Played) -> list[str]:
    """Return in words how a decision differs from what it should be."""
    expected, answer = one.case.expect, one.answer
    handoff = answer.handoff
    found = []
    for what, is_now, wanted in (
        ("action", answer.action, expected.action),
        ("mode", answer.mode, expected.mode),
        ("reason", answer.reasons[0].code, expected.reason),
    ):
        if wanted and is_now not in wanted:
            found.append(f"{what} {is_now.value} instead of {' or '.join(named.value for named in wanted)}")
    if expected.queue is not None and (handoff is None or handoff.queue != expected.queue):
        found.append(f"queue {handoff.queue if handoff else 'none'} instead of {expected.queue}")
    if expected.realtime is not None and (handoff is None or handoff.realtime is not expected.realtime):
        found.append("not in real time" if expected.realtime else "not asynchronous")
    scores = answer.signals.scores()
    found += [f"{name} under {mark}" for name, mark in expected.above.items() if scores[name] < mark]
    found += [f"{name} not under {mark}" for name, mark in expected.below.items() if scores[name] >= mark]
    first = first_escalation(one.answers)
    if Action.escalate not in expected.action and first is not None and first <= one.case.turn:
        found.append(f"handed over in turn {first} already")
    return found


def _comparisons(one: Played, played: Mapping[str, Played]) -> list[str]:
    found = []
    slower = one.case.sooner_than
    if slower is not None and one.handed_over >= played[slower].handed_over:
        found.append(f"a person no sooner than in {slower}")
    behind = one.case.ahead_of
    if behind is not None and one.priority <= played[behind].priority:
        found.append(f"priority {one.priority}, not above {played[behind].priority} of {behind}")
    return found
