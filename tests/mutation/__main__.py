"""Mutation testing of deciding, redaction and ownership, on a sample that a seed draws: ``python -m tests.mutation``.

A mutant is run against those tests of its area that run the changed line; one that they pass has survived. A mutant on a
line that no test runs has survived as well. The score is the share of the sample that was noticed, with its 95 % interval.
"""

import argparse
import json
import math
import random
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.mutation.mutants import AREAS, mutants
from tests.mutation.trial import find_cover, load_libraries, passes

_NORMAL_95: Final = 1.959964
_SECONDS_OF_TESTS: Final = 25.0
"""Processor seconds that a mutant's tests took without it, at most; quick tests go first."""
_START_SECONDS: Final = 20.0


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


def measure(name: str, number: int, seed: int, folder: Path) -> dict[str, Any]:
    """Return the score of an area on a sample of so many mutants."""
    area = AREAS[name]
    cover = find_cover(area.tests, area.modules, folder)
    every = list(mutants(area))
    sample = random.Random(seed).sample(every, min(number, len(every)))
    survivors = []
    uncovered = 0
    for done, mutant in enumerate(sample, 1):
        chosen = cover.choose(mutant.module, mutant.lines, _SECONDS_OF_TESTS)
        uncovered += not chosen
        patience = _START_SECONDS + 5 * sum(one.seconds for one in chosen)
        if not chosen or passes([one.name for one in chosen], mutant.module, mutant.code, patience):
            survivors.append(f"{mutant.module}:{mutant.lines[0] if mutant.lines else 0}: {mutant.change}")
            print(survivors[-1], file=sys.stderr, flush=True)
        if done % 20 == 0:
            print(f"{name}: {done} of {len(sample)}, {len(survivors)} survived", file=sys.stderr, flush=True)
    killed = len(sample) - len(survivors)
    return {
        "mutants": len(every),
        "sampled": len(sample),
        "killed": killed,
        "score": round(killed / len(sample), 3),
        "interval": [round(end, 3) for end in interval(killed, len(sample))],
        "on_lines_that_no_test_runs": uncovered,
        "survivors": survivors,
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the scores."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--mutants", type=int, default=150, help="over all areas")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--area", choices=[*AREAS], action="append", help="one area alone; may be repeated")
    options = parser.parse_args(arguments)
    load_libraries()
    areas = options.area or [*AREAS]
    scores = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in areas:
            scores[name] = measure(name, options.mutants // len(areas), options.seed, Path(folder))
    sampled, killed = (sum(one[what] for one in scores.values()) for what in ("sampled", "killed"))
    every = {"sampled": sampled, "killed": killed, "score": round(killed / sampled, 3)}
    print(
        json.dumps(
            {**scores, "every_area": {**every, "interval": [round(e, 3) for e in interval(killed, sampled)]}}, indent=2
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
