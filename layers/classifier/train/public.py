"""The public sets as rows: each trains the heads that its labels speak of, and no other."""

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from train.readings import MEASURING, READ, TRAINING, is_read, load_readings, read_again
from train.rows import Row, read_json_lines

_MOST: Final = {"banking77": 2_500, "bitext_cs": 1_500, "clinc150": 2_500, "goemotions": 16_000, "multidogo": 2_500}
"""At most so many rows of a set, so that none drowns the others."""
_MOST_FOR_HEADS: Final = {"goemotions": 9_000}
"""The same for the heads: what the encoder learns from more of these, heads would take for talk with a support desk."""

_PROXY: Final = 0.9
_PROXY_WEIGHT: Final = 0.3
"""What a label that means nearly the same counts, and how much beside our own."""
_EMOTION_WEIGHT: Final = 0.6
"""The same for the emotions of strangers, which keep heads from learning our own writers' ways alone.

Chosen on the development rows of GoEmotions themselves: from .3 to 1 what they measure rises by .06 in AUROC of
frustration, that on areas that trained nothing falls by .005.
"""
_CALM: Final = frozenset({"openinggreeting", "closinggreeting", "thankyou", "confirmation", "contentonly", "rejection"})
"""Intents of MultiDoGO in which its customers, who were paid to play them, are calm."""

MEASURED_ON: Final = ("goemotions", "stanford_politeness", "rasa_demo")
"""The sets whose own development rows measure what was trained."""
_MOST_MEASURED: Final = 1_500

_SPLIT: Final = "train"
_MEASURED_SPLIT: Final = "dev"
_ESCALATION: Final = "escalation"
_POLITENESS_SLOPE: Final = 1.6
"""Turns the annotators' z-scores of Stanford Politeness into a probability."""


def load_public(folder: Path, seed: int) -> dict[str, list[Row]]:
    """Return the rows of every set in a folder that is there, by set, and those that we have read by themselves."""
    found: dict[str, list[Row]] = {}
    everything: list[Row] = []
    for name in _READERS:
        rows = _load(folder, name, _SPLIT)
        if rows:
            everything += rows
            rows = [row for row in rows if (row.targets or row.intent or row.emotions) and not is_read(row)]
            random.Random(seed).shuffle(rows)  # noqa: S311 - reproducible, not secret
            found[name] = rows[: _MOST.get(name, len(rows))]
    read = list(read_again(everything, load_readings(TRAINING)))
    return found | {READ: read} if read else found


def thin(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows that heads are fitted on."""
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row.source] += 1
        if seen[row.source] <= _MOST_FOR_HEADS.get(row.source, seen[row.source]):
            yield row


def load_texts(folder: Path) -> list[Row]:
    """Return every training message of the sets but for those that we have read, with what their labels say."""
    return [row for name in _READERS for row in _load(folder, name, _SPLIT) if not is_read(row)]


def load_development(folder: Path, name: str) -> list[Row]:
    """Return development rows of one set: from its own split where there is one, else none."""
    return _load(folder, name, _MEASURED_SPLIT)[:_MOST_MEASURED]


def load_strangers(folder: Path) -> list[Row]:
    """Return the public messages whose readings of our own only measure."""
    rows = [row for name in _READERS for split in (_MEASURED_SPLIT, _SPLIT) for row in _load(folder, name, split)]
    return list(read_again(rows, load_readings(MEASURING)))


def _load(folder: Path, name: str, split: str) -> list[Row]:
    path = folder / name / f"{split}.jsonl.gz"
    return list(_READERS[name](name, path)) if path.exists() else []


@cache
def _intents(name: str) -> dict[str, str]:
    tables: dict[str, dict[str, str]] = yaml.safe_load((Path(__file__).parent / "public.yaml").read_text("utf-8"))
    return {label: intent for intent, labels in tables.get(name, {}).items() for label in labels.split()}


def _goemotions(name: str, path: Path) -> Iterator[Row]:
    """Read emotions, which speak of frustration and confusion too, if not about being served: hence the weight."""
    for document in read_json_lines(path):
        proxy = document["map"]
        targets = {"frustration": _PROXY * proxy["frustration"], "confusion": _PROXY * proxy["confusion"]}
        if proxy["politeness_pos"]:
            targets["politeness"] = _PROXY
        emotions = tuple(document["labels"]["emotions"])
        yield Row(document["id"], name, document["text"], targets=targets, emotions=emotions, weight=_EMOTION_WEIGHT)


def _politeness(name: str, path: Path) -> Iterator[Row]:
    for document in read_json_lines(path):
        target = 1 / (1 + math.exp(-_POLITENESS_SLOPE * document["labels"]["score"]))
        yield Row(document["id"], name, document["text"], targets={"politeness": target}, judged=("politeness",))


def _intent_rows(name: str, path: Path) -> Iterator[Row]:
    """Read a set with one intent a message, and a proxy for the wish for a person in some."""
    for document in read_json_lines(path):
        yield Row(
            document["id"],
            name,
            document["text"],
            targets=_escalation(document),
            intent=_intents(name).get(str(document["labels"].get("intent"))),
        )


def _escalation(document: dict[str, Any]) -> dict[str, float]:
    mapped = document.get("map", {}).get(_ESCALATION)
    return {} if mapped is None else {"escalation_intent": float(mapped)}


def _multidogo(name: str, path: Path) -> Iterator[Row]:
    for document in read_json_lines(path):
        for turn in document["turns"]:
            labels = turn["labels"]["intents"]
            intent = _intents(name).get(labels[0]) if len(labels) == 1 else None
            calm = bool(labels) and _CALM.issuperset(labels)
            targets = dict.fromkeys(("frustration", "urgency", "escalation_intent"), 0.0) if calm else {}
            identifier = f"{document['id']}-{turn['turn']}"
            yield Row(identifier, name, turn["text"], targets=targets, intent=intent, weight=_PROXY_WEIGHT)


_READERS: Final = {
    "goemotions": _goemotions,
    "stanford_politeness": _politeness,
    "hint3_curekart": _intent_rows,
    "hint3_powerplay11": _intent_rows,
    "hint3_sofmattress": _intent_rows,
    "nlupp_banking": _intent_rows,
    "nlupp_hotels": _intent_rows,
    "rasa_demo": _intent_rows,
    "bitext_cs": _intent_rows,
    "banking77": _intent_rows,
    "clinc150": _intent_rows,
    "multidogo": _multidogo,
}
