"""Requests made from the API's own document (schemathesis), against the local stack with all of its checks but two.

Left out are `unsupported_method`, because an HTTP API answers 404 to a method that no route has, and
`positive_data_acceptance`, because some rules lie between fields (an event `asked` names its slot, a turn needs words or
behaviour) and in texts (what `limit` may be), where JSON Schema does not say them.
"""

import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

from relief.api import openapi
from tests.local.stack import LocalStack

SCOPES: Final = (
    "relief/turns relief/handoffs relief/context.agent relief/context.supervisor relief/erase relief/reviews "
    "relief/policies relief/metrics relief/incidents"
)
LEFT_OUT: Final = "unsupported_method,positive_data_acceptance"
_DOCUMENT: Final = Path(openapi.__file__).with_name("openapi.json")
_GENERATED: Final = re.compile(r"(\d[\d,]*) generated")
_LONGEST_SECONDS: Final = 3600


class Found(NamedTuple):
    """What came of a run."""

    requests: int
    failed: bool
    report: str


def fuzz_api(examples: int, seed: int = 1, phases: str = "examples,coverage,fuzzing") -> Found:
    """Send about so many examples to each operation, after those that cover its document; ``seed`` makes it repeatable."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    with LocalStack.start(environment={"POWERTOOLS_LOG_LEVEL": "CRITICAL"}) as stack:
        token = stack.token(SCOPES, lifetime_seconds=_LONGEST_SECONDS)
        program = Path(sys.executable).with_name("schemathesis")
        options = ["--url", stack.base_url, "--header", f"Authorization: Bearer {token}", "--seed", str(seed)]
        options += ["--phases", phases, "--max-examples", str(examples), "--no-color"]
        options += ["--checks", "all", "--exclude-checks", LEFT_OUT, "--continue-on-failure"]
        done = subprocess.run(  # noqa: S603 - the program of this environment
            [program, "run", _DOCUMENT, *options],
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    generated = _GENERATED.search(done.stdout)
    requests = int(generated[1].replace(",", "")) if generated else 0
    return Found(requests, done.returncode != 0, done.stdout + done.stderr)
