"""Mutation testing of deciding, redaction and ownership, on a sample that a seed draws: ``python -m tests.mutation``.

Mutants are those of cosmic-ray's operators that change what code does rather than how it is annotated. Each is run in a
copy of the package, against the tests of its area; one that they pass has survived.
"""

import argparse
import difflib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGE: Final = ROOT / "layers" / "relief" / "python" / "relief"
_LONGEST_SECONDS: Final = 180
_OPERATORS: Final = (
    "core/AddNot",
    "core/ReplaceAndWithOr",
    "core/ReplaceOrWithAnd",
    "core/ReplaceTrueWithFalse",
    "core/ReplaceFalseWithTrue",
    "core/ReplaceComparisonOperator_Lt_LtE",
    "core/ReplaceComparisonOperator_LtE_Lt",
    "core/ReplaceComparisonOperator_Gt_GtE",
    "core/ReplaceComparisonOperator_GtE_Gt",
    "core/ReplaceComparisonOperator_Eq_NotEq",
    "core/ReplaceComparisonOperator_NotEq_Eq",
    "core/ReplaceComparisonOperator_Is_IsNot",
    "core/ReplaceComparisonOperator_IsNot_Is",
    "core/ReplaceBinaryOperator_Add_Sub",
    "core/ReplaceBinaryOperator_Sub_Add",
    "core/NumberReplacer",
    "core/ZeroIterationForLoop",
)


class Area(NamedTuple):
    """A part of the product, and the tests that guard it."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


AREAS: Final = {
    "decide": Area(
        (
            "decide/turn.py",
            "decide/ladder.py",
            "decide/judge.py",
            "decide/moves.py",
            "decide/next_move.py",
            "decide/risk.py",
        ),
        (
            "tests/unit/test_decide_turn.py",
            "tests/unit/test_decide_policy.py",
            "tests/unit/test_decide_counterfactual.py",
            "tests/property/test_counterfactual.py",
            "tests/property/test_promises.py",
        ),
    ),
    "redaction": Area(
        (
            "privacy/redact.py",
            "privacy/turn.py",
            "privacy/cards.py",
            "privacy/banking.py",
            "privacy/phones.py",
            "privacy/passwords.py",
        ),
        (
            "tests/unit/test_privacy_redact.py",
            "tests/unit/test_privacy_turn.py",
            "tests/unit/test_privacy_references.py",
            "tests/unit/test_privacy_properties.py",
        ),
    ),
    "ownership": Area(
        ("remember/ownership.py", "store/delivery.py", "incidents/unheard.py", "route/desk.py"),
        (
            "tests/unit/test_remember_ownership.py",
            "tests/unit/test_route_desk.py",
            "tests/unit/test_store_delivery.py",
            "tests/property/test_ownership.py",
        ),
    ),
}


class Mutant(NamedTuple):
    """A module, changed at one place."""

    module: str
    code: str
    change: str


def mutants(area: Area) -> Iterator[Mutant]:
    """Yield every mutant of an area, in the same order each time."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    for module in area.modules:
        source = (PACKAGE / module).read_text(encoding="utf-8")
        for name in _OPERATORS:
            occurrence = 0
            while (code := mutate_code(source, get_operator(name)(), occurrence)) is not None:
                occurrence += 1
                lines = difflib.unified_diff(source.splitlines(), code.splitlines(), n=0, lineterm="")
                changed = [line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"}]
                yield Mutant(module, code, " ".join(line.strip() for line in changed))


def survives(mutant: Mutant, area: Area, copy: Path) -> bool:
    """Tell whether the area's tests pass although the code is changed."""
    path = copy / "relief" / mutant.module
    original = path.read_text(encoding="utf-8")
    path.write_text(mutant.code, encoding="utf-8")
    try:
        return run_tests(area, copy)
    finally:
        path.write_text(original, encoding="utf-8")


def run_tests(area: Area, copy: Path) -> bool:
    """Tell whether an area's tests pass with the package in this folder."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    options = ["-x", "-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", "--no-header", "--tb=no"]
    try:
        done = subprocess.run(  # noqa: S603 - this environment's own Python
            [sys.executable, "-m", "pytest", *options, *area.tests],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False  # it hangs, and that is noticed
    return done.returncode == 0


def measure(name: str, number: int, seed: int, copy: Path) -> dict[str, Any]:
    """Return the score of an area on a sample of so many mutants."""
    area = AREAS[name]
    if not run_tests(area, copy):
        message = f"the tests of {name} fail without any change"
        raise RuntimeError(message)
    every = list(mutants(area))
    sample = random.Random(seed).sample(every, min(number, len(every)))
    survivors = []
    for mutant in sample:
        if survives(mutant, area, copy):
            survivors.append(f"{mutant.module}: {mutant.change}")
            print(survivors[-1], file=sys.stderr, flush=True)
    killed = len(sample) - len(survivors)
    return {
        "mutants": len(every),
        "sampled": len(sample),
        "killed": killed,
        "score": round(killed / len(sample), 3),
        "survivors": survivors,
    }


def main(arguments: list[str] | None = None) -> int:
    """Print the scores."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--mutants", type=int, default=120, help="over all areas")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(PACKAGE, copy / "relief", ignore=shutil.ignore_patterns("__pycache__"))
        each = options.mutants // len(AREAS)
        print(json.dumps({name: measure(name, each, options.seed, copy) for name in AREAS}, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
