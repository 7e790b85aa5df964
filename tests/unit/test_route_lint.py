"""Routing tables are checked: what nobody takes, and whom nobody reaches, is found before customers find it."""

from pathlib import Path

import pytest
import yaml

from relief.decide.source import load_source
from relief.errors import DataFileInvalid
from relief.route.command import Exit, run_command
from relief.route.tables import SHIPPED_TABLE, RoutingTable

OFFICE = Path(__file__).parent / "cases/routing/office.yaml"


def test_the_shipped_table_is_sound() -> None:
    """Given the shipped table, then there is nothing to mend."""
    outcome = run_command(["check", str(SHIPPED_TABLE)])
    assert outcome.code is Exit.sound, outcome.text
    assert "13 intents, 10 queues" in outcome.text


def change(tmp_path: Path, **changes: object) -> Path:
    document = {**yaml.safe_load(OFFICE.read_text(encoding="utf-8")), **changes}
    path = tmp_path / "table.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return path


def test_faults_are_found_and_each_comes_with_a_cure(tmp_path: Path) -> None:
    """Given a table with faults of every kind, then each is named with what to do, and the exit code says so."""
    office = yaml.safe_load(OFFICE.read_text(encoding="utf-8"))
    intents = {name: queue for name, queue in office["intents"].items() if name != "refund"}
    queues = {
        **office["queues"],
        "vips": {"team": {"de": "Sonderkunden"}, "skills": [], "realtime_seconds": 1, "reply_seconds": 1},
        "general": {**office["queues"]["general"], "capacity": 0},
    }
    queues.pop("security")
    intents["account_security"] = "accounts"
    hours = {**office["hours"], "unused": office["hours"]["berlin"]}
    path = change(tmp_path, intents=intents, queues=queues, hours=hours)
    outcome = run_command(["check", str(path)])
    assert outcome.code is Exit.findings
    for found in (
        "intent refund has no queue; add it under intents",
        "rule security-concern names queue security, which does not exist; define it",
        "nobody can reach queue vips; name it",
        "hours unused are used by no queue; give them",
        "queue vips has no English team name; add en",
        "the fallback queue general is staffed by nobody; give it",
    ):
        assert found in outcome.text


def test_a_table_that_does_not_validate_is_unusable(tmp_path: Path) -> None:
    """Given a table that names what it does not define, then file, place and cure are named."""
    with pytest.raises(DataFileInvalid, match="queue nowhere is named but not defined"):
        load_source(change(tmp_path, fallback="nowhere"), RoutingTable)
    assert run_command(["check", str(change(tmp_path, fallback="nowhere"))]).code is Exit.unusable
    assert "hours bern" in run_command(["check", str(change(tmp_path, hours={}))]).text.replace("berlin", "bern")
