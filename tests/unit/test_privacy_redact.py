"""Redaction of single texts: findings, placeholders, spellings, failure."""

from collections.abc import Iterator

import pytest

from relief.privacy import redact as module
from relief.privacy.draft import Draft
from relief.privacy.kinds import Finding, Kind, Redaction, Span
from relief.privacy.redact import redact, region_of


def test_given_a_text_when_redacted_then_findings_are_offsets_into_the_original() -> None:
    text = "My card is 4111 1111 1111 1111 and my mail is ana@example.com."
    found = redact(text).found
    assert [text[finding.start : finding.end] for finding in found] == ["4111 1111 1111 1111", "ana@example.com"]
    assert [finding.kind for finding in found] == [Kind.card, Kind.email]


def test_given_invisible_characters_when_redacted_then_offsets_still_point_into_the_original() -> None:
    text = "e\u0301 \u200b4111\u200b1111\u200b1111\u200b1111\u200b!"
    redaction = redact(text)
    assert redaction.text == "e\u0301 \u200b[CARD]!"
    assert redaction.found == (Finding(Kind.card, 4, 24),)


def test_given_nothing_personal_when_redacted_then_the_text_is_the_same() -> None:
    text = "This is the 3rd time that order 48291 is late."
    assert redact(text) == Redaction(text, ())


def test_given_earlier_placeholders_when_redacted_then_they_stay() -> None:
    text = "use [CARD] and [EMAIL], my password is [SECRET]"
    assert redact(text).text == text
    assert redact(text).found == ()


@pytest.mark.parametrize(
    "written",
    [
        "4111111111111111", "4111-1111-1111-1111", "4111 - 1111 - 1111 - 1111", "4111.1111.1111.1111", "4111, 1111, 1111, 1111",
        "４１１１１１１１１１１１１１１１", "٤١١١١١١١١١١١١١١١", "4111\u00a01111\u00a01111\u00a01111", "4111\u20131111\u20131111\u20131111", "4111\n1111\n1111\n1111",
        "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
    ],
)  # fmt: skip
def test_given_any_spelling_of_a_card_when_redacted_then_it_is_gone(written: str) -> None:
    assert redact(f"pay with {written} now").text == "pay with [CARD] now"


def test_given_a_mistyped_card_that_is_called_a_card_when_redacted_then_it_is_gone() -> None:
    assert redact("my card number is 4111 1111 1111 1112").text == "my card number is [CARD]"


@pytest.mark.parametrize(
    "text", ["order 4111111111111112 is late", "IMEI 352099001761481", "EAN 4006381333931", "112-9384756-1029384"]
)
def test_given_a_long_number_that_is_no_card_when_redacted_then_it_stays(text: str) -> None:
    assert redact(text).text == text


def test_given_a_url_with_a_token_when_redacted_then_scheme_and_host_stay() -> None:
    assert (
        redact("https://shop.example/reset?user=1&token=abc123").text
        == "https://shop.example/reset?user=1&token=[URL_SECRET]"
    )


def test_given_two_kinds_side_by_side_when_redacted_then_each_has_its_placeholder() -> None:
    assert redact("12-34-56 12345678, 4111111111111111", "en-GB").text == "[ACCOUNT_NUMBER], [CARD]"


@pytest.mark.parametrize(
    ("locale", "region"),
    [
        ("en-US", "US"),
        ("en_GB", "GB"),
        ("de", "DE"),
        ("en", "US"),
        ("zh-Hant-TW", "TW"),
        ("", ""),
        ("x", "X"),
        ("pt", "PT"),
    ],
)
def test_given_a_locale_when_read_then_its_region_is_known(locale: str, region: str) -> None:
    assert region_of(locale) == region


@pytest.mark.parametrize("locale", ["", "xx-YY", "tlh", "en-001", "no-such-locale", "-"])
def test_given_an_unknown_locale_when_redacted_then_international_forms_are_still_found(locale: str) -> None:
    assert redact("call +44 20 7946 0958 or mail a@b.com, order 0612345678", locale).text.startswith(
        "call [PHONE] or mail [EMAIL]"
    )


def test_given_a_detector_that_fails_when_redacted_then_the_whole_text_is_withheld(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(draft: Draft) -> Iterator[Span]:
        raise ValueError(draft.plain)

    monkeypatch.setattr(module, "_DETECTORS", (fail,))
    redaction = redact("my card is 4111111111111111")
    assert redaction.text == "[WITHHELD]"
    assert redaction.found == (Finding(Kind.withheld, 0, 27),)
    assert "4111" not in caplog.text


def test_given_numbers_written_without_a_space_when_redacted_then_none_of_them_is_left() -> None:
    """Given telephone numbers glued together, more than there are rounds, then the last goes like the first."""
    assert redact("+1000000" * 9).text == "[PHONE]" * 9


def test_given_more_numbers_than_a_message_has_when_redacted_then_the_rest_goes_by_shape() -> None:
    numbers = " ".join(f"ref {4155550000 + index}" for index in range(1_000))
    redacted = redact(numbers).text
    assert redacted.startswith("ref 4155550000 ")
    assert redacted.endswith("ref [PHONE]")
    assert redact(redacted).text == redacted
