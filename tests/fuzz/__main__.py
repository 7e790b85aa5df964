"""Fuzz the API by its own document, and redaction and the policy loader with coverage: ``python -m tests.fuzz``."""

import argparse
import contextlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from relief.decide.policy import SHIPPED_POLICY
from tests.fuzz.api import fuzz_api

_EXAMPLES: Final = 60
_MOST_RUNS: Final = 12
_RUNS: Final = re.compile(r"Done (\d+) runs")
_LABELLED: Final = Path(__file__).resolve().parents[1] / "unit" / "cases" / "privacy_labelled.txt"
_LONGEST: Final = {"redaction": 600, "policy": 4000}
"""Length of an input, bytes."""


def fuzz_with_coverage(name: str, seconds: int) -> dict[str, Any]:
    """Run one target for so long; it begins with what the project has."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(_seeds(name)):
            (Path(folder) / str(number)).write_text(text, encoding="utf-8")
        options = [folder, f"-max_total_time={seconds}", f"-max_len={_LONGEST[name]}", f"-artifact_prefix={folder}/"]
        done = subprocess.run(  # noqa: S603 - this environment's own Python
            [sys.executable, "-m", "tests.fuzz.targets", name, *options], capture_output=True, text=True, check=False
        )
    runs = _RUNS.search(done.stderr)
    failed = done.returncode != 0
    return {"runs": int(runs[1]) if runs else 0, "failed": failed} | ({"tail": done.stderr[-2000:]} if failed else {})


def _seeds(name: str) -> list[str]:
    if name == "policy":
        return [SHIPPED_POLICY.read_text(encoding="utf-8")]
    return _LABELLED.read_text(encoding="utf-8").splitlines()[:200]


def fuzz_requests(wanted: int) -> dict[str, Any]:
    """Send at least so many requests, each run with a seed of its own."""
    sent, seed = 0, 0
    while sent < wanted and seed < _MOST_RUNS:
        seed += 1
        found = fuzz_api(_EXAMPLES, seed)
        sent += found.requests
        if found.failed:
            return {"requests": sent, "failed": True, "seed": seed, "report": found.report[-6000:]}
    return {"requests": sent, "failed": sent < wanted, "seeds": seed}


def main(arguments: list[str] | None = None) -> int:
    """Run everything; exit code 1 when anything was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--seconds", type=int, default=120, help="for each fuzzer with coverage")
    options = parser.parse_args(arguments)
    with contextlib.redirect_stdout(sys.stderr):  # where functions put their metrics
        report = {"api": fuzz_requests(options.requests)}
    report |= {name: fuzz_with_coverage(name, options.seconds) for name in _LONGEST}
    print(json.dumps(report, indent=2))
    return 1 if any(one["failed"] for one in report.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
