"""What the sides came to, with 95 % confidence intervals.

Every figure is a quotient of two sums over shifts. Shifts are independent, customers of one shift are not, since they
share a queue; so whole shifts are drawn again: the percentile bootstrap over clusters (Efron, Tibshirani, *An
Introduction to the Bootstrap*, 1993, chapters 8 and 13). For the difference both sides of a shift are drawn together,
because they had the same customers with the same luck.
"""

import random
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from relief.contracts.model import LenientContract
from relief.measure.trial.synthetic.shift import Matter, Shift

_DRAWS: Final = 2000
_TAIL: Final = 0.025
_MINUTE: Final = 60.0
Quotient = tuple[float, float]


class Estimate(LenientContract):
    """A value with its interval; all ``None`` where there was nothing to measure."""

    value: float | None
    low: float | None
    high: float | None


class Row(LenientContract):
    """One figure of both sides, and how much more it is with Relief."""

    name: str
    meaning: str
    unit: str
    better: str
    without: Estimate
    with_relief: Estimate
    difference: Estimate


class _Figure(NamedTuple):
    name: str
    meaning: str
    unit: str
    better: str
    of: Callable[[Shift], Quotient]


def _mean(read: Callable[[Matter], float]) -> Callable[[Shift], Quotient]:
    return lambda shift: (sum(read(one) for one in shift.matters), len(shift.matters))


def _share(
    read: Callable[[Matter], bool], among: Callable[[Matter], bool] = lambda _: True
) -> Callable[[Shift], Quotient]:
    return lambda shift: (
        100 * sum(read(one) for one in shift.matters if among(one)),
        sum(among(one) for one in shift.matters),
    )


def _minutes(read: Callable[[Matter], Sequence[float | None]]) -> Callable[[Shift], Quotient]:
    def of(shift: Shift) -> Quotient:
        known = [one / _MINUTE for matter in shift.matters for one in read(matter) if one is not None]
        return sum(known), len(known)

    return of


def _beyond(matter: Matter) -> bool:
    return matter.beyond


FIGURES: Final = (
    _Figure(
        "effort",
        "messages that a customer writes until the matter is over, over all contacts",
        "messages",
        "lower",
        _mean(lambda one: one.messages),
    ),
    _Figure(
        "told_again",
        "facts told a second time, to bot or person",
        "a customer",
        "lower",
        _mean(lambda one: one.told_again),
    ),
    _Figure(
        "time_to_person",
        "from the first request or hand-over to the person, of those who got one",
        "minutes",
        "lower",
        _minutes(lambda one: [one.reached_after]),
    ),
    _Figure(
        "asked_and_got_one",
        "got a person, of those who asked for one",
        "%",
        "higher",
        _share(lambda one: one.reached_after is not None, lambda one: one.asked),
    ),
    _Figure(
        "time_to_help",
        "from the first message to the person, where only a person can solve it",
        "minutes",
        "lower",
        _minutes(lambda one: [one.person_after] if one.beyond else []),
    ),
    _Figure(
        "helped_beyond",
        "solved in the end, where only a person can solve it",
        "%",
        "higher",
        _share(lambda one: one.solved_after is not None, _beyond),
    ),
    _Figure("solved", "solved in the end, of all", "%", "higher", _share(lambda one: one.solved_after is not None)),
    _Figure(
        "time_to_solution",
        "from the first message to the solution, of those who got one",
        "minutes",
        "lower",
        _minutes(lambda one: [one.solved_after]),
    ),
    _Figure("repeats", "contacts after the first", "a customer", "lower", _mean(lambda one: one.contacts - 1)),
    _Figure("abandonment", "left unserved at least once", "%", "lower", _share(lambda one: one.left > 0)),
    _Figure("handed_over", "handed over at least once", "%", "neither", _share(lambda one: one.handed_over > 0)),
    _Figure(
        "needless",
        "handed over though the bot could have solved it and nobody asked",
        "%",
        "lower",
        _share(lambda one: one.needless > 0),
    ),
    _Figure(
        "queue_wait",
        "waiting for a person, of those who were served",
        "minutes",
        "lower",
        _minutes(lambda one: one.waits),
    ),
    _Figure(
        "left_waiting",
        "left the queue, of those handed over",
        "%",
        "lower",
        _share(lambda one: one.left_waiting > 0, lambda one: one.handed_over > 0),
    ),
    _Figure(
        "people_busy",
        "time that people spend serving",
        "%",
        "neither",
        lambda shift: (100 * shift.busy, shift.capacity),
    ),
)


def compare(without: Sequence[Shift], with_relief: Sequence[Shift], seed: int) -> list[Row]:
    """Return every figure of both sides. The n-th shifts of both had the same customers."""
    dice = random.Random(f"bootstrap:{seed}")  # noqa: S311 - no secret
    number = len(without)
    draws = [[dice.randrange(number) for _ in range(number)] for _ in range(_DRAWS)]
    return [_row(figure, without, with_relief, draws) for figure in FIGURES]


def _row(figure: _Figure, without: Sequence[Shift], with_relief: Sequence[Shift], draws: list[list[int]]) -> Row:
    sides = [[figure.of(shift) for shift in shifts] for shifts in (without, with_relief)]
    everything = list(range(len(without)))
    values = [_divide(side, everything) for side in sides]
    drawn = [[_divide(side, draw) for draw in draws] for side in sides]
    apart = [_less(one, other) for one, other in zip(drawn[1], drawn[0], strict=True)]
    return Row(
        name=figure.name,
        meaning=figure.meaning,
        unit=figure.unit,
        better=figure.better,
        without=_estimate(values[0], drawn[0]),
        with_relief=_estimate(values[1], drawn[1]),
        difference=_estimate(_less(values[1], values[0]), apart),
    )


def _divide(parts: Sequence[Quotient], chosen: Sequence[int]) -> float | None:
    whole = sum(parts[place][1] for place in chosen)
    return sum(parts[place][0] for place in chosen) / whole if whole else None


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _estimate(value: float | None, drawn: Sequence[float | None]) -> Estimate:
    known = sorted(one for one in drawn if one is not None)
    if value is None or not known:
        return Estimate(value=None, low=None, high=None)
    low, high = known[int(_TAIL * len(known))], known[int((1 - _TAIL) * len(known)) - 1]
    return Estimate(value=round(value, 3), low=round(low, 3), high=round(high, 3))
