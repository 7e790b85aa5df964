"""The phrases, by the evidence that they must and must not be."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from relief.detect.lexical import read_text

CASES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "cases" / "detect_codes.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_given_words_then_their_evidence_is_found_and_no_other(case: dict[str, Any]) -> None:
    found = {finding.code.value for finding in read_text(case["text"], case.get("locale", "en-US")).findings}
    assert found >= set(case.get("codes", ()))
    assert not found & set(case.get("without", ()))
