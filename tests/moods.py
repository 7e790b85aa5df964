"""How calm messages that sound like friction, and upset ones that look like them, are read: ``python -m tests.moods``.

The rows in ``unit/cases/moods.yaml`` tune nothing. Prints for each kind and language which share is on the right side of
one half in frustration, and for all of them the area under the curve, as one JSON object.
"""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Final, NamedTuple

import yaml

from relief.detect.__main__ import find_classifier
from relief.detect.replay import Classify, Row, detect_row

_FILE: Final = Path(__file__).with_name("unit") / "cases" / "moods.yaml"
_HALF: Final = 0.5


class Message(NamedTuple):
    """A message after what was said, with its kind, language and mood."""

    kind: str
    language: str
    upset: bool
    said: str
    text: str


def load_messages() -> Iterator[Message]:
    """Yield the messages of the file."""
    kinds = yaml.safe_load(_FILE.read_text("utf-8"))
    for kind, mood in product(kinds, ("calm", "upset")):
        for language, lines in kinds[kind][mood].items():
            for line in lines.splitlines():
                said, _, text = line.rpartition(" => ")
                yield Message(kind, str(language), mood == "upset", said, text)


def score(message: Message, classify: Classify) -> float:
    """Return the frustration that detection as a whole sees in a message."""
    history = [{"speaker": "bot", "text": message.said}] if message.said else []
    row = Row.model_validate({"id": "m", "text": message.text, "history": history})
    return detect_row(row, classify).signals.frustration.score


def measure(classify: Classify) -> dict[str, float]:
    """Return the shares on the right side of one half, by kind and mood and by language and mood, and the area."""
    seen = [(message, score(message, classify)) for message in load_messages()]
    right: dict[str, list[bool]] = {}
    for message, found in seen:
        mood = "upset" if message.upset else "calm"
        for name in (f"{message.kind} {mood}", f"{message.language} {mood}", mood):
            right.setdefault(name, []).append((found >= _HALF) == message.upset)
    pairs = [(high, low) for (one, high), (other, low) in product(seen, seen) if one.upset and not other.upset]
    shares = {f"{name} ({len(sides)})": round(mean(sides), 3) for name, sides in sorted(right.items())}
    return shares | {"area under the curve": round(mean((high > low) + (high == low) / 2 for high, low in pairs), 3)}


def main() -> None:
    """Measure the installed model."""
    print(json.dumps(measure(find_classifier()), indent=1))


if __name__ == "__main__":
    main()
