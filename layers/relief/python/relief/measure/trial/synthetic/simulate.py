"""Play shifts with and without Relief, and report both."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, model_validator

from relief.contracts.decision import TurnResponse
from relief.contracts.model import Contract, LenientContract
from relief.contracts.turn import TurnRequest
from relief.errors import DataFileInvalid
from relief.measure.trial.baseline import Baseline
from relief.measure.trial.runner import TurnRunner
from relief.measure.trial.synthetic.bot import BotRates
from relief.measure.trial.synthetic.contact import Side
from relief.measure.trial.synthetic.customer import draw_customer
from relief.measure.trial.synthetic.figures import Estimate, Row, compare
from relief.measure.trial.synthetic.population import Assumption, Population
from relief.measure.trial.synthetic.shift import Shift, Staffing

_NAME_WIDTH, _VALUE_WIDTH = 18, 25


class Plan(Contract):
    """What is played."""

    customers: Annotated[int, Field(ge=2, le=100_000)] = 720
    shifts: Annotated[int, Field(ge=2)] = 12
    seed: int = 1
    bot: BotRates = BotRates()
    staffing: Staffing = Staffing()

    @model_validator(mode="after")
    def _enough_for_each(self) -> Self:
        if self.customers < self.shifts:
            message = "there must be a customer for each shift"
            raise ValueError(message)
        return self


def parse_plan(document: Mapping[str, Any]) -> Plan:
    """Return the plan that a document describes.

    Raises:
        DataFileInvalid: it makes no sense; each number that does not is named.
    """
    try:
        return Plan.model_validate(document)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, one['loc'])) or 'plan'}: {one['msg']}" for one in error.errors())
        raise DataFileInvalid("; ".join(problems)) from error


class SimulationReport(LenientContract):
    """What came of it."""

    plan: Plan
    turns: dict[str, int]
    figures: list[Row]
    needless: dict[str, dict[str, int]] = Field(
        description="Hand-overs that the bot could have done without and nobody asked for, by side and rule."
    )
    assumptions: list[Assumption]


class _Counting:
    """A runner that counts its turns."""

    def __init__(self, runner: TurnRunner) -> None:
        self.begin = runner.begin
        self.stage = runner.stage
        self.stored = runner.stored
        self._runner = runner
        self.turns = 0

    def take(self, turn: TurnRequest) -> TurnResponse:
        self.turns += 1
        return self._runner.take(turn)


def simulate(
    plan: Plan, population: Population, relief: TurnRunner, advance: Callable[[int], None] = lambda _: None
) -> SimulationReport:
    """Play the plan on both sides; ``advance`` is told how many customers were served by both.

    Raises:
        TurnRefused: a turn got no answer.
    """
    runners = {"without": _Counting(Baseline()), "with_relief": _Counting(relief)}
    played: dict[str, list[Shift]] = {name: [] for name in runners}
    for number in range(plan.shifts):
        places = range(number, plan.customers, plan.shifts)
        for name, runner in runners.items():
            customers = [draw_customer(population, plan.seed, place) for place in places]
            side = Side(name, runner, own_rules=name == "without")
            shift = Shift(side, plan.bot, plan.staffing, customers)
            shift.run()
            played[name].append(shift)
        advance(len(places))
    return SimulationReport(
        plan=plan,
        turns={name: runner.turns for name, runner in runners.items()},
        figures=compare(played["without"], played["with_relief"], plan.seed),
        needless={name: _count_needless(shifts) for name, shifts in played.items()},
        assumptions=population.assumptions,
    )


def _count_needless(shifts: Iterable[Shift]) -> dict[str, int]:
    return dict(Counter(rule for shift in shifts for one in shift.matters for rule in one.needless_rules).most_common())


def tell(report: SimulationReport) -> str:
    """Return a report as a table for people."""
    plan = report.plan
    heads = ("", "without Relief", "with Relief", "difference")
    lines = [
        (
            f"{plan.customers} customers in {plan.shifts} shifts, {plan.staffing.per_hour:g} an hour, "
            f"{plan.staffing.people} people; seed {plan.seed}."
        ),
        (
            f"The bot misreads {plan.bot.misunderstanding:.0%}, its steps fail {plan.bot.step_failure:.0%} "
            f"(again {plan.bot.stubborn:.0%}), {plan.bot.beyond:.0%} of matters are beyond it."
        ),
        "",
        _line(*heads),
    ]
    for row in report.figures:
        lines.append(_line(row.name, _show(row.without), _show(row.with_relief), _show(row.difference) + _verdict(row)))
    lines += ["", "In brackets: 95 % confidence interval. `+` better, `-` worse, where the interval leaves no doubt."]
    lines += [f"  {row.name}: {row.meaning} ({row.unit})" for row in report.figures]
    for side, rules in report.needless.items():
        told = ", ".join(f"{rule} {count}" for rule, count in rules.items()) or "none"
        lines += ["", f"Needless hand-overs {side.replace('_relief', ' Relief')}, by what handed over: {told}"]
    lines += ["", "Assumptions:", *(f"- {one.what} [{one.source}]" for one in report.assumptions)]
    return "\n".join(lines) + "\n"


def _line(name: str, *values: str) -> str:
    return (f"{name:{_NAME_WIDTH}}" + "".join(f"{value:<{_VALUE_WIDTH}}" for value in values)).rstrip()


def _show(estimate: Estimate) -> str:
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "nothing to measure"
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _verdict(row: Row) -> str:
    """Return whether a difference is better or worse, where its interval lies on one side of nothing."""
    low, high = row.difference.low, row.difference.high
    if row.better == "neither" or low is None or high is None or low <= 0 <= high:
        return ""
    return " +" if (high < 0) == (row.better == "lower") else " -"
