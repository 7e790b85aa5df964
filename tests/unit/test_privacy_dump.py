"""Texts with more numbers, or more cues, than anybody writes: their rest is withheld, and nothing of it leaks."""

import pytest

from relief.privacy.redact import Kind, redact

OPENING = "Hello, my card is 4111 1111 1111 1111 and it was charged twice.\n"
TAIL = "and last my password is hunter2-Zebra"

DUMPS = {
    "numbers": "a1 " * 4_100,
    "figures": "20261126 x " * 1_300,
    "one_endless_number": "1 " * 6_000,
    "cues": "password?\n" * 600,
    "cues_that_introduce_names": "my name is Ana\n" * 600,
}


@pytest.mark.parametrize("dump", DUMPS)
def test_given_a_data_dump_when_redacted_then_what_was_written_before_it_is_kept_and_its_rest_withheld(
    dump: str,
) -> None:
    # Given
    text = OPENING + DUMPS[dump] + TAIL
    # When
    redaction = redact(text, "en-GB")
    # Then
    assert redaction.text.startswith("Hello, my card is [CARD] and it was charged twice.")
    assert redaction.text.endswith("[WITHHELD]")
    assert "hunter2" not in redaction.text
    assert (redaction.found[-1].kind, redaction.found[-1].end) == (Kind.withheld, len(text))


@pytest.mark.parametrize("dump", DUMPS)
def test_given_a_dump_with_invisible_characters_when_redacted_then_findings_are_in_order_and_tell_the_text(
    dump: str,
) -> None:
    # Given
    text = OPENING + DUMPS[dump].replace(" ", "\u200b ") + TAIL
    # When
    redaction = redact(text, "en-GB")
    # Then
    assert all(one.end <= other.start for one, other in zip(redaction.found, redaction.found[1:], strict=False))
    rebuilt, position = "", 0
    for finding in redaction.found:
        rebuilt += text[position : finding.start] + finding.kind.placeholder
        position = finding.end
    assert rebuilt + text[position:] == redaction.text


def test_given_a_log_as_long_as_a_turn_may_be_when_redacted_then_it_is_no_dump() -> None:
    # Given: eight thousand characters, a third of them figures
    line = "2026-11-26 10:41:07 worker 17 could not reach the printer, code 0x41, try 3 of 5\n"
    text = (line * 120)[:8_000]
    # When / Then
    assert redact(text, "en-GB").text == text
