"""Verdicts and your own logs become training rows: ``make label REVIEWS=reviews.jsonl LOGS=logs.jsonl``.

Relief stores no words, so a verdict alone trains nothing. The words come from the logs of whoever runs the bot, one
JSON object a line: ``decision_id`` (from the answer to the turn), ``text``, and optionally ``history``, ``locale`` and
``channel``. They are redacted by the very code that redacts live turns; a row without verdict is left out.

What a verdict labels. It says whether an action was right, and an action is decided for a reason. Where the deciding
reason is about one dimension, agreement labels that dimension 1. Disagreement labels it 0.5 where it is a matter of
degree (there may be frustration, and less than it takes for a person), and 0 where it is not. Every other dimension
stays unknown, which the trainer leaves out of its loss. The intent is labelled where the reviewer agrees and it was
sure.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from relief.contracts.review import ReviewItem
from relief.contracts.vocabulary import Action, ReasonCode
from relief.privacy.redact import redact
from train.rows import DIMENSIONS, read_json_lines

LABELLED_BY: Final[Mapping[ReasonCode, tuple[str, float]]] = {
    ReasonCode.FRICTION_HIGH: ("frustration", 0.5),
    ReasonCode.URGENT_NEED: ("urgency", 0.5),
    ReasonCode.CONFUSED: ("confusion", 0.0),
    ReasonCode.CUSTOMER_REQUEST: ("escalation_intent", 0.0),
}
"""The dimension that a deciding reason is about, and its label when the reviewer disagrees.

Reasons of behaviour, counts, account and risk say nothing of the words.
"""

_SURE: Final = 0.5
_NO_WORDS: Final = "no log has its words"
_NO_LABEL: Final = "the verdict labels nothing about words"


def label_rows(
    reviews: Iterable[ReviewItem], logs: Iterable[Mapping[str, Any]], left_out: Counter[str]
) -> Iterator[dict[str, Any]]:
    """Yield rows in the format of ``examples/README.md``, redacted. What yields none is counted in ``left_out``."""
    said = {str(one["decision_id"]): one for one in logs}
    for review in reviews:
        log = said.get(review.decision_id)
        labels = label_dimensions(review)
        intent = _intent(review)
        if log is None or not str(log.get("text") or "").strip():
            left_out[_NO_WORDS] += 1
        elif not labels and intent is None:
            left_out[_NO_LABEL] += 1
        else:
            yield _row(review, log, labels, intent)


def label_dimensions(review: ReviewItem) -> dict[str, float]:
    """Return the labels that a verdict gives: at most one dimension, that of the deciding reason.

    A verdict that names another queue and the same action holds the reason right.
    """
    if review.verdict is None or not review.reasons:
        return {}
    about = LABELLED_BY.get(review.reasons[0])
    if about is None:
        return {}
    dimension, otherwise = about
    named = review.verdict.should_have
    right = review.verdict.agree or named is None or Action(named.value) is review.action
    return {dimension: 1.0 if right else otherwise}


def _intent(review: ReviewItem) -> str | None:
    agreed = review.verdict is not None and review.verdict.agree
    return review.intent if agreed and review.intent and review.confidence >= _SURE else None


def _row(review: ReviewItem, log: Mapping[str, Any], labels: Mapping[str, float], intent: str | None) -> dict[str, Any]:
    locale = str(log.get("locale") or "en-US")
    history = [
        {"speaker": one["speaker"], "text": redact(str(one["text"]), locale).text} for one in log.get("history") or []
    ]
    return {
        "id": review.decision_id,
        "text": redact(str(log["text"]), locale).text,
        "history": history,
        "labels": {name: labels.get(name) for name in DIMENSIONS},
        "intent": intent,
        "kind": "reviewed",
        "area": review.journey,
        "channel": log.get("channel"),
        "locale": locale,
        "voice": None,
    }


def main() -> int:
    """Run the command; returns the exit code: 0, or 2 where a file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m train.label", description="Verdicts and logs to training rows.")
    parser.add_argument("--reviews", type=Path, required=True, help="as python -m relief.store reviews writes them")
    parser.add_argument("--logs", type=Path, required=True, help="your own logs: decision_id, text, history a line")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")
    asked = parser.parse_args()
    left_out: Counter[str] = Counter()
    try:
        reviews = (ReviewItem.model_validate(one) for one in read_json_lines(asked.reviews))
        rows = list(label_rows(reviews, read_json_lines(asked.logs), left_out))
    except (OSError, ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"{asked.reviews}, {asked.logs}: cannot be read: {type(error).__name__}: {error}\n")
        return 2
    asked.out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    sys.stderr.write(f"{len(rows)} rows in {asked.out}\n")
    for why, count in left_out.most_common():
        sys.stderr.write(f"{count} verdicts left out: {why}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
