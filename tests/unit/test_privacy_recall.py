"""Generated cases: every structured kind is found, and look-alikes stay."""

import pytest

from relief.privacy.redact import redact
from tests.unit.privacy_cases import BEST_EFFORT, GENERATORS, best_effort_cases, cases
from tests.unit.privacy_labelled import measure, mistakes, read_labelled
from tests.unit.privacy_measures import messages, naming, recall
from tests.unit.privacy_negatives import hard_negatives

CASES_A_KIND = 400
LEAST_RECALL = 0.99
LEAST_NAMING = 0.97
LEAST_RECALL_BEST_EFFORT = 0.5
"""Names and postal addresses on the labelled set, where people state them in any words."""

MOST_OVER_REDACTION = 0.01


@pytest.mark.parametrize("kind", GENERATORS)
def test_given_generated_cases_when_redacted_then_recall_meets_the_gate(kind: str) -> None:
    share, missed = recall(cases(kind, CASES_A_KIND))
    assert share >= LEAST_RECALL, missed[:10]


@pytest.mark.parametrize("kind", GENERATORS)
def test_given_generated_cases_when_redacted_then_they_carry_their_own_placeholder(kind: str) -> None:
    assert naming(cases(kind, CASES_A_KIND)) >= LEAST_NAMING


@pytest.mark.parametrize("kind", BEST_EFFORT)
def test_given_names_and_addresses_where_people_state_them_when_redacted_then_most_are_found(kind: str) -> None:
    share, missed = recall(best_effort_cases(kind, CASES_A_KIND))
    assert share >= 0.9, missed[:10]


def test_given_hard_negatives_when_redacted_then_at_most_one_in_a_hundred_changes() -> None:
    negatives = hard_negatives(1_500)
    changed = [text for locale, text in negatives if redact(text, locale).found]
    assert len(changed) <= MOST_OVER_REDACTION * len(negatives), changed[:10]


@pytest.mark.parametrize(("kind", "figures"), measure(read_labelled()).items(), ids=lambda one: str(one)[:20])
def test_given_the_labelled_set_when_redacted_then_structured_kinds_are_found_and_little_else(
    kind: str, figures: dict[str, float]
) -> None:
    assert figures["recall"] >= (LEAST_RECALL if kind in GENERATORS else LEAST_RECALL_BEST_EFFORT), mistakes(
        read_labelled()
    )
    assert figures["precision"] >= LEAST_RECALL, mistakes(read_labelled())


@pytest.mark.parametrize("row", messages(), ids=lambda row: row["text"][:40])
def test_given_a_realistic_message_when_redacted_then_exactly_the_personal_data_is_replaced(
    row: dict[str, str],
) -> None:
    assert redact(row["text"], row["locale"]).text == row["expected"]
