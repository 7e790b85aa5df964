"""The mission's own examples and modes: each is decided as the mission says, and a deviation is said."""

import io
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import yaml

from relief.contracts.vocabulary import Mode
from relief.detect.__main__ import find_classifier
from relief.errors import DataFileInvalid
from relief.measure.trial.command import main
from relief.measure.trial.mission import SHIPPED_CASES, MissionTable, Row, load_cases, run_mission
from relief.measure.trial.runner import InProcessRunner

CASES = load_cases()
NAMED_IN_THE_MISSION = {
    "billing-dispute-high-value",
    "password-reset",
    "cancellation-of-long-standing",
    "legal-phrase",
    "annoyed-but-can-wait",
    "need-this-fixed-now",
    "refused-twice",
    "calm-third-contact",
    "silent-form-abandonment",
}


@pytest.fixture(scope="module")
def table() -> MissionTable:
    return run_mission(CASES, InProcessRunner(find_classifier()))


@pytest.mark.parametrize("case", [case.id for case in CASES])
def test_each_example_is_decided_as_the_mission_says(table: MissionTable, case: str) -> None:
    """Given a conversation of the mission, when it runs through the pipeline, then the decision is the one it names."""
    row = next(row for row in table.rows if row.case == case)
    assert row.deviations == []


def test_the_table_has_every_mode_and_every_named_example(table: MissionTable) -> None:
    """Given the table, then it shows all five modes at work, and no example that the mission names is missing."""
    assert {row.mode for row in table.rows} == set(Mode)
    assert {row.case for row in table.rows} >= NAMED_IN_THE_MISSION


def _write(folder: Path, **changes: object) -> Path:
    document = yaml.safe_load(SHIPPED_CASES.read_text(encoding="utf-8"))
    one = next(case for case in document["cases"] if case["id"] == "person-requested")
    path = folder / "cases.yaml"
    path.write_text(yaml.safe_dump({"cases": [{**one, **changes}]}), encoding="utf-8")
    return path


def test_a_deviation_is_told_and_ends_with_another_code(tmp_path: Path) -> None:
    """Given a case that is decided otherwise, when the command runs, then it says how and ends with 1."""
    wrong = {"action": "answer", "mode": "copilot", "reason": "ROUTINE", "queue": "billing", "realtime": False}
    out = io.StringIO()
    with redirect_stdout(out):
        code = main(["mission", "--cases", str(_write(tmp_path, expect=wrong))])
    assert code == 1
    told = out.getvalue()
    assert "1 cases, 1 otherwise" in told
    for part in (
        "action escalate instead of answer",
        "mode human_takeover instead of copilot",
        "reason CUSTOMER_REQUEST instead of ROUTINE",
        "queue general instead of billing",
        "not asynchronous",
        "handed over in turn 1 already",
    ):
        assert part in told


def test_what_holds_ends_with_0_and_can_be_read_by_programs(tmp_path: Path) -> None:
    """Given a case that comes out right, when it is asked for as JSON, then the code is 0 and the row reads back."""
    out = io.StringIO()
    with redirect_stdout(out):
        code = main(["mission", "--json", "--cases", str(_write(tmp_path))])
    assert code == 0
    rows: list[Row] = MissionTable.model_validate_json(out.getvalue()).rows
    assert [row.queue for row in rows] == ["general"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"expect": {"action": "sing"}}, r"cases\.yaml, line \d+: cases\.0\.expect\.action"),
        ({"expect": {"action": "answer", "turn": 4}}, "expects something in turn 4, but there are 1"),
        ({"ahead_of": "nobody"}, "compared with nobody, which is no case"),
        ({"colour": "blue"}, "cases.0.colour: there is no such field"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    """Given cases that do not validate, then file, line and what is wrong are said."""
    with pytest.raises(DataFileInvalid, match=message):
        load_cases(_write(tmp_path, **changes))
