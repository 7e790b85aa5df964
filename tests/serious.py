"""How many serious matters reach a person at once, by kind, in words that nobody listed: ``python -m tests.serious``.

The messages lie in ``layers/classifier/train/serious``: ``fresh`` ones tune nothing, ``training`` ones may. Each is the
first that its customer writes, and is decided by the whole pipeline in this process. Prints one JSON object.
"""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from relief.contracts.turn import TurnRequest
from relief.contracts.vocabulary import Action, Channel
from relief.detect.__main__ import find_classifier
from relief.measure.trial.runner import InProcessRunner

FOLDER: Final = Path(__file__).resolve().parents[1] / "layers" / "classifier" / "train" / "serious"
SETS: Final = ("fresh", "training")
NONE: Final = "none"
"""What only sounds serious."""


class Message(NamedTuple):
    """A message, with what is serious about it and how."""

    matter: str
    kind: str
    text: str


def load_messages(name: str) -> list[Message]:
    """Return the messages of a set: ``matter: {kind: one a line}``."""
    document = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return [
        Message(matter, kind, line.strip())
        for matter, kinds in document.items()
        for kind, lines in kinds.items()
        for line in lines.splitlines()
        if line.strip()
    ]


def measure(messages: list[Message], runner: InProcessRunner) -> dict[str, dict[str, float]]:
    """Return for each kind how many there are, and which share is handed over at once."""
    found: Counter[str] = Counter()
    escalated: Counter[str] = Counter()
    for number, message in enumerate(messages):
        runner.begin(f"serious-{number}")
        answer = runner.take(TurnRequest(turn_id="t1", channel=Channel.web_chat, text=message.text))
        for name in (message.matter, f"{message.matter}.{message.kind}"):
            found[name] += 1
            escalated[name] += answer.action is Action.escalate
    return {
        name: {"messages": count, "handed_over": round(escalated[name] / count, 3)} for name, count in found.items()
    }


def main() -> None:
    """Measure a set."""
    parser = argparse.ArgumentParser(prog="python -m tests.serious", description=main.__doc__)
    parser.add_argument("set", nargs="?", choices=SETS, default="fresh")
    options = parser.parse_args()
    print(json.dumps(measure(load_messages(options.set), InProcessRunner(find_classifier())), indent=1))


if __name__ == "__main__":
    main()
