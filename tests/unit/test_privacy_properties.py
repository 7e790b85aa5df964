"""Properties of redaction that hold for any text."""

import re
from random import Random

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from relief.privacy.kinds import Kind
from relief.privacy.redact import redact
from tests.unit.privacy_cases import GENERATORS, card
from tests.unit.privacy_negatives import FORMS

LOCALES = st.sampled_from(
    ["en-US", "en-GB", "de-DE", "fr-FR", "es-ES", "pt-BR", "en-IN", "es-MX", "en-CA", "en-AU", "", "xx"]
)
FRAGMENTS = st.sampled_from([
    "password", "is", "my", "pin", "code", "4111 1111 1111 1111", "order", "212-555-0123", "4155550123", "card", "ssn", "123-45-6789", "name", "Ana", "Lopez",
    "born", "on", "12/03/1985", "+44 20 7946 0958", "(212)", "555", "a@b.com", "DE89 3704 0044 0532 0130 00", "1.2.3.4", "version", ":", ".", ",", "-", "\n",
    "account", "number", "12345678", "12345678Z", "hunter2", "Regards", "Mr", "This", "10", "Main", "Street", "https://x.y/?token=abc", "[CARD]", "[", "]",
    "\u200b", "é", "４", "٤", "the", "otp", "482913", "00", "+", "x12", "zip", "90210", "IL", "calle", "rue", "Hauptstraße", "5", "at", "dot", "com", "gmail",
])  # fmt: skip
COMPOSED = st.lists(st.tuples(FRAGMENTS, st.sampled_from([" ", " ", " ", "", ": ", ", ", "\n"])), max_size=25).map(
    lambda pairs: "".join(fragment + separator for fragment, separator in pairs)
)
TEXTS = st.one_of(st.text(max_size=300), COMPOSED, st.text(alphabet="0123456789 -.+()/:a@[]x", max_size=120))


@settings(max_examples=600, deadline=None)
@given(TEXTS, LOCALES)
@example("\ud800 \x00 \x1a 4111111111111111\x1a", "en-US")
@example("[CARD", "en-US")
def test_given_any_text_when_redacted_then_findings_are_valid_and_rebuild_the_redaction(text: str, locale: str) -> None:
    redaction = redact(text, locale)
    rebuilt, position = "", 0
    for finding in redaction.found:
        assert finding.kind is not Kind.withheld
        assert position <= finding.start < finding.end <= len(text)
        rebuilt += text[position : finding.start] + finding.kind.placeholder
        position = finding.end
    assert rebuilt + text[position:] == redaction.text


@settings(max_examples=1_500, deadline=None)
@given(TEXTS, LOCALES)
def test_given_any_text_when_redacted_twice_then_the_second_time_changes_nothing(text: str, locale: str) -> None:
    once = redact(text, locale).text
    assert redact(once, locale).text == once


@settings(max_examples=400, deadline=None)
@given(
    st.integers(0, 10**9),
    st.sampled_from(["", "my card ", "order ", "tel: ", "ok then, ", "a ", "pay 20 euros with "]),
    st.sampled_from(["", ".", " thanks", " exp 12/27", "\n"]),
)
def test_given_a_valid_card_anywhere_when_redacted_then_none_of_its_digits_survive(
    seed: int, before: str, after: str
) -> None:
    written = card(Random(seed)).secret
    assume("order" not in before or sum(character.isdigit() for character in written) > 13)
    redacted = redact(f"{before}{written}{after}").text
    assert "[CARD]" in redacted
    assert written not in redacted


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**9), st.sampled_from(sorted(GENERATORS)), st.integers(0, len(FORMS) - 1))
def test_given_personal_data_among_other_words_when_redacted_then_the_result_is_stable(
    seed: int, kind: str, form: int
) -> None:
    case = GENERATORS[kind](Random(seed))
    text = f"{FORMS[form][1]}. {case.text}"
    once = redact(text, case.locale).text
    assert redact(once, case.locale).text == once
    assert not re.search(r"\[WITHHELD\]", once)
