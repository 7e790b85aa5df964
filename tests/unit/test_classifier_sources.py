"""A trial of the training sees every kind of row, and few of each."""

from collections import Counter

from train.public import thin
from train.rows import OWN, Row
from train.sources import Sources, few_of


def _rows(number: int, source: str, matter: str | None) -> list[Row]:
    return [Row(id=f"{source}-{matter}-{place}", source=source, text="hello", matter=matter) for place in range(number)]


def test_given_many_rows_then_a_trial_has_some_of_each_kind() -> None:
    rows = [*_rows(900, OWN, "none"), *_rows(900, "public", None), *_rows(900, "serious", "safety")]
    sources = Sources(own=rows[:900], rows=rows, calibration=rows[:900], held_out=rows[:900], serious=rows[1800:])

    few = few_of(sources, seed=1)

    kinds = Counter((row.source, row.matter) for row in few.rows)
    assert len(kinds) == 3
    assert max(kinds.values()) <= 150
    assert len(few.calibration) == len(few.held_out) == len(few.serious) == 150
    assert few_of(sources, seed=1).rows == few.rows


def test_given_few_rows_then_a_trial_keeps_them_all() -> None:
    rows = [*_rows(3, OWN, None), *_rows(2, "public", None)]

    few = few_of(Sources(own=rows[:3], rows=rows, calibration=[], held_out=[], serious=[]), seed=1)

    assert few.rows == rows


def test_given_more_emotions_than_heads_should_weigh_then_they_are_fitted_on_some_and_on_all_else() -> None:
    rows = [*_rows(9_500, "goemotions", None), *_rows(700, OWN, None)]

    fitted = Counter(row.source for row in thin(rows))

    assert fitted == {"goemotions": 9_000, OWN: 700}
