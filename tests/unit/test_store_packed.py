"""Documents as they are stored: smaller, read back as they were, and refused when they are damaged."""

import json
import zlib
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import relief.store
from relief.store.packed import MARK, pack, unpack

_FOLDER = Path(relief.store.__path__[0])


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


@pytest.mark.parametrize("stored", ['{"turn":' + "1" * 600 + "}", "deflate:eJyrViopLcpTsjIcBaOABqAWANNOdhg="])
def test_given_a_document_as_it_was_stored_once_then_it_is_read(stored: str) -> None:
    assert json.loads(unpack(stored))["turn"] > 0


def test_given_a_document_of_the_kind_that_the_dictionary_knows_then_it_is_much_shorter() -> None:
    # Given
    signals = {"evidence": [{"source": "classifier", "code": "CLASSIFIER_SCORE", "weight": 0.861}], "trend": 0.074}
    names = ("frustration", "urgency", "confusion", "politeness", "escalation_intent")
    document = json.dumps({"signals": dict.fromkeys(names, signals)}, separators=(",", ":"))
    alone = len(b64encode(zlib.compress(document.encode())))
    # When
    stored = pack(document)
    # Then
    assert len(stored) < alone * 0.75


def test_given_the_dictionaries_then_they_are_as_they_always_were() -> None:
    """What was stored with a dictionary can be read with that very dictionary only."""
    digests = {path.stem: sha256(path.read_bytes()).hexdigest() for path in _FOLDER.glob("dictionary_*.json")}

    assert digests == {"dictionary_1": "7ec660174809f5e5aa0a80839649f34745885482f6daf3f172b2424ba7486fe8"}


@pytest.mark.parametrize("rest", [":", ":?", ":eJw", ":AAAA", "1:", "1:eJw=", "1:AAAA", "99:eJw="])
def test_given_a_damaged_document_when_read_then_it_is_refused(rest: str) -> None:
    with pytest.raises(ValueError, match=r"damaged|base64|[Pp]adding|encoded"):
        unpack(MARK + rest)


def test_given_a_document_that_was_cut_when_read_then_it_is_refused() -> None:
    stored = pack(json.dumps({"said": list(range(1_000))}))

    with pytest.raises(ValueError, match="damaged"):
        unpack(stored[:-40])
