"""The phrases, by the evidence that they must and must not be."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from relief.contracts.vocabulary import EvidenceCode
from relief.detect.lexical import read_text

FOLDER = Path(__file__).parent / "cases"
CASES: list[dict[str, Any]] = [
    case
    for name in ("detect_codes.yaml", "detect_languages.yaml")
    for case in yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
]
REQUESTS: dict[str, list[str]] = yaml.safe_load((FOLDER / "detect_human_requests.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["text"] for case in CASES])
def test_given_words_then_their_evidence_is_found_and_no_other(case: dict[str, Any]) -> None:
    found = {finding.code.value for finding in read_text(case["text"], case.get("locale", "en-US")).findings}
    assert found >= set(case.get("codes", ()))
    assert not found & set(case.get("without", ()))


def find_requests(texts: list[str]) -> list[str]:
    """Return the texts in which a request for a person is found."""
    return [
        text for text in texts if EvidenceCode.HUMAN_REQUEST in {one.code for one in read_text(text, "en-US").findings}
    ]


def test_plain_requests_for_a_person_are_found() -> None:
    """Given requests as people write them, then each is found."""
    assert find_requests(REQUESTS["requests"]) == REQUESTS["requests"]


def test_people_who_are_named_in_passing_are_no_requests() -> None:
    """Given messages that name agents, managers and humans, then none is taken for a request."""
    assert find_requests(REQUESTS["no_requests"]) == []
