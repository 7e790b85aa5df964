"""Measure how much of the package the tests run, branch by branch: ``python -m tests.coverage``.

Two parts run beside each other: the stages by themselves, and the application as the local stack runs it, whose functions
are threads of the test's own process. What is slow and runs nothing that the rest does not run is left out.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / ".local" / "coverage"
LEAST: Final = 95.0
"""Percent of the branches."""

PARTS: Final[dict[str, tuple[str, ...]]] = {
    "stages": (
        *("tests/unit", "tests/contract", "tests/property"),
        # The local stack is no part of the package; costs cannot be measured under measurement.
        *("--ignore-glob=tests/unit/test_local_*", "--ignore=tests/unit/test_privacy_cost.py"),
        *("--ignore=tests/unit/test_chaos_machine.py", "--ignore=tests/unit/test_classifier_variation.py"),
        "--deselect=tests/property/test_random_policies.py::test_a_sound_policy_keeps_every_promise",
        "--deselect=tests/unit/test_classifier_model.py::test_a_thousand_hostile_messages_get_scores_and_never_an_exception",
        "--deselect=tests/unit/test_decide_replay.py::test_ten_thousand_decisions_take_seconds",
    ),
    "services": (
        *("tests/e2e", "tests/delivery"),
        *("--ignore=tests/e2e/test_canary.py", "--ignore=tests/e2e/test_canary_operators.py"),
        *("--ignore=tests/e2e/test_race.py", "--ignore=tests/e2e/test_long_session.py"),
        "--ignore=tests/e2e/test_concurrency.py",
    ),
}
_OPTIONS: Final = ("-q", "-p", "no:cacheprovider", "--no-header", "--tb=short")


def run_parts() -> bool:
    """Run every part at once, and print what each said; tell whether all passed."""
    for old in FOLDER.glob("data*"):
        old.unlink()
    FOLDER.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "COVERAGE_FILE": str(FOLDER / "data"), "HYPOTHESIS_PROFILE": "few"}
    running = {}
    for name, tests in PARTS.items():
        command = [sys.executable, "-m", "coverage", "run", "-m", "pytest", *_OPTIONS, *tests]
        log = (FOLDER / f"{name}.log").open("wb")
        with log:
            running[name] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)  # noqa: S603 - our own
    passed = True
    for name, process in running.items():
        passed &= process.wait() == 0
        said = (FOLDER / f"{name}.log").read_text("utf-8")
        print(f"{name}: {said.splitlines()[-1]}" if process.returncode == 0 else said, file=sys.stderr)
    return passed


def measure() -> dict[str, Any]:
    """Combine what the parts left, print the lines that nothing runs, and return the figures."""
    command = [sys.executable, "-m", "coverage"]
    environment = {**os.environ, "COVERAGE_FILE": str(FOLDER / "data")}
    report = FOLDER / "report.json"
    subprocess.run([*command, "combine", "-q"], cwd=ROOT, env=environment, check=True)  # noqa: S603 - our own
    subprocess.run([*command, "report"], cwd=ROOT, env=environment, check=False)  # noqa: S603 - our own
    # Its exit code says whether lines and branches together are enough, which is less than what is asked here.
    subprocess.run([*command, "json", "-q", "-o", str(report)], cwd=ROOT, env=environment, check=False)  # noqa: S603 - our own
    totals = json.loads(report.read_text("utf-8"))["totals"]
    return {
        "branches": totals["num_branches"],
        "branches_run": totals["covered_branches"],
        "percent_of_branches": round(totals["percent_branches_covered"], 1),
        "percent_of_lines": round(totals["percent_statements_covered"], 1),
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the figures; fail when a test fails, or fewer branches are run than must be."""
    argparse.ArgumentParser(prog="python -m tests.coverage", description=__doc__).parse_args(arguments)
    began = time.monotonic()
    passed = run_parts()
    figures = measure()
    print(json.dumps({**figures, "seconds": round(time.monotonic() - began)}))
    return 0 if passed and figures["percent_of_branches"] >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
