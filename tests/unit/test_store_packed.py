"""Documents as they are stored: smaller, read back as they were, and refused when they are damaged."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relief.store.packed import MARK, pack, unpack


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=2_000).map(
        lambda text: json.dumps({"said": text}, ensure_ascii=False)
    )
)
def test_given_a_document_when_stored_then_it_is_read_as_it_was(document: str) -> None:
    assert unpack(pack(document)) == document


def test_given_a_long_document_when_stored_then_it_is_shorter_and_needs_no_escaping_in_json() -> None:
    # Given
    document = json.dumps({"history": [{"turn": number, "scores": {"frustration": 0.25}} for number in range(20)]})
    # When
    stored = pack(document)
    # Then
    assert len(stored) < len(document) / 2
    assert json.dumps(stored, ensure_ascii=True) == f'"{stored}"'


def test_given_a_short_document_when_stored_then_it_stays_readable() -> None:
    assert pack('{"turn":1}') == '{"turn":1}'


def test_given_a_document_as_it_was_stored_once_then_it_is_read() -> None:
    assert unpack('{"turn":' + "1" * 600 + "}") == '{"turn":' + "1" * 600 + "}"


@pytest.mark.parametrize("rest", ["", "?", "eJw", "AAAA"])
def test_given_a_damaged_document_when_read_then_it_is_refused(rest: str) -> None:
    with pytest.raises(ValueError, match=r"damaged|base64|[Pp]adding|encoded"):
        unpack(MARK + rest)
