"""Compare detection with simpler means on rows that trained nothing: ``python -m train.compare --data FOLDER``.

Prints one table: AUROC, best F1 and calibration error for each dimension on the held-out product areas, and on the
development splits of the public sets that say something about it.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from relief.classify.model import Classifier
from relief.contracts.vocabulary import Dimension
from relief.detect.replay import Classify, detect_row
from relief.detect.replay import Row as Conversation
from train.public import MEASURED_ON, load_development, load_public, load_strangers
from train.report import area_under_curve, best_f1, calibration_error, put_section, rank_correlation
from train.rows import CALIBRATION_AREAS, DIMENSIONS, HELD_OUT_AREAS, OTHER_HANDS, Row, load_examples

Array = NDArray[np.float64]
Scores = dict[str, Array]
System = Callable[[list[Row]], Scores]

_HERE: Final = Path(__file__).parent
_SEED: Final = 20261123
_SHOWN: Final = ("auroc", "best_f1", "rank_correlation")
_FRUSTRATED: Final = frozenset({"anger", "annoyance", "disappointment", "disapproval", "disgust"})
_CONFUSED: Final = frozenset({"confusion"})


def main() -> int:
    """Measure and print, as a table or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m train.compare", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of public sets")
    parser.add_argument("--model", type=Path, default=_HERE.parent / "model", help="a trained model")
    parser.add_argument("--examples", type=Path, default=_HERE / "examples", help="our own labelled messages")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--into", type=Path, help="a model card, into which the tables are put")
    options = parser.parse_args()
    own = load_examples(options.examples)
    public = [row for rows in load_public(options.data, _SEED).values() for row in rows] if options.data else []
    training = [row for row in own if row.area not in {*HELD_OUT_AREAS, *CALIBRATION_AREAS}] + public
    held_out = [row for row in own if row.area in HELD_OUT_AREAS]
    parts = {
        "held-out areas": [row for row in held_out if row.area not in OTHER_HANDS],
        "other hands": [row for row in held_out if row.area in OTHER_HANDS],
    }
    if options.data:
        parts["strangers"] = load_strangers(options.data)
        parts |= {f"{name} dev": _development(options.data, name) for name in MEASURED_ON}
    classifier = Classifier(options.model)
    systems: dict[str, System] = {
        "Relief": _fused(classifier.classify),
        "words, history": _fused(lambda _text, _said: None),
        "classifier": _classified(classifier),
        "no context": _without_context(classifier),
        "VADER": _vader(),
        "keywords": _keywords(),
        "TF-IDF": _tfidf(training),
    }
    figures = {part: _measure(rows, systems, part) for part, rows in parts.items() if rows}
    if options.into:
        put_section(options.into, "comparison", f"The model `{classifier.version}`.\n{_table(figures)}")
    sys.stdout.write(json.dumps(figures, indent=1) + "\n" if options.json else _table(figures))
    return 0


def _development(folder: Path, name: str) -> list[Row]:
    """Return development rows; GoEmotions' labels are read as frustration and confusion."""
    rows = load_development(folder, name)
    if name != "goemotions":
        return [row for row in rows if row.targets]
    return [
        replace(
            row,
            targets={
                "frustration": float(bool(_FRUSTRATED & {*(row.emotions or ())})),
                "confusion": float(bool(_CONFUSED & {*(row.emotions or ())})),
            },
        )
        for row in rows
    ]


def _measure(rows: list[Row], systems: dict[str, System], part: str) -> dict[str, Any]:
    figures: dict[str, Any] = {"rows": len(rows)}
    for system, score in systems.items():
        scores = score([*tqdm(rows, desc=f"{part}: {system}", unit="row", mininterval=5)])
        for name in DIMENSIONS:
            known = [place for place, row in enumerate(rows) if name in row.targets]
            wanted = np.array([rows[place].targets[name] for place in known])
            if not known or len({*(wanted >= 0.5)}) < 2 or name not in scores:  # noqa: PLR2004 - one side only
                continue
            given = scores[name][known]
            figures.setdefault(name, {})[system] = {
                "rank_correlation": round(rank_correlation(given, wanted), 3),
                "auroc": round(area_under_curve(given, wanted), 3),
                "best_f1": round(best_f1(given, wanted), 3),
                "calibration_error": round(calibration_error(given, wanted), 3) if given.min() >= 0 else None,
            }
    return figures


def _fused(classify: Classify) -> System:
    def score(rows: list[Row]) -> Scores:
        found = [
            detect_row(
                Conversation.model_validate({"id": row.id, "text": row.text, "history": row.extra.get("history")}),
                classify,
            ).signals.scores()
            for row in rows
        ]
        return {name: np.array([one[name] for one in found]) for name in DIMENSIONS}

    return score


def _classified(classifier: Classifier) -> System:
    return lambda rows: _columns([classifier.classify(row.text, row.said).scores for row in rows])


def _without_context(classifier: Classifier) -> System:
    return lambda rows: _columns([classifier.classify(row.text).scores for row in rows])


def _columns(found: Sequence[dict[Dimension, float]]) -> Scores:
    return {name: np.array([one[Dimension(name)] for one in found]) for name in DIMENSIONS}


def _vader() -> System:
    """Read sentiment as every dimension: negative for friction, positive for politeness."""
    analyser = SentimentIntensityAnalyzer()

    def score(rows: list[Row]) -> Scores:
        pleased = np.array([analyser.polarity_scores(row.text)["compound"] for row in rows])
        return {name: pleased if name == "politeness" else -pleased for name in DIMENSIONS}

    return score


@cache
def _lists() -> dict[str, list[str]]:
    lists: dict[str, str] = yaml.safe_load((_HERE / "keywords.yaml").read_text("utf-8"))
    return {name: [word.strip() for word in words.split(",")] for name, words in lists.items()}


def _keywords() -> System:
    """Count the words of a list in the message, as rules in contact centres do."""

    def count(name: str, text: str) -> int:
        return sum(word in text for word in _lists()[name])

    return lambda rows: {name: np.array([count(name, row.text.lower()) - 1.0 for row in rows]) for name in DIMENSIONS}


def _tfidf(training: list[Row]) -> System:
    """Fit logistic regressions on words and pairs of words, with all rows that may train a model."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    seen = vectorizer.fit_transform([row.text for row in training])
    models: dict[str, LogisticRegression] = {}
    for name in DIMENSIONS:
        known = [place for place, row in enumerate(training) if name in row.targets]
        wanted = np.array([training[place].targets[name] >= 0.5 for place in known])  # noqa: PLR2004 - a half is positive
        models[name] = LogisticRegression(C=4.0, max_iter=400, class_weight="balanced").fit(seen[known], wanted)

    def score(rows: list[Row]) -> Scores:
        features = vectorizer.transform([row.text for row in rows])
        return {name: model.predict_proba(features)[:, 1] for name, model in models.items()}

    return score


def _table(figures: dict[str, Any]) -> str:
    lines = []
    for part, measured in figures.items():
        systems = list(next(iter(found for name, found in measured.items() if name != "rows")))
        lines += [
            f"\n{part} ({measured['rows']} rows), AUROC / best F1 / rank correlation",
            "",
            f"| | {' | '.join(systems)} |",
        ]
        lines.append("|---" * (len(systems) + 1) + "|")
        for name in DIMENSIONS:
            if name in measured:
                cells = [" / ".join(f"{measured[name][one][figure]:.3f}" for figure in _SHOWN) for one in systems]
                lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
