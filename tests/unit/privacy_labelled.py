"""Precision and recall by kind on a labelled set: marked spans of messages against what redaction finds in them."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from relief.privacy.redact import redact

LABELLED = Path(__file__).parent / "cases" / "privacy_labelled.txt"
_MARK = re.compile(r"\{([a-z_]+)\|([^}]+)\}")

Span = tuple[int, int]


@dataclass(frozen=True)
class Labelled:
    """A message without its marks, and where what is personal in it stands."""

    locale: str
    text: str
    spans: tuple[tuple[str, int, int], ...]


def read_labelled(path: Path = LABELLED) -> list[Labelled]:
    """Read the set: a line a message, its locale first, then a tabulator."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [_parse(*line.split("\t", 1)) for line in lines if line and not line.startswith("#")]


def _parse(locale: str, marked: str) -> Labelled:
    text, spans, position = "", [], 0
    for mark in _MARK.finditer(marked):
        text += marked[position : mark.start()]
        spans.append((mark[1], len(text), len(text) + len(mark[2])))
        text += mark[2]
        position = mark.end()
    return Labelled(locale, text + marked[position:], tuple(spans))


def measure(labelled: list[Labelled]) -> dict[str, dict[str, float]]:
    """Return by kind how many there are, and recall and precision.

    Recalled is what leaves no letter or digit, whatever it was taken for: what counts is that it is gone. A finding is
    precise when it touches something that is marked, again whatever it was taken for; it counts for the kind that it
    was found as.
    """
    marked, gone, found, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for one in labelled:
        findings = redact(one.text, one.locale).found
        covered = {index for finding in findings for index in range(finding.start, finding.end)}
        for kind, start, end in one.spans:
            marked[kind] += 1
            gone[kind] += all(index in covered or not one.text[index].isalnum() for index in range(start, end))
        for finding in findings:
            found[finding.kind.value] += 1
            right[finding.kind.value] += any(finding.start < end and start < finding.end for _, start, end in one.spans)
    return {
        kind: {
            "marked": marked[kind],
            "recall": round(gone[kind] / marked[kind], 4) if marked[kind] else 1.0,
            "found": found[kind],
            "precision": round(right[kind] / found[kind], 4) if found[kind] else 1.0,
        }
        for kind in sorted(marked.keys() | found.keys())
    }


def mistakes(labelled: list[Labelled]) -> list[str]:
    """Return what was missed and what was found without being marked, to look at."""
    lines = []
    for one in labelled:
        findings = redact(one.text, one.locale).found
        covered = {index for finding in findings for index in range(finding.start, finding.end)}
        for kind, start, end in one.spans:
            if any(one.text[index].isalnum() and index not in covered for index in range(start, end)):
                lines.append(f"missed {kind}: {one.text[start:end]!r} in {one.text!r}")
        for finding in findings:
            if not any(finding.start < end and start < finding.end for _, start, end in one.spans):
                lines.append(f"wrong {finding.kind}: {one.text[finding.start : finding.end]!r} in {one.text!r}")
    return lines
