"""The README is complete: what users may meet is named there."""

from pathlib import Path

import pytest

from relief.api.catalogue import ROUTES
from relief.contracts.vocabulary import Action, Part, ReasonCode
from relief.measure.figures.formulas import FORMULAS
from relief.measure.figures.publish import METRICS, RECORDS, WAIT
from relief.settings import Settings

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", list(ReasonCode))
def test_every_reason_code_is_explained(code: ReasonCode) -> None:
    """Given a reason code, then the README has a row for it."""
    assert f"| `{code.value}` |" in README


@pytest.mark.parametrize("part", list(Part))
def test_every_part_that_can_be_degraded_is_named(part: Part) -> None:
    """Given a part, then the README names it."""
    assert f"`{part.value}`" in README


@pytest.mark.parametrize("action", list(Action))
def test_every_action_is_explained(action: Action) -> None:
    """Given an action, then the README says what the bot does."""
    assert f"| `{action.value}` |" in README


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_explained(name: str) -> None:
    """Given an environment variable, then the README has a row for it."""
    assert f"| `{name.upper()}` |" in README


@pytest.mark.parametrize("path", sorted({route.path for route in ROUTES}))
def test_every_route_is_listed(path: str) -> None:
    """Given a route, then the README lists it."""
    assert path in README


@pytest.mark.parametrize("name", [*(formula.name for formula in FORMULAS), *METRICS, RECORDS, WAIT])
def test_every_metric_is_named(name: str) -> None:
    """Given a figure or a CloudWatch metric, then the README names it."""
    assert f"`{name}`" in README
