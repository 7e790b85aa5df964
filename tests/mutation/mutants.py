"""Mutants: the modules of an area, each changed at one place."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGE: Final = ROOT / "layers" / "relief" / "python" / "relief"
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
            "tests/unit/test_decide_ladder.py",
            "tests/unit/test_decide_risk.py",
            "tests/unit/test_decide_policy.py",
            "tests/unit/test_decide_counterfactual.py",
            "tests/unit/test_decide_moves.py",
            "tests/unit/test_decide_words.py",
            "tests/unit/test_decide_judge.py",
            "tests/unit/test_decide_hours.py",
            "tests/unit/test_decide_rollout.py",
            "tests/unit/test_decide_audit.py",
            "tests/property/test_counterfactual.py",
            "tests/property/test_promises.py",
            "tests/contract/test_gold_set.py",
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
            "tests/unit/test_privacy_recall.py",
            "tests/unit/test_privacy_numbers.py",
            "tests/unit/test_privacy_phone_plans.py",
        ),
    ),
    "ownership": Area(
        ("remember/ownership.py", "store/delivery.py", "incidents/unheard.py", "route/desk.py"),
        (
            "tests/unit/test_remember_ownership.py",
            "tests/unit/test_remember_ledger.py",
            "tests/unit/test_incidents_unheard.py",
            "tests/unit/test_route_desk.py",
            "tests/unit/test_route_edges.py",
            "tests/unit/test_route_takeover.py",
            "tests/unit/test_store_delivery.py",
            "tests/unit/test_deliver_dispatch.py",
            "tests/property/test_ownership.py",
        ),
    ),
}


class Mutant(NamedTuple):
    """A module, changed at one place."""

    module: str
    code: str
    lines: tuple[int, ...]
    """Lines of the original that are changed, counted from 1."""
    change: str


def mutants(area: Area) -> Iterator[Mutant]:
    """Yield every mutant of an area, in the same order each time.

    They are those of cosmic-ray's operators that change what code does rather than how it is annotated. What type
    checkers alone read is left as it is.
    """
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    for module in area.modules:
        source = (PACKAGE / module).read_text(encoding="utf-8")
        for name in _OPERATORS:
            occurrence = 0
            while (code := mutate_code(source, get_operator(name)(), occurrence)) is not None:
                occurrence += 1
                mutant = _describe(module, source, code)
                if "TYPE_CHECKING" not in mutant.change:
                    yield mutant


def _describe(module: str, source: str, code: str) -> Mutant:
    before, after = source.splitlines(), code.splitlines()
    changes = [
        one for one in difflib.SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes() if one[0] != "equal"
    ]
    lines = tuple(number + 1 for _, begin, end, _, _ in changes for number in range(begin, end))
    shown = [
        f"-{' '.join(line.strip() for line in before[begin:end])} +{' '.join(line.strip() for line in after[to:until])}"
        for _, begin, end, to, until in changes
    ]
    return Mutant(module, code, lines, " ".join(shown))
