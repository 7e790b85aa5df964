"""How somebody writes does not change what is found in it."""

from itertools import combinations
from time import process_time

import pytest
from pydantic import ValidationError

from relief.detect.fuse import fuse
from relief.detect.lexical import read_text
from relief.detect.variants import Variants, variants_of

ALIKE = [
    (
        "It isn't working and nobody is answering.",
        "It ain't workin and ain't nobody answerin.",
        "It isnae workin' and naebody's answerin'.",
    ),
    (
        "I do not understand what you mean.",
        "I dinnae understand what ye mean.",
        "I am not understanding what you mean.",
    ),
    ("I cannot find the button.", "I cannae find the button.", "I no fit find de button."),
    ("Is there anybody who can help?", "Is dere anybody who can help?"),
    ("Nobody answers me.", "Naebody answers me."),
    ("I have not received anything.", "i havnt recieved anythin", "I havnae received anything."),
    ("Please fix it today.", "plz fix it tdy"),
    ("I want to speak to a manager.", "I wanna speak to a manager.", "I am wanting to speak to a manager."),
    ("Thank you, it works now.", "Thanks, it works now.", "Thx, it works now."),
    ("I don't know what to press.", "I don't ken what to press.", "I am not knowing what to press."),
    ("I apologise, my mistake.", "I apologize, my mistake."),
    ("Das geht nicht, ich habe nichts bekommen.", "Das geht ned, ich hab nix bekommen."),
]
"""The same, written by different people."""

APART = [
    ("I have something for you.", "I have nothing for you."),
    ("Is there an agent?", "Is it back again?"),
]
"""What must not be taken for the same."""


@pytest.mark.parametrize("variants", ALIKE, ids=lambda variants: variants[0])
def test_given_the_same_in_another_hand_then_words_weigh_alike(variants: tuple[str, ...]) -> None:
    scores = [fuse(read_text(text, "en-US").findings, None, {}).scores() for text in variants]

    for one, other in combinations(scores, 2):
        assert all(abs(one[name] - other[name]) <= 0.05 for name in one), scores


@pytest.mark.parametrize(("one", "other"), APART)
def test_given_other_words_then_they_stay_apart(one: str, other: str) -> None:
    first, second = (read_text(text, "en-US").message.words for text in (one, other))

    assert first != second
    assert "agent" not in second


def test_given_a_negation_of_nobody_then_it_confirms_the_complaint() -> None:
    """Two negations in one clause are one in many dialects; they are no denial of the complaint."""
    codes = read_text("It isn't working and nobody is answering.", "en-US").codes

    assert "NEGATED_FRICTION" not in codes
    assert "DISSATISFACTION" in codes


def test_given_words_written_together_then_the_span_covers_what_was_written() -> None:
    text = "honestly I am not understanding this"

    finding = next(item for item in read_text(text, "en-US").findings if item.code == "CONFUSION_PHRASE")

    assert finding.span is not None
    assert "not understanding" in text[slice(*finding.span)]


def test_given_a_break_between_words_then_they_are_not_read_together() -> None:
    assert read_text("I said no. Fit it tomorrow.", "en-US").message.words[2:4] == ["no", "fit"]


@pytest.mark.parametrize("line", ["dinnae", "dinnae =", "no = no"])
def test_given_a_line_without_two_sides_then_the_file_is_refused(line: str) -> None:
    with pytest.raises(ValidationError, match="no line of the form"):
        Variants(because="for this test", words=line)


def test_given_one_word_among_words_written_together_then_the_file_is_refused() -> None:
    with pytest.raises(ValidationError, match="belongs among"):
        Variants(because="for this test", together="nae = no")


def test_every_language_has_variants() -> None:
    assert all(variants_of(name)[0] for name in ("en", "es", "de", "fr", "pt"))


def test_given_twice_the_text_then_reading_takes_about_twice_as_long() -> None:
    """Words written together are looked for at the end of what was read only."""
    unit = "no dey work am not understanding is not got nobody dey answerin "
    read_text(unit, "en-US")

    def cost(times: int) -> float:
        begin = process_time()
        for _ in range(3):
            read_text(unit * times, "en-US")
        return process_time() - begin

    assert cost(120) < 6 * cost(60)
