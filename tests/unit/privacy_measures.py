"""How redaction is judged: what of a secret survives, and whether it was called by its right kind."""

import json
from pathlib import Path
from typing import Any

from relief.privacy.redact import Redaction, redact
from tests.unit.privacy_cases import Case

MESSAGES = Path(__file__).parent / "cases" / "privacy_messages.jsonl"


def survives(case: Case, redaction: Redaction) -> bool:
    """Tell whether a letter or digit of the case's secret is outside every finding."""
    start = case.text.rindex(case.secret)
    covered: set[int] = set()
    for finding in redaction.found:
        covered.update(range(finding.start, finding.end))
    return any(case.text[index].isalnum() and index not in covered for index in range(start, start + len(case.secret)))


def is_called_rightly(case: Case, redaction: Redaction) -> bool:
    """Tell whether a finding of the case's kind touches its secret."""
    start = case.text.rindex(case.secret)
    end = start + len(case.secret)
    return any(finding.kind == case.kind and finding.start < end and finding.end > start for finding in redaction.found)


def recall(cases: list[Case]) -> tuple[float, list[str]]:
    """Return the share of secrets that are gone entirely, and the texts of the others."""
    missed = [case.text for case in cases if survives(case, redact(case.text, case.locale))]
    return 1 - len(missed) / len(cases), missed


def naming(cases: list[Case]) -> float:
    """Return the share of secrets that are found as their own kind."""
    return sum(is_called_rightly(case, redact(case.text, case.locale)) for case in cases) / len(cases)


def messages() -> list[dict[str, Any]]:
    """Read the hand-written messages with what is expected of each."""
    return [json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines()]
