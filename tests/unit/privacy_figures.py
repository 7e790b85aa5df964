"""Print redaction's figures as one JSON object: ``python -m tests.unit.privacy_figures``."""

import json
import statistics
import sys
import time

from relief.privacy.redact import redact
from tests.unit.privacy_cases import BEST_EFFORT, GENERATORS, best_effort_cases, cases
from tests.unit.privacy_costs import HOSTILE_UNITS, LONGEST, SIXTY_WORDS, seconds_for
from tests.unit.privacy_labelled import measure, read_labelled
from tests.unit.privacy_measures import messages, naming, recall
from tests.unit.privacy_negatives import hard_negatives

CASES_A_KIND = 1_000
NEGATIVES = 4_000
REPEATS = 1_000


def figures() -> dict[str, object]:
    """Measure recall by kind, recall and precision on the labelled set, over-redaction, agreement with the hand-written messages, and times in milliseconds."""
    negatives = hard_negatives(NEGATIVES)
    written = messages()
    return {
        "cases_a_kind": CASES_A_KIND,
        "recall": {kind: round(recall(cases(kind, CASES_A_KIND))[0], 4) for kind in GENERATORS},
        "named_as_own_kind": {kind: round(naming(cases(kind, CASES_A_KIND)), 4) for kind in GENERATORS},
        "recall_best_effort": {
            kind: round(recall(best_effort_cases(kind, CASES_A_KIND))[0], 4) for kind in BEST_EFFORT
        },
        "labelled": measure(read_labelled()),
        "negatives": NEGATIVES,
        "over_redaction": sum(bool(redact(text, locale).found) for locale, text in negatives) / NEGATIVES,
        "messages": len(written),
        "messages_as_expected": sum(redact(row["text"], row["locale"]).text == row["expected"] for row in written),
        "p50_ms": {name: round(_median(text), 3) for name, text in SIXTY_WORDS.items()},
        "hostile_32_kib_ms": {name: round(seconds_for(unit, LONGEST) * 1e3, 1) for name, unit in HOSTILE_UNITS.items()},
    }


def _median(text: str) -> float:
    redact(text)
    times = []
    for _ in range(REPEATS):
        before = time.perf_counter()
        redact(text)
        times.append(time.perf_counter() - before)
    return statistics.median(times) * 1e3


if __name__ == "__main__":
    sys.stdout.write(json.dumps(figures(), indent=2) + "\n")
