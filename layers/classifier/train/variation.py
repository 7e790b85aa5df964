"""Write a message as somebody else would: another spelling, dialect or hand, another name or place. Labels stay."""

import random
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

_FILE: Final = Path(__file__).with_name("variation.yaml")
_SWAPPED: Final = 0.5
"""Share of the places in a varied message at which another way to say it is taken."""
_NAMED: Final = 0.2
_PLACED: Final = 0.1
_REBUILT: Final = 0.35
_LOWERED: Final = 0.2
_UNPUNCTUATED: Final = 0.15
_MISTYPED: Final = 0.25
_PUNCTUATION: Final = re.compile(r"[.,;:'\u2019]")
_SHORTEST_MISTYPED: Final = 4


@cache
def _tables() -> dict[str, Any]:
    tables: dict[str, Any] = yaml.safe_load(_FILE.read_text("utf-8"))
    return tables


@cache
def _ways() -> tuple[re.Pattern[str], dict[str, list[str]]]:
    """Return a pattern of everything that can be said otherwise, and how."""
    ways: dict[str, list[str]] = {}
    for line in _tables()["said"]:
        first, *others = (way.strip() for way in line.split(","))
        ways.setdefault(first.lower(), []).extend(others)
    for line in _tables()["spelt"]:
        listed = [way.strip() for way in line.split(",")]
        for way in listed:
            ways.setdefault(way.lower(), []).extend(other for other in listed if other != way)
    longest_first = sorted(ways, key=len, reverse=True)
    pattern = re.compile(
        r"(?<![\w'\u2019])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\w'\u2019])", re.IGNORECASE
    )
    return pattern, ways


def vary_dialect(text: str, dice: random.Random) -> str:
    """Return the text with all that can be said otherwise said so, and built otherwise: another dialect throughout."""
    found, put = dice.choice(_tables()["grammar"])
    return re.sub(found, put, _say_otherwise(text, dice, share=1.0))


def vary(text: str, dice: random.Random) -> str:
    """Return the text as somebody else might have written it."""
    text = _say_otherwise(text, dice)
    if dice.random() < _REBUILT:
        found, put = dice.choice(_tables()["grammar"])
        text = re.sub(found, put, text)
    if dice.random() < _NAMED:
        text = _put_in(text, _tables()["signatures"], _tables()["names"].split(), dice)
    if dice.random() < _PLACED:
        text = _put_in(text, _tables()["places_said"], _tables()["places"], dice)
    if dice.random() < _MISTYPED:
        text = _mistype(text, dice)
    if dice.random() < _UNPUNCTUATED:
        text = _PUNCTUATION.sub("", text)
    if dice.random() < _LOWERED:
        text = text.lower()
    return text


def _say_otherwise(text: str, dice: random.Random, share: float = _SWAPPED) -> str:
    pattern, ways = _ways()

    def other(match: re.Match[str]) -> str:
        if dice.random() >= share:
            return match[0]
        way = dice.choice(ways.get(match[0].lower(), [match[0]]))
        if match[0].isupper() and len(match[0]) > 1:
            return way.upper()
        return way[0].upper() + way[1:] if match[0][0].isupper() else way

    return pattern.sub(other, text.replace("\u2019", "'"))


def _put_in(text: str, frames: list[str], words: list[str], dice: random.Random) -> str:
    return str(dice.choice(frames)).replace("{}", dice.choice(words)).replace("@", text)


def _mistype(text: str, dice: random.Random) -> str:
    """Leave out, double or swap a letter in one word of eight."""
    words = text.split(" ")
    for place, word in enumerate(words):
        if len(word) < _SHORTEST_MISTYPED or not word.isalpha() or dice.random() >= 1 / 8:
            continue
        at = dice.randrange(1, len(word) - 1)
        mistakes = (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
        words[place] = dice.choice(mistakes)
    return " ".join(words)
