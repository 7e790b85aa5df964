"""Mutation testing of deciding, redaction and ownership, on a sample that a seed draws: ``python -m tests.mutation``.

A mutant is run against those tests of its area that run the changed line; one that they pass has survived. A mutant on a
line that no test runs has survived as well. The score is the share of the sample that was noticed, with its 95 % interval.
A sample that runs out of time ends early, and tells how many mutants it came to.
"""

import argparse
import json
import math
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.mutation.mutants import AREAS, mutants
from tests.mutation.trial import find_cover, load_libraries, passes

_NORMAL_95: Final = 1.959964
_START_SECONDS: Final = 20.0
_SLOWER: Final = 5.0
"""A mutant may take so many times as long as its tests took without it; then it counts as noticed."""


class Bounds(NamedTuple):
    """How much is tried of an area."""

    mutants: int
    seed: int
    test_seconds: float
    """Processor seconds that a mutant's tests took without it, at most; quick tests go first."""
    minutes: float
    """Wall time for the mutants; the tests' own run without any change comes before."""


def interval(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share.

    Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the American
    Statistical Association 22 (1927).
    """
    if not trials:
        return 0.0, 1.0
    share, z = successes / trials, _NORMAL_95
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return (middle - half) / scale, (middle + half) / scale


def measure(name: str, bounds: Bounds, folder: Path) -> dict[str, Any]:
    """Return the score of an area."""
    area = AREAS[name]
    cover = find_cover(area.tests, area.modules, folder)
    every = list(mutants(area))
    sample = random.Random(bounds.seed).sample(every, min(bounds.mutants, len(every)))
    end = time.monotonic() + 60 * bounds.minutes
    survivors = []
    tried = uncovered = 0
    for mutant in sample:
        if tried and time.monotonic() > end:
            break
        tried += 1
        chosen = cover.choose(mutant.module, mutant.lines, bounds.test_seconds)
        uncovered += not chosen
        patience = _START_SECONDS + _SLOWER * sum(one.seconds for one in chosen)
        if not chosen or passes([one.name for one in chosen], mutant.module, mutant.code, patience):
            survivors.append(f"{mutant.module}:{mutant.lines[0] if mutant.lines else 0}: {mutant.change}")
            print(survivors[-1], file=sys.stderr, flush=True)
        if tried % 20 == 0:
            print(f"{name}: {tried} of {len(sample)}, {len(survivors)} survived", file=sys.stderr, flush=True)
    return {
        "mutants": len(every),
        **_score(tried - len(survivors), tried),
        "on_lines_that_no_test_runs": uncovered,
        "survivors": survivors,
    }


def _score(killed: int, tried: int) -> dict[str, Any]:
    ends = [round(end, 3) for end in interval(killed, tried)]
    return {"sampled": tried, "killed": killed, "score": round(killed / tried, 3), "interval": ends}


def main(arguments: list[str] | None = None) -> int:
    """Print the scores."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--mutants", type=int, default=60, help="of each area")
    parser.add_argument("--seed", type=int, default=1, help="which mutants are drawn")
    parser.add_argument("--area", choices=[*AREAS], action="append", help="one area alone; may be repeated")
    parser.add_argument("--test-seconds", type=float, default=15, help="processor time of the tests for each mutant")
    parser.add_argument("--minutes", type=float, default=20, help="for the mutants of each area")
    options = parser.parse_args(arguments)
    bounds = Bounds(options.mutants, options.seed, options.test_seconds, options.minutes)
    load_libraries()
    scores = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in options.area or AREAS:
            scores[name] = measure(name, bounds, Path(folder))
    killed, tried = (sum(one[what] for one in scores.values()) for what in ("killed", "sampled"))
    print(json.dumps({**scores, "every_area": _score(killed, tried)}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
